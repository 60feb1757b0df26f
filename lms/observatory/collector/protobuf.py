"""OTLP in protobuf, as opentelemetry-proto's generated classes read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lms.observatory.collector.intake import RawEvent, RawLine, RawSpan
from lms.observatory.collector.refusal import Undecodable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lms.observatory.collector.intake import Intake
    from lms.observatory.collector.values import Raw


def read(signal: str, body: bytes, intake: Intake) -> None:
    """Hand a request's records to the intake. Raises Undecodable."""
    _READERS[signal](body, intake)


def _traces(body: bytes, intake: Intake) -> None:
    for of_resource in _parsed(ExportTraceServiceRequest, body).resource_spans:
        resource = intake.resource(_pairs(of_resource.resource.attributes))
        for of_scope in of_resource.scope_spans:
            scope = intake.scope(of_scope.scope.name)
            for span in of_scope.spans:
                intake.take_span(_span(span), resource, scope)


def _logs(body: bytes, intake: Intake) -> None:
    for of_resource in _parsed(ExportLogsServiceRequest, body).resource_logs:
        resource = intake.resource(_pairs(of_resource.resource.attributes))
        for of_scope in of_resource.scope_logs:
            scope = intake.scope(of_scope.scope.name)
            for record in of_scope.log_records:
                intake.take_line(_line(record), resource, scope)


def _metrics(body: bytes, intake: Intake) -> None:
    points = sum(
        len(getattr(metric, metric.WhichOneof("data")).data_points)
        for of_resource in _parsed(ExportMetricsServiceRequest, body).resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
        if metric.WhichOneof("data")
    )
    if points:
        intake.reject("by_scrape", points)


_READERS = {"traces": _traces, "logs": _logs, "metrics": _metrics}


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except DecodeError:
        raise Undecodable(f"The body is no {kind.DESCRIPTOR.full_name} in protobuf.") from None


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
