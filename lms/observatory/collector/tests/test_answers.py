"""The standard's answers, to requests made by hand."""

import gzip
import json
import zlib

import pytest
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from lms.observatory.collector.limits import BODY_MAX_BYTES, JSON_OBJECTS_MAX
from lms.observatory.collector.tests.running import JSON, PROTOBUF, line, logs_of, span, traces_of

SIGNALS = ("/v1/traces", "/v1/logs", "/v1/metrics")
RESPONSES = dict(
    zip(
        SIGNALS,
        (ExportTraceServiceResponse, ExportLogsServiceResponse, ExportMetricsServiceResponse),
        strict=True,
    )
)


def status_of(answer):
    """Give the google.rpc.Status of an answer in protobuf."""
    assert answer[1]["Content-Type"] == PROTOBUF
    return Status.FromString(answer[2])


@pytest.mark.parametrize("path", SIGNALS)
def test_an_empty_request_succeeds_without_partial_success(collector, path):
    status, headers, body = collector.post(path)

    assert (status, headers["Content-Type"]) == (200, PROTOBUF)
    assert not RESPONSES[path].FromString(body).HasField("partial_success")


@pytest.mark.parametrize("path", SIGNALS)
def test_the_answer_is_in_the_requests_content_type(collector, path):
    status, headers, body = collector.post(path, b"{}", content_type=f"{JSON}; charset=utf-8")

    assert (status, headers["Content-Type"], body) == (200, JSON, b"{}")


def test_what_is_rejected_is_told_beside_what_is_stored(collector):
    told = traces_of(span(), span(spanId="0" * 16))

    status, answer = collector.post_json("/v1/traces", told)

    assert status == 200
    assert answer["partialSuccess"]["rejectedSpans"] == "1"
    assert "span ids" in answer["partialSuccess"]["errorMessage"]
    assert len(collector.spans()) == 1


def test_a_warning_has_a_message_and_nothing_rejected(collector):
    status, answer = collector.post_json("/v1/traces", traces_of(span(name="x" * 300)))

    assert status == 200
    assert answer["partialSuccess"]["rejectedSpans"] == "0"
    assert "cut" in answer["partialSuccess"]["errorMessage"]
    assert len(collector.spans()) == 1


@pytest.mark.parametrize("is_json", [True, False])
def test_metrics_are_rejected_whole_with_the_reason(collector, is_json):
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="n")
    for _ in range(3):
        metric.gauge.data_points.add(as_int=1)
    points = [{"asInt": 1}] * 3
    told = {
        "resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": points}}]}]}]
    }

    if is_json:
        _status, answer = collector.post_json("/v1/metrics", told)
        rejected = answer["partialSuccess"]["rejectedDataPoints"]
        message = answer["partialSuccess"]["errorMessage"]
    else:
        answer = collector.post("/v1/metrics", request.SerializeToString())
        partial = ExportMetricsServiceResponse.FromString(answer[2]).partial_success
        rejected, message = str(partial.rejected_data_points), partial.error_message

    assert rejected == "3"
    assert "by scrape" in message


def test_rejected_spans_are_counted_in_protobuf_too(collector):
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="without ids")

    _status, _headers, body = collector.post("/v1/traces", request.SerializeToString())

    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message


@pytest.mark.parametrize("body", [b"\xff", b"{}", b"\x0a\xff\xff"])
def test_what_is_no_protobuf_is_a_bad_request(collector, body):
    answer = collector.post("/v1/traces", body)

    assert answer[0] == 400
    status = status_of(answer)
    assert status.message
    details = BadRequest()
    assert status.details[0].Unpack(details)
    assert details.field_violations[0].description


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff{}", b'{"resourceSpans": 1}', b'{"resourceSpans": [1]}',
     b"NaN", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_what_is_no_json_request_is_a_bad_request(collector, body):
    status, headers, answer = collector.post("/v1/traces", body, content_type=JSON)

    assert (status, headers["Content-Type"]) == (400, JSON)
    told = json.loads(answer)
    assert told["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"


@pytest.mark.parametrize(
    "key", ["", "wrong-key-0123456789", "x", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 20]
)
def test_without_a_valid_key_nothing_is_taken(collector, key):
    answer = collector.post("/v1/traces", json.dumps(traces_of(span())).encode(), key=key)

    assert answer[0] == 401
    assert answer[1]["WWW-Authenticate"].startswith("Bearer")
    assert status_of(answer).message
    assert collector.spans() == []


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/profiles", "/v1/traces/", "//v1/traces"])
def test_other_addresses_are_not_found(collector, path):
    status, _headers, body = collector.ask("POST", path)

    assert status == 404
    assert json.loads(body)["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS"])
