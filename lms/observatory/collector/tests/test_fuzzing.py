"""Anything may come; what goes out is always one of the standard's answers, and short."""

import gzip
import json
import socket

import pytest
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from lms.observatory.collector.tests.running import (
    JSON,
    NOW_NS,
    PROTOBUF,
    SITE_KEY,
    attributes,
    line,
    logs_of,
    span,
    traces_of,
)

ANSWER_MAX_BYTES = 2000
PATHS = st.sampled_from(["/v1/traces", "/v1/logs", "/v1/metrics"])
# The server and its store are the same for every example: what is tested is that both live on.
fuzzed = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def valid_protobuf():
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    of_resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    made = of_resource.scope_spans.add().spans.add(
        trace_id=b"t" * 16, span_id=b"s" * 8, name="work",
        start_time_unix_nano=NOW_NS, end_time_unix_nano=NOW_NS + 1,
    )  # fmt: skip
    deep = made.attributes.add(key="deep").value.kvlist_value.values.add(key="k").value
    deep.array_value.values.add().double_value = 1.5
    made.events.add(time_unix_nano=NOW_NS, name="e")
    made.links.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    return request.SerializeToString()


VALID = valid_protobuf()
VALID_JSON = json.dumps(traces_of(span(attributes=attributes(k="v")))).encode()


def mutated(whole):
    """Give bytes with a few of them changed, then cut."""
    places = st.integers(0, len(whole) - 1)
    changes = st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)

    def change(made, end):
        body = bytearray(whole)
        for place, value in made:
            body[place] = value
        return bytes(body[:end])

    return st.builds(change, changes, st.integers(0, len(whole)))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


def assert_answered(answer, content_type):
    status, headers, body = answer
    assert status in {200, 400}
    assert headers["Content-Type"] == content_type
    assert len(body) < ANSWER_MAX_BYTES
    if content_type == JSON:
        json.loads(body)
    elif status == 400:
        assert Status.FromString(body).message


@fuzzed
@given(PATHS, st.binary(max_size=200) | mutated(VALID))
def test_any_bytes_are_answered_in_protobuf(collector, path, body):
    assert_answered(collector.post(path, body), PROTOBUF)


@fuzzed
@given(PATHS, st.binary(max_size=200) | mutated(VALID_JSON))
def test_any_bytes_are_answered_in_json(collector, path, body):
    assert_answered(collector.post(path, body, content_type=JSON), JSON)


@fuzzed
@given(st.sampled_from(sorted(span())) | st.text(max_size=8), JSON_VALUES)
def test_any_value_in_a_spans_field_is_answered(collector, name, value):
    told = json.dumps(traces_of(span(**{name: value}, attributes=attributes(k="v"))))

    assert_answered(collector.post("/v1/traces", told.encode(), content_type=JSON), JSON)


@fuzzed
@given(st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "bytesValue",
                        "arrayValue", "kvlistValue"]), JSON_VALUES)  # fmt: skip
def test_any_value_of_an_attribute_is_answered(collector, kind, value):
    told = json.dumps(
        logs_of(line(body={kind: value}, attributes=[{"key": "k", "value": {kind: value}}]))
    )

    assert_answered(collector.post("/v1/logs", told.encode(), content_type=JSON), JSON)


@fuzzed
@given(st.binary(max_size=100) | mutated(gzip.compress(VALID)))
def test_any_gzip_is_answered(collector, body):
    assert_answered(collector.post("/v1/traces", body, content_encoding="gzip"), PROTOBUF)


@fuzzed
@given(st.binary(max_size=300) | mutated(
    b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + SITE_KEY.encode()
    + b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
))  # fmt: skip
def test_any_bytes_on_the_wire_are_answered_or_dropped(collector, data):
    with socket.create_connection(("127.0.0.1", collector.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece

    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert len(answer) < ANSWER_MAX_BYTES * 3


@pytest.fixture(autouse=True, scope="module")
def _it_still_works(_running):
    yield
    _running.store.clear()
    _status, _headers, body = _running.post("/v1/traces", VALID)
    assert not ExportTraceServiceResponse.FromString(body).HasField("partial_success")
    assert len(_running.spans()) == 1
    assert _running.writer.is_alive
