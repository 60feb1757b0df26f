"""A specification's trace as the waterfall draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.observatory.traces.waterfall import TimedLog, TimedSpan, Waterfall, draw

if TYPE_CHECKING:
    from exercises.kinds.span.spec import DrawnLog, DrawnSpan, SpanSpec


def waterfall(spec: SpanSpec) -> Waterfall:
    """Give the drawing: nothing in it tells which span is right."""
    return draw([_span(span) for span in spec.trace.spans], total_ms=spec.trace.total_ms)


def _span(span: DrawnSpan) -> TimedSpan:
    return TimedSpan(
        id=span.id,
        name=span.name,
        service=span.service,
        parent=span.parent or "",
        start_ms=span.start_ms,
        duration_ms=span.duration_ms,
        status=span.status,
        attributes=tuple(span.attributes.items()),
        logs=tuple(_log(log) for log in span.logs),
    )


def _log(log: DrawnLog) -> TimedLog:
    return TimedLog(
        at_ms=log.at_ms, level=log.level, event=log.event, fields=tuple(log.fields.items())
    )
