"""What is said about a request, to the log, to the metrics and to the browser."""

import gc
import re

import pytest

from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import HTTP_SECONDS
from lms.telemetry.tests import addresses

STRANGER = "0af7651916cd43dd8448eb211c80319c"


def finished(lines):
    return next(line for line in lines() if line["event"] == "request.finished")


def test_a_request_ends_in_one_line_with_its_route(site, lines):
    response = site.get("/word/hello/")

    line = finished(lines)
    assert line["route"] == "word/<str:word>/"
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["duration_ms"] > 0
    assert line["request_id"] == response["X-Request-ID"]
    assert len(line["trace_id"]) == 32


def test_statements_are_counted(site, lines):
    site.get("/statements/")

    assert finished(lines)["sql_count"] == 1


def test_a_signed_in_person_is_known_by_pseudonym(site, person, lines):
    site.force_login(person)
    lines()

    site.get("/statements/")

    assert finished(lines)["pseudonym"] == person.pseudonym


def test_an_unknown_address_is_logged_without_it(site, lines):
    site.get("/no/such/secret/")

    said = lines()
    assert [line["event"] for line in said] == ["request.finished"]
    assert said[0]["route"] == "unmatched"


def test_a_probe_leaves_no_line(site, lines, spans):
    response = site.get("/healthz")

    assert response.status_code == 200
    assert (lines(), spans()) == ([], [])


def test_signed_in_responses_tell_time_and_trace(site, person):
    site.force_login(person)

    response = site.get("/statements/")

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]", response["traceresponse"])
    timing = r'total;dur=\d+, sql;dur=[\d.]+;desc="3"'
    assert re.fullmatch(timing, response["Server-Timing"])
    sql_count, trace_id = response.content.decode().split()
    assert sql_count == "3"
    assert trace_id == response["traceresponse"].split("-")[1]


@pytest.mark.parametrize("address", ["/statements/", "/word/x/", "/nowhere/"])
def test_anonymous_responses_tell_neither(site, address):
    response = site.get(address)

    assert "Server-Timing" not in response
    assert "traceresponse" not in response
    assert response["X-Request-ID"]
    assert b'class="pulse' not in response.content


def test_a_public_traceparent_is_ignored(site, spans):
    site.get("/word/x/", headers={"traceparent": f"00-{STRANGER}-b7ad6b7169203331-00"})

    server = spans()[-1]
    assert server.parent is None
    assert f"{server.context.trace_id:032x}" != STRANGER
    assert server.context.trace_flags.sampled


@pytest.fixture
def broken_error_page(monkeypatch):
    def fail(_request):
        raise RuntimeError

    monkeypatch.setattr(addresses, "handler500", fail, raising=False)


def test_a_failed_error_page_leaves_no_trace_to_the_next_request(site, spans, broken_error_page):
    with pytest.raises(RuntimeError):
        site.post("/validation/", {"answer": "x"})
    site.get("/word/x/")

    assert spans()[-1].parent is None


def test_a_failed_error_page_ends_its_span_at_once(site, spans, broken_error_page):
    with pytest.raises(RuntimeError):
        site.post("/validation/", {"answer": "x"})
    [made] = spans()
    gc.collect()

    assert made.name == "POST validation/"
    assert made.attributes["http.response.status_code"] == 500
    assert not made.status.is_ok
    assert spans() == [made]


def test_a_failed_error_page_is_a_failed_request(site, lines, broken_error_page):
    with pytest.raises(RuntimeError):
        site.post("/validation/", {"answer": "x"})

    assert finished(lines)["status"] == 500


def test_the_request_and_its_statements_are_one_trace(site, spans):
    site.get("/statements/")

    assert [span.name for span in spans()] == ["SELECT", "GET statements/"]
    assert len({span.context.trace_id for span in spans()}) == 1


def test_failures_are_measured_apart_from_successes(site):
    labels = {"method": "POST", "route": "validation/", "status_class": "5xx"}
    before = HTTP_SECONDS.labels(**labels)._sum.get()

    site.post("/validation/", {"answer": "x"})

    assert HTTP_SECONDS.labels(**labels)._sum.get() > before


def test_a_made_up_method_makes_no_new_label(site):
    site.generic("CANARY", "/word/x/")

    methods = {sample.labels.get("method") for sample in HTTP_SECONDS.collect()[0].samples}
    assert "other" in methods
    assert "CANARY" not in methods


def test_a_forged_host_is_told_without_the_host(site, lines):
    response = site.get("/word/x/", headers={"host": "canary.example"})

    assert response.status_code == 400
    said = lines()
    assert [line["event"] for line in said] == ["security.suspected"]
    assert said[0]["kind"] == "DisallowedHost"
    assert "canary" not in str(said)


def test_one_request_leaves_nothing_for_the_next_line(site, lines):
    site.get("/word/x/")
    lines()

    get_logger("lms.telemetry.tests").info("process.started")

    assert set(lines()[0]) == {"event", "level", "logger", "timestamp"}
