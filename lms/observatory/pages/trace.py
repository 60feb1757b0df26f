"""The page of one trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.pages.drawing import waterfall_of
from lms.observatory.store.base import MOST_LINES, LogQuery

if TYPE_CHECKING:
    from lms.observatory.records import LogRecord, Trace
    from lms.observatory.store.base import Reader
    from lms.observatory.traces.waterfall import Waterfall
    from lms.observatory.viewing import Viewer

# A line may be written by a process whose clock is off, or after the last span's end.
AROUND_NS: Final = 60 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class TracePage:
    """What the page shows."""

    trace: Trace
    waterfall: Waterfall


def trace_page(store: Reader, viewer: Viewer, trace_id: str) -> TracePage | None:
    """Give the page, None when there is no such trace that she may see."""
    trace = store.trace(viewer, trace_id)
    if trace is None:
        return None
    lines = lines_of(store, viewer, trace)
    return TracePage(trace=trace, waterfall=waterfall_of(trace, lines))


def lines_of(store: Reader, viewer: Viewer, trace: Trace) -> tuple[LogRecord, ...]:
    """Give the trace's lines, the newest MOST_LINES of them, by time."""
    query = LogQuery(
        since_ns=min(span.start_ns for span in trace.spans) - AROUND_NS,
        until_ns=max(span.end_ns for span in trace.spans) + AROUND_NS,
        trace_id=trace.trace_id,
        limit=MOST_LINES,
    )
    return tuple(reversed(store.logs(viewer, query).lines))
