"""OTLP in protobuf, as opentelemetry-proto's generated classes read it."""

from __future__ import annotations

from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lms.observatory.collector.intake import RawEvent, RawLine, RawSpan
from lms.observatory.collector.limits import GROUPS_MAX, RECORD_MAX_BYTES
from lms.observatory.collector.refusal import Refused, Undecodable, too_large
from lms.observatory.collector.wire import merged, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lms.observatory.collector.intake import Attributes, Intake
    from lms.observatory.collector.values import Raw
    from lms.observatory.collector.wire import Place

# Requests of all signals are alike: field 1 holds what one resource sent, there field 1 is the
# resource and field 2 what one scope sent, there field 1 is the scope and field 2 the records.
_FIRST: Final = 1
_SECOND: Final = 2
# In a metric: gauge, sum, histogram, exponential histogram, summary; each with its points in 1.
_METRIC_DATA: Final = (5, 7, 9, 10, 11)


def read(signal: str, body: bytes, intake: Intake) -> None:
    """Hand a request's records to the intake. Raises Refused (400, 413)."""
    _READERS[signal](body, intake)


def _traces(body: bytes, intake: Intake) -> None:
    for place, resource, scope in _records(body, intake):
        if (raw := _one(Span, body, place, intake)) is not None:
            intake.take_span(_span(raw), resource, scope)


def _logs(body: bytes, intake: Intake) -> None:
    for place, resource, scope in _records(body, intake):
        if (raw := _one(LogRecord, body, place, intake)) is not None:
            intake.take_line(_line(raw), resource, scope)


def _metrics(body: bytes, intake: Intake) -> None:
    points = sum(
        1
        for metric, _resource, _scope in _records(body, intake)
        for kind in _METRIC_DATA
        for data in messages(body, metric, kind)
        for _point in messages(body, data, _FIRST)
    )
    if points:
        intake.reject("by_scrape", points)


_READERS: Final = {"traces": _traces, "logs": _logs, "metrics": _metrics}


def _records(body: bytes, intake: Intake) -> Iterator[tuple[Place, Attributes, str]]:
    """Give where each record lies, with the resource and scope that it is under."""
    groups = count()
    for of_resource in messages(body, (0, len(body)), _FIRST):
        _refuse_past(next(groups))
        named = _parsed(Resource, _bounded(merged(body, of_resource, _FIRST)))
        resource = intake.resource(_pairs(named.attributes))
        for of_scope in messages(body, of_resource, _SECOND):
            _refuse_past(next(groups))
            scope = _parsed(InstrumentationScope, _bounded(merged(body, of_scope, _FIRST)))
            name = intake.scope(scope.name)
            for record in messages(body, of_scope, _SECOND):
                yield record, resource, name


def _one(kind: Any, body: bytes, place: Place, intake: Intake) -> Any:
    """Give a record, None when it is too large or one too many: then it is rejected unread."""
    start, end = place
    if end - start > RECORD_MAX_BYTES:
        intake.reject("too_large")
    elif intake.is_full:
        intake.reject("too_many")
    else:
        return _parsed(kind, body[start:end])
    return None


def _refuse_past(groups: int) -> None:
    if groups >= GROUPS_MAX:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has more than {GROUPS_MAX} resources and scopes. Send fewer at once.",
        )


def _bounded(part: bytes) -> bytes:
    if len(part) > RECORD_MAX_BYTES:
        raise too_large(RECORD_MAX_BYTES)
    return part


def _parsed(kind: Any, part: bytes) -> Any:
    try:
        return kind.FromString(part)
    except DecodeError:
        raise Undecodable(f"A {kind.DESCRIPTOR.full_name} in the body is none.") from None


def _span(span: Any) -> RawSpan:
    status = span.status
    return RawSpan(
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        status.code,
        status.message,
        _pairs(span.attributes),
        [RawEvent(one.time_unix_nano, one.name, _pairs(one.attributes)) for one in span.events],
        [(one.trace_id, one.span_id) for one in span.links],
    )


def _line(record: Any) -> RawLine:
    return RawLine(
        record.time_unix_nano,
        record.observed_time_unix_nano,
        record.severity_number,
        _value(record.body),
        record.event_name,
        record.trace_id,
        record.span_id,
        _pairs(record.attributes),
    )


def _pairs(attributes: Iterable[Any]) -> list[tuple[str, Raw]]:
    return [(pair.key, _value(pair.value)) for pair in attributes]


def _value(value: Any) -> Raw:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return dict(_pairs(value.kvlist_value.values))
    # The names are those of the fields; protobuf itself bounds how deep values are nested.
    return getattr(value, kind) if kind else None
