"""OTLP in JSON: ids in hex, names in lowerCamelCase, 64-bit integers as strings or numbers.

Enums are numbers; their names are understood as well. Unknown fields are ignored, a field of the
wrong type makes the whole undecodable, as in protobuf's own mapping.
Source: OTLP specification 1.10, section JSON Protobuf Encoding.
"""

from __future__ import annotations

import binascii
import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from lms.observatory.collector.intake import RawEvent, RawLine, RawSpan
from lms.observatory.collector.limits import DEPTH_MAX, JSON_OBJECTS_MAX
from lms.observatory.collector.refusal import Refused, Undecodable
from lms.observatory.collector.values import TOO_DEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lms.observatory.collector.intake import Intake
    from lms.observatory.collector.values import Raw

Fields = dict[str, Any]
_UINT64_MAX: Final = 2**64 - 1
_INT64_MAX: Final = 2**63 - 1
# The kinds of metric that a data point may stand in.
_METRIC_DATA: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


def read(signal: str, body: bytes, intake: Intake) -> None:
    """Hand a request's records to the intake. Raises Refused (400, 413)."""
    _READERS[signal](_parsed(body), intake)


def _traces(request: Fields, intake: Intake) -> None:
    for of_resource in _objects(request, "resourceSpans"):
        resource = intake.resource(_pairs(_object(of_resource, "resource"), "attributes"))
        for of_scope in _objects(of_resource, "scopeSpans"):
            scope = intake.scope(_text(_object(of_scope, "scope"), "name"))
            for span in _objects(of_scope, "spans"):
                intake.take_span(_span(span), resource, scope)


def _logs(request: Fields, intake: Intake) -> None:
    for of_resource in _objects(request, "resourceLogs"):
        resource = intake.resource(_pairs(_object(of_resource, "resource"), "attributes"))
        for of_scope in _objects(of_resource, "scopeLogs"):
            scope = intake.scope(_text(_object(of_scope, "scope"), "name"))
            for record in _objects(of_scope, "logRecords"):
                intake.take_line(_line(record), resource, scope)


def _metrics(request: Fields, intake: Intake) -> None:
    points = sum(
        len(_objects(_object(metric, kind), "dataPoints"))
        for of_resource in _objects(request, "resourceMetrics")
        for of_scope in _objects(of_resource, "scopeMetrics")
        for metric in _objects(of_scope, "metrics")
        for kind in _METRIC_DATA
    )
    if points:
        intake.reject("by_scrape", points)


_READERS: Final[dict[str, Callable[[Fields, Intake], None]]] = {
    "traces": _traces,
    "logs": _logs,
    "metrics": _metrics,
}


def _parsed(body: bytes) -> Fields:
    # A dict of one key takes thirty times its bytes. Those in texts are counted as well: few.
    if body.count(b"{") + body.count(b"[") > JSON_OBJECTS_MAX:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has more than {JSON_OBJECTS_MAX} objects and lists. Send fewer records at "
            "once.",
        )
    try:
        request = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    # A ValueError also for bad UTF-8 and for numbers of thousands of digits.
    except (ValueError, RecursionError):
        raise Undecodable("The body is no JSON object in UTF-8.") from None
    if not isinstance(request, dict):
        raise Undecodable("The body is no JSON object in UTF-8.")
    return request


def _no_constant(_name: str) -> None:
    raise ValueError


def _span(span: Fields) -> RawSpan:
    status = _object(span, "status")
    return RawSpan(
        _id(span, "traceId"),
        _id(span, "spanId"),
        _id(span, "parentSpanId"),
        _text(span, "name"),
        _enum(span, "kind", SpanMessage.SpanKind),
        _uint64(span, "startTimeUnixNano"),
        _uint64(span, "endTimeUnixNano"),
        _enum(status, "code", Status.StatusCode),
        _text(status, "message"),
        _pairs(span, "attributes"),
        [
            RawEvent(_uint64(one, "timeUnixNano"), _text(one, "name"), _pairs(one, "attributes"))
            for one in _objects(span, "events")
        ],
        [(_id(one, "traceId"), _id(one, "spanId")) for one in _objects(span, "links")],
    )


