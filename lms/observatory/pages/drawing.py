"""A stored trace with its log lines as a waterfall."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.urls import reverse

from lms.observatory.traces.critical import critical_path
from lms.observatory.traces.failing import error_origins
from lms.observatory.traces.folding import folds
from lms.observatory.traces.places import is_wait, place_of, title_of
from lms.observatory.traces.timing import starts_early
from lms.observatory.traces.trees import tree_of
from lms.observatory.traces.waterfall import (
    MOST_ROWS,
    Legend,
    TimedLog,
    TimedSpan,
    Waterfall,
    draw,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lms.observatory.records import AttributeValue, LogRecord, Span, Trace
    from lms.observatory.traces.trees import Tree
    from lms.observatory.traces.waterfall import Stretch

NS_PER_MS: Final = 1_000_000
LONGEST_VALUE: Final = 120
# Ids that every line of a trace carries say nothing in it; the stack has a place of its own.
_UNSAID: Final = frozenset(
    {"request_id", "task_id", "child_task_id", "parent_task_id", "exception.stacktrace"}
)


def waterfall_of(
    trace: Trace,
    lines: Sequence[LogRecord],
    *,
    selected: str = "",
    is_unfolded: bool = False,
    most: int = MOST_ROWS,
) -> Waterfall:
    """Give the drawing of a trace and its lines; rows lead to their spans on the trace's page.

    selected: id of a span that stays a row of its own. is_unfolded: every span does.
    """
    tree = tree_of(trace.spans)
    drawing = _Drawing(trace, tree, lines, is_unfolded=is_unfolded)
    apart = {selected, *drawing.logs}
    groups = {} if is_unfolded else folds(tree, apart=apart)
    hidden = {one.span_id for group in groups.values() for one in group[1:]}
    shown = [span for span, _ in tree.walk() if span.span_id not in hidden]
    return draw(
        [drawing.row(span, groups.get(span.span_id, ())) for span in shown],
        total_ms=drawing.total_ms,
        loose=drawing.loose,
        legend=_legend(shown),
        most=most,
    )


def address_of(trace_id: str, span_id: str = "", *, is_unfolded: bool = False) -> str:
    """Give the address of a trace's page, or of a span's details on it."""
    page = reverse("observatory:trace", args=[trace_id])
    more = "&unfold=1" if is_unfolded else ""
    return f"{page}?span={span_id}{more}#span" if span_id else page


def value_text(value: AttributeValue) -> str:
    """Write an attribute's value on one line."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _Drawing:
    """What the rows of one trace share. logs: by the id of their span."""

    def __init__(
        self, trace: Trace, tree: Tree, lines: Sequence[LogRecord], *, is_unfolded: bool
    ) -> None:
        self._is_unfolded = is_unfolded
        self._trace_id = trace.trace_id
        self._tree = tree
        self._start_ns = min((span.start_ns for span in trace.spans), default=0)
        end_ns = max((span.end_ns for span in trace.spans), default=0)
        self.total_ms = max(end_ns - self._start_ns, 1) / NS_PER_MS
        self._origins = error_origins(tree)
        self._path: dict[str, list[Stretch]] = defaultdict(list)
        for segment in critical_path(trace.spans):
            stretch = (self._after(segment.start_ns), segment.duration_ns / NS_PER_MS)
            self._path[segment.span.span_id].append(stretch)
        self.logs: dict[str, list[TimedLog]] = defaultdict(list)
        self.loose: list[TimedLog] = []
        for line in lines:
            known = line.span_id in tree.spans
            (self.logs[line.span_id] if known else self.loose).append(self._log(line))

    def row(self, span: Span, group: Sequence[Span]) -> TimedSpan:
        """Give a row of a span, or of the group that it is the first of."""
        members = group or (span,)
        end_ns = max(one.end_ns for one in members)
        parent = self._tree.parent(span)
        return TimedSpan(
            id=span.span_id,
            name=f"{len(group)} \N{MULTIPLICATION SIGN} {span.name}" if group else title_of(span),
            service=place_of(span).label,
            parent=parent.span_id if parent else "",
            start_ms=self._after(span.start_ns),
            duration_ms=(end_ns - span.start_ns) / NS_PER_MS,
            status=span.status,
            logs=tuple(self.logs.get(span.span_id, ())),
            hue=place_of(span).hue,
            href=self._address(span, group),
            path=tuple(stretch for one in members for stretch in self._path[one.span_id]),
            folded=tuple(self._stretch(one) for one in group),
            is_wait=is_wait(span),
            is_computed=span.is_computed,
            is_origin=span.span_id in self._origins,
            is_early=any(starts_early(one, self._tree) for one in members),
            is_orphan=span.span_id in self._tree.orphans,
        )

    def _address(self, span: Span, group: Sequence[Span]) -> str:
        if group:
            return f"{address_of(self._trace_id)}?unfold=1#s-{span.span_id}"
        return address_of(self._trace_id, span.span_id, is_unfolded=self._is_unfolded)

    def _after(self, time_ns: int) -> float:
        return (time_ns - self._start_ns) / NS_PER_MS

    def _stretch(self, span: Span) -> Stretch:
        return self._after(span.start_ns), span.duration_ns / NS_PER_MS

    def _log(self, line: LogRecord) -> TimedLog:
        return TimedLog(
            at_ms=self._after(line.time_ns),
            level=line.level,
            event=line.event or line.body,
            fields=fields_of(line.attributes),
        )


def fields_of(attributes: Mapping[str, AttributeValue]) -> tuple[tuple[str, str], ...]:
    """Give a line's fields as they stand behind its event, shortened."""
    return tuple(
        (key, value_text(value)[:LONGEST_VALUE])
        for key, value in attributes.items()
        if key not in _UNSAID
    )


def _legend(spans: Sequence[Span]) -> list[Legend]:
    places = dict.fromkeys(place_of(span) for span in spans)
    return [Legend(place.hue, place.label) for place in places]
