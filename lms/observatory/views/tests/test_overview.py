"""The overview as those who teach or run the site read it."""

import re
import time
from html import unescape
from unittest import mock

import pytest

from lms.observatory.store import memory, metric_memory
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.tests.measuring import (
    COURSE,
    HAND_IN,
    MINUTE_MS,
    a_day,
    counted,
    keep,
    requests,
    verdicts,
)
from lms.observatory.tests.story import MS, line, stored
from lms.observatory.views.tests.reading_pages import words

NOW_MS = 1_764_072_030_000  # half a minute past noon


@pytest.fixture
def clock(monkeypatch):
    """Let it be NOW_MS for views and pages."""
    monkeypatch.setattr(time, "time_ns", lambda: NOW_MS * MS)


@pytest.fixture
def minute_ms(clock):
    return NOW_MS - 30_000


@pytest.fixture
def running(telemetry, clock):
    """The collector has run for an hour."""
    telemetry.beat((NOW_MS - 60 * MINUTE_MS) * MS)
    for ago in range(60, -1, -1):
        telemetry.beat((NOW_MS - ago * MINUTE_MS) * MS)


@pytest.fixture
def look(client, people):
    """Give the text of an address as one of the people reads it."""

    def _look(path="", role="operator"):
        client.force_login(people[role])
        response = client.get(f"/observe/{path}")
        assert response.status_code == 200
        return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")

    return _look


def said(text):
    return unescape(words(text)).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_an_empty_store_says_so_and_why(look):
    text = said(look())

    assert "Nothing has been recorded yet." in text
    assert "No collector has run on this site's store" in text
    assert "No hand-in was counted in 28 days" in text
    assert "Nothing was recorded in this time." in text
    assert "no request failed" not in text
    assert "0 %" not in text


def test_a_first_minute_is_a_rate_over_what_was_looked_at(look, telemetry, measured, minute_ms):
    telemetry.beat((NOW_MS - 20_000) * MS)
    telemetry.beat(NOW_MS * MS)
    keep(measured, NOW_MS, requests(minute_ms, count=40))

    text = said(look("?range=30m"))

    assert "All well now. Nothing was wrong in the last 30 minutes." in text
    assert "40 requests, 2/s on average" in text


def test_each_number_of_a_route_leads_on(look, running, measured, minute_ms):
    keep(
        measured, NOW_MS,
        requests(minute_ms, count=95, route=HAND_IN, method="POST", status="3xx"),
        requests(minute_ms, count=5, route=HAND_IN, method="POST", status="5xx", seconds=3),
    )  # fmt: skip

    text = unescape(look("?range=30m"))

    (row,) = re.findall(rf"<tr>(?:(?!<tr>).)*POST /{re.escape(HAND_IN)}.*?</tr>", text, re.DOTALL)
    name = "POST+courses%2F%3Cslug%3Acourse%3E%2Fexercises%2F%3Cslug%3Aexercise%3E%2Fhand-in%2F"
    since = "since=2025-11-25T11%3A31%3A00Z"
    assert f'href="/observe/traces/?name={name}&{since}"' in row
    assert f'href="/observe/traces/?name={name}&{since}&errors_only=on">5 %</a>' in row
    assert f'href="/observe/traces/?name={name}&{since}&least=24.850">24.9 ms</a>' in row
    assert "/observe/metrics/http_server_request_duration_seconds/?method=POST&route=" in row
    assert "failures took p50 3.75 s" in row


def test_errors_now_open_the_page_and_lead_to_the_failing_traces(
    look, running, measured, minute_ms
):
    keep(
        measured, NOW_MS, requests(minute_ms, count=90), requests(minute_ms, count=10, status="5xx")
    )

    text = unescape(look())

    assert (
        f"<h1>Errors now: 10 of 100 requests failed since 11:55, most on GET /{COURSE}.</h1>"
        in (text)
    )
    assert "/observe/traces/?errors_only=on&since=2025-11-25T11%3A55%3A00Z&until=" in text


def test_what_was_wrong_before_is_told_and_is_not_now(look, running, measured, minute_ms):
    keep(measured, NOW_MS, requests(minute_ms - 40 * MINUTE_MS, count=3, status="5xx"))

    text = said(look())

    assert "All well now. From 11:20 to 11:25, 3 of 3 requests failed (100 %)." in text


def test_a_collector_that_stopped_leaves_now_unknown(look, telemetry, measured, minute_ms):
    telemetry.beat((NOW_MS - 20 * MINUTE_MS) * MS)
    telemetry.beat((NOW_MS - 20 * MINUTE_MS + 30_000) * MS)

    text = said(look())

    assert "Nothing has been recorded since 11:41: the collector does not run" in text
    assert "All well" not in text


