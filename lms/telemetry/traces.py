"""Spans of our own: ids of the current one, children, stored parents, traces of their own.

Attribute names are words of redaction.KEYS; a name that is not among them is not exported.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
)

from lms.telemetry.ids import one_made_of
from lms.telemetry.redaction import OWN_PREFIX
from lms.telemetry.spans import NEVER_REPORTED

_tracer = trace.get_tracer("watchers")
# W3C Trace Context, version 00; an all-zero id is invalid.
_TRACEPARENT: Final = re.compile(
    r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)


def current_trace_id() -> str:
    """Give the current trace's id, 32 hex digits, "" outside any span that is recorded."""
    context = _current()
    return trace.format_trace_id(context.trace_id) if context else ""


def current_traceparent() -> str:
    """Give the current span as a W3C traceparent, "" outside any span that is recorded."""
    context = _current()
    return traceparent_of(context) if context else ""


def traceparent_of(context: SpanContext) -> str:
    return (
        f"00-{trace.format_trace_id(context.trace_id)}"
        f"-{trace.format_span_id(context.span_id)}-{int(context.trace_flags):02x}"
    )


@contextmanager
def span(name: str, /, **attributes: Any) -> Iterator[Span]:
    """Record what happens inside as a child of the current span."""
    with _tracer.start_as_current_span(name, attributes=_own(attributes)) as made:
        yield made


@contextmanager
def continued(
    traceparent: str, name: str, /, *, links: Sequence[str] = (), **attributes: Any
) -> Iterator[Span]:
    """Record what happens inside in the trace that a stored traceparent belongs to.

    When the current span is in that trace already, it is the parent. When it is in another, the
    stored span is the parent and the current one is linked, if it is recorded (a sweep is not). An
    unreadable traceparent begins a trace.
    """
    parent = _context_of(traceparent)
    current = _current()
    if parent and current and current.trace_id == parent.trace_id:
        parent = current
    others = [_context_of(link) for link in links]
    if current and (parent is None or current.trace_id != parent.trace_id):
        others.append(current)
    with _rooted(name, parent, others, attributes) as made:
        yield made


@contextmanager
def own_trace(name: str, /, *, link_to: Sequence[str] = (), **attributes: Any) -> Iterator[Span]:
    """Record what happens inside in a new trace, linked to the current span and the given ones.

    For batch, sweeper, regrade and reviewer work: it never stands in a student's trace. A link
    names a span that is recorded, or there is none.
    """
    others = [_context_of(link) for link in link_to]
    with _rooted(name, None, [*others, _current()], attributes) as made:
        yield made


def recorded(
    name: str,
    /,
    *,
    start: datetime | None,
    end: datetime | None = None,
    under: str = "",
    is_lost: bool = False,
    **attributes: Any,
) -> None:
    """Record something that nobody ran: a wait, a killed process's work. It is marked as computed.

    under: traceparent of its parent, the current span when it is "" or unreadable. is_lost: nobody
    told its end. Without a start or an end, or with an end before the start, nothing is recorded.
    What is recorded again under the same parent has the same id: it is stored once.
    """
    if start is None or end is None or end < start:
        return
    parent = _context_of(under)
    with one_made_of(f"{under} {name} {start.timestamp()}") if parent else nullcontext():
        made = _tracer.start_span(
            name,
            context=_below(parent) if parent else None,
            start_time=_ns(start),
            attributes=_own({**attributes, "computed": True}),
        )
    if is_lost:
        made.set_status(Status(StatusCode.ERROR, NEVER_REPORTED))
    made.end(end_time=_ns(end))


def set_owner(pseudonym: str, course_slug: str = "") -> None:
    """Say on the current span whose work it shows and of which course."""
    current = trace.get_current_span()
    current.set_attribute(f"{OWN_PREFIX}owner", pseudonym)
    if course_slug:
        current.set_attribute(f"{OWN_PREFIX}course", course_slug)


@contextmanager
def _rooted(
    name: str,
    parent: SpanContext | None,
    others: Sequence[SpanContext | None],
    attributes: dict[str, Any],
) -> Iterator[Span]:
    context = _below(parent) if parent else Context()
    links = [Link(other) for other in others if other is not None and other.is_valid]
    with _tracer.start_as_current_span(
        name, context=context, links=links, attributes=_own(attributes)
    ) as made:
        yield made


def _current() -> SpanContext | None:
    """Give the current span, None outside any that is recorded."""
    context = trace.get_current_span().get_span_context()
    return context if context.is_valid and context.trace_flags.sampled else None


def _below(parent: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())


def _context_of(traceparent: str) -> SpanContext | None:
    """Give the span that a traceparent names, None when it is unreadable or was not recorded."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    if not flags & TraceFlags.SAMPLED:
        return None
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(1))


def _own(attributes: dict[str, Any]) -> dict[str, Any]:
    return {f"{OWN_PREFIX}{key}": value for key, value in attributes.items()}


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
