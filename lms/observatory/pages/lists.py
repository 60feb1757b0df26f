"""The lists of traces and of log lines, newest first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from lms.observatory.pages.drawing import address_of, fields_of, value_text
from lms.observatory.pages.filters import Dropped, LogFilter, RangeFilter, TraceFilter
from lms.observatory.pages.moments import Moment, iso_of
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from lms.observatory.records import LogRecord, TraceSummary
    from lms.observatory.store.base import LogPage, Reader, TracePage
    from lms.observatory.viewing import Viewer

TRACES_ON_A_PAGE: Final = 50
LINES_ON_A_PAGE: Final = 100
SHORT_FIELDS: Final = 6
NS_PER_MS: Final = 1_000_000
# So long it is looked which filter hides everything; each look may take the store's whole budget.
LOOKING_S: Final = 1.0

FilterT = TypeVar("FilterT", bound=RangeFilter)
RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace in the list. share: its duration in percent of the longest on the page."""

    summary: TraceSummary
    started: Moment
    duration: str
    share: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line in the list. fields: shortened, for one row; whole: all of them."""

    line: LogRecord
    at: Moment
    fields: tuple[tuple[str, str], ...]
    whole: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return self.line.event or self.line.body

    @property
    def trace_address(self) -> str:
        return address_of(self.line.trace_id, self.line.span_id)


@dataclass(frozen=True, slots=True)
class Listing(Generic[FilterT, RowT]):
    """A page of a list. older: the query part of the next page, "" at the end.

    stopped: down to where a search that took too long came, further: its continuation.
    hiding: filters without which there would be something, of an empty page.
    """

    filter: FilterT
    rows: tuple[RowT, ...]
    older: str = ""
    stopped: Moment | None = None
    further: str = ""
    hiding: tuple[Dropped, ...] = ()

    @property
    def is_first(self) -> bool:
        return not self.filter.params.get("before")

    @property
    def has_filters(self) -> bool:
        return bool(self.filter.in_use())


def trace_list(
    store: Reader, viewer: Viewer, asked: TraceFilter, *, now: datetime, zone: tzinfo
) -> Listing[TraceFilter, TraceRow]:
    """Give a page of traces; without a search when the filter is wrong."""
    if not asked.is_valid():
        return Listing(asked, ())
    query = asked.query(now, limit=TRACES_ON_A_PAGE)
    page = store.traces(viewer, query)
    longest = max((one.duration_ns for one in page.traces), default=0)
    rows = tuple(_trace_row(one, longest, zone) for one in page.traces)
    hiding = (
        ()
        if rows or page.searched_to_ns
        else _hiding(asked, lambda other: store.traces(viewer, other.query(now, limit=1)).traces)
    )
    return _listing(asked, page, rows, hiding, now=now, zone=zone)


def log_list(
    store: Reader, viewer: Viewer, asked: LogFilter, *, now: datetime, zone: tzinfo
) -> Listing[LogFilter, LineRow]:
    """Give a page of lines; without a search when the filter is wrong."""
    if not asked.is_valid():
        return Listing(asked, ())
    page = store.logs(viewer, asked.query(now, limit=LINES_ON_A_PAGE))
    rows = tuple(line_row(line, zone) for line in page.lines)
    hiding = (
        ()
        if rows or page.searched_to_ns
        else _hiding(asked, lambda other: store.logs(viewer, other.query(now, limit=1)).lines)
    )
    return _listing(asked, page, rows, hiding, now=now, zone=zone)


def line_row(line: LogRecord, zone: tzinfo) -> LineRow:
    return LineRow(
        line=line,
        at=Moment(line.time_ns, zone),
        fields=fields_of(line.attributes)[:SHORT_FIELDS],
        whole=tuple((key, value_text(value)) for key, value in line.attributes.items()),
    )


def _listing(
    asked: FilterT,
    page: TracePage | LogPage,
    rows: tuple[RowT, ...],
    hiding: tuple[Dropped, ...],
    *,
    now: datetime,
    zone: tzinfo,
) -> Listing[FilterT, RowT]:
    stopped = Moment(page.searched_to_ns, zone) if page.searched_to_ns else None
    since_ns = asked.bounds(now)[0]
    since = iso_of(since_ns) if since_ns else ""
    return Listing(
        filter=asked,
        rows=rows,
        older=asked.link(before=page.next) if page.next else "",
        stopped=stopped,
        further=asked.link(until=stopped.iso, since=since, before="") if stopped else "",
        hiding=hiding,
    )


def _trace_row(one: TraceSummary, longest_ns: int, zone: tzinfo) -> TraceRow:
    return TraceRow(
        summary=one,
        started=Moment(one.start_ns, zone),
        duration=duration_words(one.duration_ns / NS_PER_MS),
        share=f"{one.duration_ns / longest_ns * 100 if longest_ns else 0:.2f}",
    )


def _hiding(asked: FilterT, search: Callable[[Any], Sequence[object]]) -> tuple[Dropped, ...]:
    """Give the filters without which the search finds something, as far as there is time."""
    return tuple(_found_without(asked, search, until_s=time.monotonic() + LOOKING_S))


def _found_without(
    asked: FilterT, search: Callable[[Any], Sequence[object]], *, until_s: float
) -> Iterator[Dropped]:
    for dropped in asked.in_use():
        if time.monotonic() > until_s:
            return
        other = type(asked)(dropped.without)
        if other.is_valid() and search(other):
            yield dropped


def names_of(rows: Iterable[TraceRow]) -> tuple[str, ...]:
    """Give the traces' names that the page can offer, sorted."""
    return tuple(sorted({row.summary.name for row in rows}))


def services_of(rows: Iterable[TraceRow]) -> tuple[str, ...]:
    return tuple(sorted({row.summary.service for row in rows}))