def test_the_budget_counts_late_given_up_and_refused_hand_ins(look, running, measured, minute_ms):
    keep(
        measured, NOW_MS,
        verdicts(minute_ms, count=994), verdicts(minute_ms, count=3, seconds=8),
        counted("grading_verdicts_missed_total", minute_ms, 1),
        requests(minute_ms, count=2, route=HAND_IN, method="POST", status="5xx"),
        requests(minute_ms, count=9, route=COURSE, status="5xx"),
    )  # fmt: skip

    text = said(look())

    assert "99.4 % 994 of 1 000 hand-ins" in text
    assert "40 % of the error budget left: 6 of 10 spent" in text
    assert "3 late , 1 given up , 2 refused by an error of ours" in text
    assert "0.6 \N{MULTIPLICATION SIGN} 6 of" in text


def test_an_answer_that_waits_is_said_first(look, running, measured):
    of = {"job": "worker", "instance": "x:1"}
    keep(measured, NOW_MS, samples=[("grading_oldest_due_job_age_seconds", 42.0, of)])

    assert "<h1>An answer has waited 42.0 s for its grading.</h1>" in look()


def test_a_server_of_samples_that_does_not_answer_hides_nothing_else(
    look, running, measured, minute_ms
):
    keep(measured, NOW_MS, requests(minute_ms, count=7))
    trouble = StoreUnavailable("no route to the server")
    with mock.patch.object(metric_memory.shared(), "select", side_effect=trouble):
        text = said(look())

    assert "no route to the server" in text
    assert f"GET /{COURSE} 7" in text


def test_a_store_that_cannot_be_read_is_told_as_such(client, people, clock):
    client.force_login(people["operator"])
    with mock.patch.object(memory.shared(), "state", side_effect=StoreUnavailable("it is locked")):
        response = client.get("/observe/")

    assert response.status_code == 503
    assert "it is locked" in response.content.decode()


def test_error_lines_stand_by_event_with_their_newest_trace(look, running, keep_lines):
    keep_lines("job.given_up", 17, 3)
    keep_lines("request.failed", 17, 1)
    keep_lines("job.failed", 13, 5)

    text = said(look())

    assert "job.given_up lms.request 3" in text
    assert "request.failed lms.request 1" in text
    assert "job.failed lms.request" not in text


@pytest.fixture
def keep_lines(telemetry):
    def _keep(event, severity, count):
        lines = [
            line(event, 0, severity=severity, at_ns=(NOW_MS - at * 1000) * MS)
            for at in range(count)
        ]
        stored(telemetry, [], lines)

    return _keep


def test_the_tail_has_the_ten_newest_lines_without_debug(look, running, keep_lines):
    keep_lines("thing.seen", 9, 12)
    keep_lines("thing.noted", 5, 3)

    text = look("tail/")

    assert text.count("thing.seen</b>") == 10
    assert "thing.noted" not in text
    assert 'id="tail"' in look()


def test_links_of_the_slowest_traces_are_those_that_she_may_open(
    look, running, measured, telemetry, owner, course, keep
):
    failed = a_day(measured, telemetry, NOW_MS, minutes=60)

    assert f"/observe/traces/{failed}/" in look()
    assert f"/observe/traces/{failed}/" in look(role="instructor")


def test_slow_traces_of_another_course_are_not_offered(look, running, measured, telemetry):
    a_day(measured, telemetry, NOW_MS, minutes=60, owner="somebody", course="elsewhere")

    assert "No trace that you may see" in look(role="instructor")
    assert f"/observe/traces/{'e' * 32}/" in look()


@pytest.mark.parametrize("minutes", [60, 180])
def test_the_page_holds_its_reads_and_queries(
    client, people, running, measured, telemetry, django_assert_num_queries, minutes
):
    a_day(measured, telemetry, NOW_MS, minutes=minutes)
    client.force_login(people["instructor"])
    client.get("/observe/")
    reads = mock.Mock()
    with (
        mock.patch.object(measured, "minutes", side_effect=measured.minutes) as reads.minutes,
        mock.patch.object(measured, "select", side_effect=measured.select) as reads.select,
        mock.patch.object(telemetry, "logs", side_effect=telemetry.logs) as reads.logs,
        mock.patch.object(telemetry, "trace", side_effect=telemetry.trace) as reads.trace,
        mock.patch.object(measured, "exemplars", side_effect=measured.exemplars) as reads.exemplars,
        django_assert_num_queries(4),
    ):
        client.get("/observe/")

    counts = {name: getattr(reads, name).call_count for name in
              ("minutes", "select", "logs", "trace", "exemplars")}  # fmt: skip
    assert counts == {"minutes": 15, "select": 1, "logs": 2, "trace": 3, "exemplars": 2}
