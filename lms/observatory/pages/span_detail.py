"""Everything about one span of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.pages.drawing import address_of, value_text
from lms.observatory.pages.lists import LineRow, line_row
from lms.observatory.pages.moments import Moment
from lms.observatory.traces.failing import error_origins
from lms.observatory.traces.places import Place, is_wait, place_of, title_of
from lms.observatory.traces.timing import self_ns, starts_early
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from lms.observatory.records import AttributeValue, LogRecord, Span, SpanEvent, SpanLink, Trace
    from lms.observatory.traces.critical import Segment
    from lms.observatory.traces.trees import Tree

NS_PER_MS: Final = 1_000_000
STACK: Final = "exception.stacktrace"
EXCEPTION: Final = "exception"


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened in a span. frames: of an exception, outermost first."""

    name: str
    after: str
    attributes: tuple[tuple[str, str], ...]
    frames: tuple[str, ...]

    @property
    def is_exception(self) -> bool:
        return self.name == EXCEPTION


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Another span that this one has to do with, mostly in another trace."""

    trace_id: str
    address: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """A span as its panel shows it. Times in words; on_path "" when it is not on the path."""

    span: Span
    place: Place
    started: Moment
    after: str
    duration: str
    share: int
    own: str
    on_path: str
    parent: Span | None
    parent_address: str
    child_count: int
    is_wait: bool
    is_origin: bool
    is_early: bool
    is_orphan: bool
    attributes: tuple[tuple[str, str], ...]
    events: tuple[EventRow, ...]
    links: tuple[LinkRow, ...]
    lines: tuple[LineRow, ...]

    @property
    def title(self) -> str:
        return title_of(self.span)


def span_detail(
    trace: Trace,
    tree: Tree,
    span: Span,
    *,
    path: Sequence[Segment],
    lines: Sequence[LogRecord],
    zone: tzinfo,
) -> SpanDetail:
    start_ns = min(one.start_ns for one in trace.spans)
    total_ns = max(one.end_ns for one in trace.spans) - start_ns
    parent = tree.parent(span)
    on_path_ns = sum(one.duration_ns for one in path if one.span.span_id == span.span_id)
    return SpanDetail(
        span=span,
        place=place_of(span),
        started=Moment(span.start_ns, zone),
        after=_words(span.start_ns - start_ns),
        duration=_words(span.duration_ns),
        share=round(span.duration_ns / total_ns * 100) if total_ns else 100,
        own=_words(self_ns(span, tree.below(span))),
        on_path=_words(on_path_ns) if on_path_ns else "",
        parent=parent,
        parent_address=address_of(trace.trace_id, parent.span_id) if parent else "",
        child_count=len(tree.below(span)),
        is_wait=is_wait(span),
        is_origin=span.span_id in error_origins(tree),
        is_early=starts_early(span, tree),
        is_orphan=span.span_id in tree.orphans,
        attributes=_pairs(span.attributes) + _pairs(span.resource),
        events=tuple(_event(event, start_ns) for event in span.events),
        links=tuple(_link(link, trace.trace_id) for link in span.links),
        lines=tuple(line_row(line, zone) for line in lines if line.span_id == span.span_id),
    )


def _event(event: SpanEvent, start_ns: int) -> EventRow:
    stack = str(event.attributes.get(STACK, ""))
    return EventRow(
        name=event.name,
        after=_words(event.time_ns - start_ns),
        attributes=tuple(pair for pair in _pairs(event.attributes) if pair[0] != STACK),
        frames=tuple(stack.splitlines()),
    )


def _link(link: SpanLink, trace_id: str) -> LinkRow:
    return LinkRow(
        trace_id=link.trace_id,
        address=address_of(link.trace_id, link.span_id),
        is_here=link.trace_id == trace_id,
    )


def _pairs(attributes: Mapping[str, AttributeValue]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value_text(value)) for key, value in attributes.items())


def _words(length_ns: int) -> str:
    return duration_words(length_ns / NS_PER_MS)
