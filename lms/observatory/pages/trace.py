"""The page of one trace."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.pages.audience import whose_words
from lms.observatory.pages.drawing import waterfall_of
from lms.observatory.pages.expecting import missing_words
from lms.observatory.pages.moments import Moment
from lms.observatory.pages.span_detail import SpanDetail, span_detail
from lms.observatory.store.base import MOST_LINES, LogQuery
from lms.observatory.traces.critical import Segment, critical_path
from lms.observatory.traces.failing import error_origins
from lms.observatory.traces.places import place_of
from lms.observatory.traces.statements import StatementGroup, statement_groups
from lms.observatory.traces.timing import gaps, self_ns
from lms.observatory.traces.trees import tree_of
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from lms.observatory.records import LogRecord, Span, Trace
    from lms.observatory.store.base import Reader
    from lms.observatory.traces.places import Place
    from lms.observatory.traces.trees import Tree
    from lms.observatory.traces.waterfall import Waterfall
    from lms.observatory.viewing import Viewer

NS_PER_MS: Final = 1_000_000
# A line may be written by a process whose clock is off, or after the last span's end.
AROUND_NS: Final = 60 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """Time that passed in one place. hue, label: "" for time on no span. percent: of the trace.

    x, width: percent, where it stands in a bar of all shares. own: time of its spans without their
    children, which may pass at several places at once.
    """

    hue: str
    label: str
    time: str
    percent: int
    x: str
    width: str
    own: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A group of statements with its times in words."""

    group: StatementGroup
    total: str
    longest: str


@dataclass(frozen=True, slots=True)
class TracePage:
    """What the page shows. root: the first span, by which the trace is named.

    detail: of the span asked for; is_gone: there is no such span. origins: where errors began.
    """

    trace: Trace
    root: Span
    whose: str
    waterfall: Waterfall
    started: Moment
    duration: str
    services: tuple[str, ...]
    line_count: int
    failed_count: int
    origins: tuple[Span, ...]
    shares: tuple[Share, ...]
    missing: tuple[str, ...]
    statements: tuple[Statement, ...]
    detail: SpanDetail | None
    is_gone: bool
    is_unfolded: bool

    @property
    def is_folded(self) -> bool:
        return any(row.span.folded for row in self.waterfall.rows)


def trace_page(
    store: Reader,
    viewer: Viewer,
    trace_id: str,
    *,
    zone: tzinfo,
    selected: str = "",
    is_unfolded: bool = False,
) -> TracePage | None:
    """Give the page, None when there is no such trace that she may see."""
    trace = store.trace(viewer, trace_id)
    if trace is None:
        return None
    lines = lines_of(store, viewer, trace)
    tree = tree_of(trace.spans)
    path = critical_path(trace.spans)
    start_ns, total_ns = extent_of(trace)
    origins = error_origins(tree)
    chosen = tree.spans.get(selected)
    return TracePage(
        trace=trace,
        root=tree.roots[0],
        whose=whose_words(trace, viewer),
        waterfall=waterfall_of(trace, lines, selected=selected, is_unfolded=is_unfolded),
        started=Moment(start_ns, zone),
        duration=duration_words(total_ns / NS_PER_MS),
        services=tuple(sorted({span.service for span in trace.spans})),
        line_count=len(lines),
        failed_count=sum(span.status == "error" for span in trace.spans),
        origins=tuple(span for span in trace.spans if span.span_id in origins),
        shares=_shares(path, tree, total_ns),
        missing=missing_words(trace, tree, line_count=len(lines)),
        statements=statements_of(trace.spans),
        detail=span_detail(trace, tree, chosen, path=path, lines=lines, zone=zone)
        if chosen
        else None,
        is_gone=bool(selected) and chosen is None,
        is_unfolded=is_unfolded,
    )


def lines_of(store: Reader, viewer: Viewer, trace: Trace) -> tuple[LogRecord, ...]:
    """Give the trace's lines, the newest MOST_LINES of them, by time."""
    start_ns, total_ns = extent_of(trace)
    query = LogQuery(
        since_ns=max(0, start_ns - AROUND_NS),
        until_ns=start_ns + total_ns + AROUND_NS,
        trace_id=trace.trace_id,
        limit=MOST_LINES,
    )
    return tuple(reversed(store.logs(viewer, query).lines))


def extent_of(trace: Trace) -> tuple[int, int]:
    """Give the start of a trace, Unix nanoseconds, and its length."""
    start_ns = min(span.start_ns for span in trace.spans)
    return start_ns, max(span.end_ns for span in trace.spans) - start_ns


def statements_of(spans: Iterable[Span]) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            group,
            total=duration_words(group.total_ns / NS_PER_MS),
            longest=duration_words(group.longest_ns / NS_PER_MS),
        )
        for group in statement_groups(spans)
    )


def _shares(path: Sequence[Segment], tree: Tree, total_ns: int) -> tuple[Share, ...]:
    """Give the places, those longest on the critical path first, and the time on no span last."""
    shares: list[Share] = []
    before_ns, length_ns = 0, max(1, total_ns)
    for hue, label, spent_ns, own_ns in _times(path, tree):
        share = Share(
            hue=hue,
            label=label,
            time=duration_words(spent_ns / NS_PER_MS),
            percent=round(spent_ns / length_ns * 100),
            x=f"{before_ns / length_ns * 100:.2f}",
            width=f"{spent_ns / length_ns * 100:.2f}",
            own=duration_words(own_ns / NS_PER_MS),
        )
        shares.append(share)
        before_ns += spent_ns
    return tuple(shares)


def _times(path: Sequence[Segment], tree: Tree) -> Iterator[tuple[str, str, int, int]]:
    """Give (hue, label, time on the path, time of spans without their children) by place."""
    own = _own_times(tree)
    on_path = dict.fromkeys(own, 0)
    for segment in path:
        on_path[place_of(segment.span)] += segment.duration_ns
    for place, spent_ns in sorted(on_path.items(), key=lambda pair: -pair[1]):
        yield place.hue, place.label, spent_ns, own[place]
    missing_ns = sum(until - since for since, until in gaps(tree.spans.values()))
    if missing_ns:
        yield "", "", missing_ns, 0


def _own_times(tree: Tree) -> Mapping[Place, int]:
    times: dict[Place, int] = defaultdict(int)
    for span in tree.spans.values():
        times[place_of(span)] += self_ns(span, tree.below(span))
    return times