def test_other_methods_are_not_allowed(collector, method):
    status, headers, _body = collector.ask(method, "/v1/logs")

    assert (status, headers["Allow"]) == (405, "POST")


def test_the_query_of_an_address_is_ignored(collector):
    assert collector.post("/v1/traces?x=1")[0] == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_refused(collector, kind):
    status, headers, body = collector.post("/v1/traces", b"x", content_type=kind)

    assert (status, headers["Content-Type"]) == (415, JSON)
    assert PROTOBUF in json.loads(body)["message"]


def test_other_encodings_are_refused(collector):
    answer = collector.post("/v1/traces", b"x", content_encoding="br")

    assert (answer[0], answer[1]["Accept-Encoding"]) == (415, "gzip")
    assert status_of(answer).message


def test_gzip_is_inflated(collector):
    body = gzip.compress(json.dumps(logs_of(line())).encode())

    status, _headers, _body = collector.post(
        "/v1/logs", body, content_type=JSON, content_encoding="gzip"
    )

    assert status == 200
    assert [one.body for one in collector.lines()] == ["happened"]


def test_gzip_of_several_members_is_inflated(collector):
    whole = json.dumps(logs_of(line())).encode()
    body = gzip.compress(whole[:20]) + gzip.compress(whole[20:])

    collector.post("/v1/logs", body, content_type=JSON, content_encoding="gzip")

    assert len(collector.lines()) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"no gzip", gzip.compress(b"{}")[:-3], zlib.compress(b"{}"), gzip.compress(b"{}") + b"x",
     gzip.compress(b"{}") * 20],
)  # fmt: skip
def test_bad_gzip_is_a_bad_request(collector, body):
    answer = collector.post("/v1/logs", body, content_encoding="gzip")

    assert answer[0] == 400
    assert "gzip" in status_of(answer).message


def test_a_body_past_the_limit_is_refused_by_its_announced_length(collector):
    answer = collector.post("/v1/traces", b"\0" * (BODY_MAX_BYTES + 1))

    assert answer[0] == 413
    assert str(BODY_MAX_BYTES) in status_of(answer).message


def test_a_body_past_the_limit_is_refused_while_it_comes(collector):
    pieces = (b"\0" * 65536 for _ in range(BODY_MAX_BYTES // 65536 + 1))

    answer = collector.post("/v1/traces", pieces)

    assert answer[0] == 413
    assert status_of(answer).message


def test_json_of_too_many_objects_is_refused_before_it_is_built(collector):
    body = b'{"resourceSpans":[' + b",".join([b"{}"] * JSON_OBJECTS_MAX) + b"]}"

    status, _headers, answer = collector.post("/v1/traces", body, content_type=JSON)

    assert status == 413
    assert str(JSON_OBJECTS_MAX) in json.loads(answer)["message"]


def test_a_gzip_bomb_is_refused_while_it_is_inflated(collector):
    bomb = gzip.compress(b"\0" * (BODY_MAX_BYTES + 1))

    answer = collector.post("/v1/traces", bomb, content_encoding="gzip")

    assert len(bomb) < 10_000
    assert answer[0] == 413


def test_the_same_request_twice_changes_nothing(collector):
    for _ in range(2):
        collector.post_json("/v1/traces", traces_of(span()))
        collector.post_json("/v1/logs", logs_of(line()))

    assert len(collector.spans()) == 1
    assert len(collector.lines()) == 1


def test_the_collector_shows_its_metrics(collector):
    collector.post_json("/v1/traces", traces_of(span()))

    status, headers, body = collector.ask("GET", "/metrics")

    assert (status, headers.get_content_type()) == (200, "text/plain")
    assert b'collector_records_stored_total{signal="traces"}' in body
    assert collector.ask("POST", "/metrics")[0] == 405
