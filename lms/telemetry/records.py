"""Redacted log events as OTLP log records."""

import logging
from typing import Any, Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

_SEVERITIES: Final = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}
# They have places of their own in a record.
_FIELDS: Final = frozenset(
    {"event", "level", "severity", "time_ns", "timestamp", "trace_id", "span_id", "exception"}
)


def record_of(event: dict[str, Any]) -> LogRecord:
    """Give the record: the event's name as name and body, every other key as an attribute."""
    attributes = {key: value for key, value in event.items() if key not in _FIELDS}
    attributes |= _exception(event.get("exception"))
    return LogRecord(
        timestamp=event["time_ns"],
        observed_timestamp=event["time_ns"],
        context=_context(event),
        severity_text=str(event["level"]).upper(),
        severity_number=_SEVERITIES.get(event["severity"], SeverityNumber.UNSPECIFIED),
        body=event["event"],
        attributes=attributes,
        event_name=event["event"],
    )


def _exception(told: dict[str, Any] | None) -> dict[str, str]:
    if not told:
        return {}
    given = {
        "exception.type": told["type"],
        "exception.stacktrace": "\n".join(told["frames"]),
        "exception.message": told.get("message", ""),
    }
    return {key: value for key, value in given.items() if value}


def _context(event: dict[str, Any]) -> Context:
    if "trace_id" not in event:
        return Context()
    span = SpanContext(
        int(event["trace_id"], 16), int(event["span_id"], 16), is_remote=False,
        trace_flags=TraceFlags(1),
    )  # fmt: skip
    return set_span_in_context(NonRecordingSpan(span), Context())