def _line(record: Fields) -> RawLine:
    return RawLine(
        _uint64(record, "timeUnixNano"),
        _uint64(record, "observedTimeUnixNano"),
        _enum(record, "severityNumber", SeverityNumber),
        _value(_object(record, "body"), 0),
        _text(record, "eventName"),
        _id(record, "traceId"),
        _id(record, "spanId"),
        _pairs(record, "attributes"),
    )


def _objects(fields: Fields, name: str) -> list[Fields]:
    """Give a list of objects; absent and null are the empty one."""
    items = fields.get(name)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Undecodable(f"{name} must be a list of objects.")
    return items


def _object(fields: Fields, name: str) -> Fields:
    item = fields.get(name)
    if item is None:
        return {}
    if not isinstance(item, dict):
        raise Undecodable(f"{name} must be an object.")
    return item


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Undecodable(f"{name} must be a string.")
    return value


def _id(fields: Fields, name: str) -> bytes:
    """Give an id's bytes; text that is no hex becomes an id of a length that none has."""
    text = _text(fields, name)
    try:
        return bytes.fromhex(text) if text.isalnum() or not text else b"?"
    except ValueError:
        return b"?"


def _uint64(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return 0 if value is None else _whole(value, name, low=0, high=_UINT64_MAX)


def _enum(fields: Fields, name: str, kinds: Any) -> int:
    """Give an enum's number. A name that the standard has not is 0, as a newer number would be."""
    value = fields.get(name)
    if value is None:
        return 0
    if isinstance(value, str) and not value.lstrip("-").isdecimal():
        numbers: Mapping[str, int] = dict(kinds.items())
        return numbers.get(value, 0)
    return _whole(value, name, low=-_INT64_MAX, high=_INT64_MAX)


def _whole(value: Any, name: str, *, low: int, high: int) -> int:
    if isinstance(value, str):
        # No sign, blank or underline inside, which int() would take; no endless row of digits.
        digits = value.removeprefix("-")
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_UINT64_MAX))
        value = int(value) if is_number else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise Undecodable(f"{name} must be a whole number of 64 bits.")
    return value


def _pairs(fields: Fields, name: str, depth: int = 0) -> list[tuple[str, Raw]]:
    return [
        (_text(pair, "key"), _value(_object(pair, "value"), depth))
        for pair in _objects(fields, name)
    ]


def _value(value: Fields, depth: int) -> Raw:
    """Give what an AnyValue says; the first field that is set counts."""
    for field, read_field in _VALUES.items():
        if value.get(field) is not None:
            return read_field(value, field, depth)
    return None


def _boolean(fields: Fields, name: str, _depth: int) -> bool:
    value = fields[name]
    if not isinstance(value, bool):
        raise Undecodable(f"{name} must be true or false.")
    return value


def _number(fields: Fields, name: str, _depth: int) -> float:
    value = fields[name]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isnan(number) or value == "NaN":
            return number
    raise Undecodable(f"{name} must be a number.")


def _bytes(fields: Fields, name: str, _depth: int) -> bytes:
    text = _text(fields, name)
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        raise Undecodable(f"{name} must be base64.") from None


def _array(fields: Fields, name: str, depth: int) -> Raw:
    if depth > DEPTH_MAX:
        return TOO_DEEP
    return [_value(item, depth + 1) for item in _objects(_object(fields, name), "values")]


def _map(fields: Fields, name: str, depth: int) -> Raw:
    if depth > DEPTH_MAX:
        return TOO_DEEP
    return dict(_pairs(_object(fields, name), "values", depth + 1))


_VALUES: Final[dict[str, Callable[[Fields, str, int], Raw]]] = {
    "stringValue": lambda fields, name, _depth: _text(fields, name),
    "intValue": lambda fields, name, _depth: _whole(
        fields[name], name, low=-_INT64_MAX - 1, high=_INT64_MAX
    ),
    "boolValue": _boolean,
    "doubleValue": _number,
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": _bytes,
}
