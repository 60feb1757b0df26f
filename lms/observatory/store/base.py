"""What a store of traces and log lines promises. One contract test runs over all of them.

Tenant and viewer are arguments of every read: a store never gives what the viewer may not see, and
what it hides and what it does not have look the same.

Whose a trace is: the owner and the course that its spans name. When two spans name two owners, it
is nobody's to see but the operator's. A log line in a trace is seen by whoever may see the trace; a
line whose own owner is another than its trace's is the operator's alone. A line outside any trace
is its owner's, or unowned. A line of a trace of which no span has arrived is its own owner's until
the spans say more, never unowned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from lms.observatory.store.metric_base import MetricKeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.observatory.records import Batch, Drop, LogRecord, StoreState, Trace, TraceSummary
    from lms.observatory.viewing import Viewer

MOST_SPANS: Final = 5_000
"""Of one trace; a longer one is cut and says so."""
MOST_LINES: Final = 500
"""Of one page of lines."""
MOST_TRACES: Final = 200
"""Of one page of traces."""
BUDGET_S: Final = 2.0
"""Longest search; what was found until then is given, with how far it came."""

MOST_SILENCE_NS: Final = 60_000_000_000
"""Between two beats of one run; after a longer one a new run begins."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now; the message says why and holds nothing stored."""


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which traces, newest first. since_ns <= start < until_ns.

    name, service: of the root, exactly, "" for any. least_ns: shortest duration. before: `next` of
    the page before, "" at first.
    """

    since_ns: int
    until_ns: int
    name: str = ""
    service: str = ""
    only_errors: bool = False
    least_ns: int = 0
    limit: int = 50
    before: str = ""


@dataclass(frozen=True, slots=True)
class TracePage:
    """next: for the following page's `before`, "" at the end. searched_to_ns: when the budget ran
    out, the time down to which everything was looked at; 0 when all was."""

    traces: tuple[TraceSummary, ...]
    next: str = ""
    searched_to_ns: int = 0


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines, newest first. since_ns <= time < until_ns.

    text: a part of the body, the event or an attribute's value, in any case. logger: the name or
    one above it ("lms" finds "lms.request"). owner: of the trace or the line itself.
    """

    since_ns: int
    until_ns: int
    least_severity: int = 0
    logger: str = ""
    service: str = ""
    event: str = ""
    text: str = ""
    trace_id: str = ""
    limit: int = 100
    before: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """As TracePage, of lines."""

    lines: tuple[LogRecord, ...]
    next: str = ""
    searched_to_ns: int = 0


class TraceStore(Protocol):
    """Reads traces. Safe to use from several threads and while another process writes."""

    def trace(self, viewer: Viewer, trace_id: str) -> Trace | None:
        """Give a trace, None when there is none that she may see."""
        ...

    def traces(self, viewer: Viewer, query: TraceQuery) -> TracePage: ...


class LogStore(Protocol):
    """Reads lines. Safe as a TraceStore."""

    def logs(self, viewer: Viewer, query: LogQuery) -> LogPage: ...


class Keeper(Protocol):
    """The writing side; one process has one, used from one thread."""

    def write(self, batches: Sequence[Batch]) -> None:
        """Store all in one transaction; on return it survives a kill -9 of this process.

        What is stored already changes nothing: a span of the same ids, a line of the same time and
        content. Raises StoreUnavailable, and then nothing of it is stored.
        """
        ...

    def note_drops(self, drops: Sequence[Drop]) -> None: ...

    def beat(self, now_ns: int) -> None:
        """Note that the collector runs; gaps between these notes are times when it did not."""
        ...

    def expire(self, now_ns: int) -> int:
        """Forget what is too old or too much; give the number of segments let go."""
        ...

    def close(self) -> None:
        """End writing; another process may begin."""
        ...


class WholeKeeper(Keeper, MetricKeeper, Protocol):
    """The writing side of all signals: one thread, one transaction at a time."""


class Reader(TraceStore, LogStore, Protocol):
    """What pages read."""

    def state(self) -> StoreState:
        """Give what the store knows of itself."""
        ...
