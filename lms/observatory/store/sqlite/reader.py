"""The reading side: any number of processes and threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar, overload

from lms.observatory.records import SignalState, StoreState
from lms.observatory.store.base import BUDGET_S, LogPage, StoreUnavailable, TracePage
from lms.observatory.store.sqlite import diary, files
from lms.observatory.store.sqlite.faults import Damaged
from lms.observatory.store.sqlite.finding_lines import LineSearch
from lms.observatory.store.sqlite.finding_traces import TraceSearch, trace_of
from lms.observatory.store.sqlite.shelf import Shelves
from lms.observatory.store.sqlite.visible import sees_nothing
from lms.observatory.store.sqlite_metrics.reader import MetricReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lms.observatory.records import Trace
    from lms.observatory.store.base import LogQuery, TraceQuery
    from lms.observatory.store.sqlite.view import View
    from lms.observatory.viewing import Viewer

R = TypeVar("R")
# Each time a damaged segment is found the search begins anew without it.
_MOST_BEGINNINGS: Final = 1000


class SqliteReader:
    """Reads the segments below a folder; an absent folder is an empty store."""

    def __init__(self, folder: Path, *, budget_s: float = BUDGET_S) -> None:
        self._folder = folder
        self._segments = folder / "segments"
        self._budget_s = budget_s
        self._shelves = Shelves(self._segments)
        self.metrics = MetricReader(self._answered)

    def trace(self, viewer: Viewer, trace_id: str) -> Trace | None:
        if sees_nothing(viewer):
            return None
        return self.ask(lambda views: trace_of(views, viewer, trace_id))

    def traces(self, viewer: Viewer, query: TraceQuery) -> TracePage:
        if sees_nothing(viewer):
            return TracePage(())
        return self.ask(lambda views: TraceSearch(views, viewer, query).page(), self._budget_s)

    def logs(self, viewer: Viewer, query: LogQuery) -> LogPage:
        if sees_nothing(viewer):
            return LogPage(())
        return self.ask(lambda views: LineSearch(views, viewer, query).page(), self._budget_s)

    def state(self) -> StoreState:
        drops, up = diary.read(self._folder)
        spans, logs, metrics = self.ask(
            lambda views: [_state(views, signal) for signal in ("traces", "logs", "metrics")]
        )
        present = files.segments(self._segments)
        size = sum(file.size_bytes for file in present) + files.size_of(self._folder / diary.NAME)
        return StoreState(
            spans=spans, logs=logs, metrics=metrics, size_bytes=size, segments=len(present),
            drops=drops, up=up,
        )  # fmt: skip

    def ask(self, question: Callable[[Sequence[View]], R], budget_s: float = 0) -> R:
        """Give the answer out of one snapshot of all readable segments, newest first."""
        for _ in range(_MOST_BEGINNINGS):
            try:
                with self._shelves.snapshot(budget_s) as views:
                    return question(views)
            except Damaged:
                continue
            except OSError as error:
                raise StoreUnavailable(f"telemetry cannot be read: {error.strerror}") from error
        raise StoreUnavailable("one segment after another cannot be read")

    def _answered(self, question: Callable[[Sequence[sqlite3.Connection]], R]) -> R:
        return self.ask(lambda views: _Lent(views).answer(question))


class _Lent(Sequence[sqlite3.Connection]):
    """The connections of a snapshot's segments that hold metrics, oldest first.

    They are asked one after another: what goes wrong went wrong in the one taken last.
    """

    def __init__(self, views: Sequence[View]) -> None:
        self._views = [view for view in reversed(views) if view.has_metrics]
        self._taken: View | None = None

    def answer(self, question: Callable[[Sequence[sqlite3.Connection]], R]) -> R:
        try:
            return question(self)
        except sqlite3.DatabaseError as error:
            if self._taken is None:
                raise
            raise self._taken.told(error) from error

    def __len__(self) -> int:
        return len(self._views)

    @overload
    def __getitem__(self, at: int) -> sqlite3.Connection: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[sqlite3.Connection]: ...
    def __getitem__(self, at: int | slice) -> sqlite3.Connection | Sequence[sqlite3.Connection]:
        if isinstance(at, slice):
            raise TypeError("the segments are asked one after another")
        self._taken = self._views[at]
        return self._taken.connection


def _state(views: Sequence[View], signal: str) -> SignalState:
    kept = [extent for view in views if (extent := view.extent(signal)).rows]
    return SignalState(
        rows=sum(extent.rows for extent in kept),
        oldest_ns=min((extent.oldest_ns for extent in kept), default=0),
        newest_ns=max((extent.newest_ns for extent in kept), default=0),
    )
