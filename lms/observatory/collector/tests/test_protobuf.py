"""OTLP in protobuf, walked through: in any order, in pieces, and in sizes that hurt."""

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lms.observatory.collector import limits, protobuf
from lms.observatory.collector.intake import Intake
from lms.observatory.collector.refusal import Refused, Undecodable
from lms.observatory.collector.tests.running import NOW_NS
from lms.observatory.records import SITE


def taken(body, signal="traces"):
    intake = Intake(SITE, now_ns=NOW_NS, oldest_ns=0)
    protobuf.read(signal, body, intake)
    return intake


def request_of(*names, service="shop", scope="s"):
    """Give a request of one span for each name."""
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    of_resource.resource.attributes.add(key="service.name").value.string_value = service
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name = scope
    for number, name in enumerate(names, 1):
        of_scope.spans.add(
            trace_id=b"t" * 16, span_id=number.to_bytes(8), name=name,
            start_time_unix_nano=NOW_NS, end_time_unix_nano=NOW_NS,
        )  # fmt: skip
    return request


def field(number, body):
    """Give a field with a length of up to 16,383 bytes."""
    size = len(body)
    head = bytes([number << 3 | 2])
    return head + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + body


def test_what_holds_the_spans_may_come_after_them():
    request = request_of("one")
    of_resource = request.resource_spans[0]
    span, scope, resource = (
        one.SerializeToString()
        for one in (of_resource.scope_spans[0].spans[0], of_resource.scope_spans[0].scope,
                    of_resource.resource)
    )  # fmt: skip
    body = field(1, field(2, field(2, span) + field(1, scope)) + field(1, resource))

    (kept,) = taken(body).batch.spans

    assert (kept.name, kept.scope, kept.service) == ("one", "s", "shop")


def test_a_resource_in_pieces_is_one():
    pieces = request_of("one").SerializeToString()
    of_resource = request_of(service="later").resource_spans[0]
    more = of_resource.resource.SerializeToString()
    inner = pieces[3:] if pieces[1] > 127 else pieces[2:]

    (kept,) = taken(field(1, inner + field(1, more))).batch.spans

    assert kept.service == "later"


def test_unknown_fields_of_every_kind_are_passed_over():
    unknown = (
        b"\xf8\x01\x96\x01" + b"\xf9\x01" + b"8" * 8 + b"\xfd\x01" + b"4" * 4 + b"\xfa\x01\x01x"
    )

    assert taken(unknown + request_of("one").SerializeToString() + unknown).kept == 1


@pytest.mark.parametrize(
    "body",
    [b"\0\0", b"\x0b", b"\x0c", b"\x0a", b"\x0a\x05", b"\x09\x01", b"\x0d", b"\x08", b"\x0e",
     b"\x0a" + b"\xff" * 11, b"\x80" * 12, b"\x0a\x02\x12\x05", b"\x0a\x02\x0a\x05",
     b"\x0a\x04\x12\x02\x12\x01"],
)  # fmt: skip
def test_what_cannot_be_walked_is_undecodable(body):
    for signal in ("traces", "logs", "metrics"):
        with pytest.raises(Undecodable):
            taken(body, signal)


def test_text_that_is_no_utf8_is_undecodable():
    body = request_of("one").SerializeToString().replace(b"one", b"\xff\xfe\xfd")

    with pytest.raises(Undecodable):
        taken(body)


def test_a_record_that_is_too_large_is_rejected_and_others_are_kept():
    intake = taken(request_of("small", "x" * limits.RECORD_MAX_BYTES).SerializeToString())

    assert (intake.kept, intake.rejected) == (1, {"too_large": 1})
    assert str(limits.RECORD_MAX_BYTES) in intake.message


def test_a_line_that_is_too_large_is_rejected():
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=NOW_NS)
    record.body.string_value = "x" * limits.RECORD_MAX_BYTES

    assert taken(request.SerializeToString(), "logs").rejected == {"too_large": 1}


def test_a_resource_that_is_too_large_is_refused():
    body = request_of("one", service="x" * limits.RECORD_MAX_BYTES).SerializeToString()

    with pytest.raises(Refused) as error:
        taken(body)

    assert error.value.status == 413


@pytest.mark.parametrize("empty", [field(1, b""), field(1, field(2, b"") * 4)])
def test_resources_and_scopes_past_the_limit_are_refused(empty, monkeypatch):
    monkeypatch.setattr(protobuf, "GROUPS_MAX", 4)

    with pytest.raises(Refused, match="resources and scopes") as error:
        taken(empty * 5)

    assert error.value.status == 413


def test_past_the_limit_records_are_counted_and_not_built(monkeypatch):
    monkeypatch.setattr(limits, "RECORDS_MAX", 2)
    body = request_of("one", "two", "three", "four").SerializeToString()

    intake = taken(body.replace(b"four", b"\xff" * 4))

    assert (intake.kept, intake.rejected) == (2, {"too_many": 2})


def test_rejected_records_count_towards_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "RECORDS_MAX", 2)
    empty = field(1, field(2, field(2, b"") * 5))

    assert taken(empty).rejected == {"bad_id": 2, "too_many": 3}
