"""What the writer asks the segments that it no longer writes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from lms.observatory.store.sqlite.faults import Damaged, tell_skipped
from lms.observatory.store.sqlite.trace_row import COLUMNS, TraceRow, rows_of
from lms.observatory.store.sqlite.view import View
from lms.observatory.store.sqlite_metrics import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from lms.observatory.store.metric_base import LastScrape
    from lms.observatory.store.sqlite.files import SegmentFile

T = TypeVar("T")
_Key = tuple[str, bytes]
_MOST_KNOWN: Final = 20_000


class Earlier:
    """The older segments, newest first. A damaged one is left out, and that is told."""

    def __init__(self) -> None:
        self._views: list[View] = []
        self._damaged: set[SegmentFile] = set()
        self._pieces: dict[_Key, list[tuple[View, int]]] = {}
        self._newest_line_ns = 0

    def follow(self, present: Iterable[SegmentFile]) -> None:
        """Have exactly these segments open."""
        wanted = set(present)
        for view in [view for view in self._views if view.file not in wanted]:
            self._let_go(view)
        for file in wanted - {view.file for view in self._views} - self._damaged:
            self._open(file)
        self._views.sort(key=lambda view: view.file, reverse=True)
        newest = (view.extent("logs").newest_ns for view in self._views)
        self._newest_line_ns = max(newest, default=0)

    def close(self) -> None:
        self.follow(())

    def rows(self, keys: Sequence[_Key]) -> dict[_Key, TraceRow]:
        """Give the newest row of each of the traces that began here."""
        missing = list(keys)
        found: dict[_Key, TraceRow] = {}
        for view in list(self._views):
            if not missing:
                break
            rows = self._asked(view, lambda view: _rows(view, missing)) or {}  # noqa: B023
            found |= rows
            missing = [key for key in missing if key not in rows]
        return found

    def has_span(self, trace: TraceRow, span_id: bytes) -> bool:
        """Claim that the span of a trace that was carried over is stored."""
        statement = "SELECT 1 FROM span WHERE trace = ? AND span_id = ?"
        return any(
            self._asked(view, lambda view: view.rows(statement, piece, span_id))  # noqa: B023
            for view, piece in list(self._pieces_of(trace))
            if view in self._views
        )

    def has_line(self, time_ns: int, digest: int) -> bool:
        """Claim that the line is stored. Only late lines cost a look."""
        if time_ns > self._newest_line_ns:
            return False
        statement = "SELECT 1 FROM line WHERE time_ns = ? AND digest = ?"
        return any(
            self._asked(view, lambda view: view.rows(statement, time_ns, digest))
            for view in list(self._views)
            if time_ns <= view.extent("logs").newest_ns
        )

    def last_scrape_ms(self, tenant: str, target: str) -> int:
        """Give the time of a target's newest scrape, 0 for none."""
        found = (
            self._asked(view, lambda view: _last_scrape_ms(view, tenant, target))
            for view in list(self._views)
        )
        return next((time_ms for time_ms in found if time_ms), 0)

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        """Give a target's newest samples."""
        found = (
            self._asked(view, lambda view: _last_scrape(view, tenant, target))
            for view in list(self._views)
        )
        return next((scrape for scrape in found if scrape is not None), None)

    def _pieces_of(self, trace: TraceRow) -> list[tuple[View, int]]:
        key = (trace.tenant, trace.trace_id)
        known = self._pieces.get(key)
        if known is None:
            if len(self._pieces) >= _MOST_KNOWN:
                self._pieces.clear()
            known = self._pieces[key] = []
            for view in list(self._views):
                rows = self._asked(view, lambda view: _rows(view, [key])) or {}
                known += [(view, row.id) for row in rows.values()]
        return known

    def _asked(self, view: View, ask: Callable[[View], T]) -> T | None:
        try:
            return ask(view)
        except Damaged as damage:
            tell_skipped(damage)
            self._damaged.add(view.file)
            self._let_go(view)
            return None

    def _open(self, file: SegmentFile) -> None:
        self._pieces.clear()
        try:
            view = View(file, is_final=file.is_whole)
            self._views.append(view)
            view.begin()
            view.end()
        except Damaged as damage:
            tell_skipped(damage)
            self._damaged.add(file)
            self._views = [view for view in self._views if view.file != file]

    def _let_go(self, view: View) -> None:
        with suppress(ValueError):
            self._views.remove(view)
        self._pieces.clear()
        view.close()


def _last_scrape_ms(view: View, tenant: str, target: str) -> int:
    if not view.has_metrics:
        return 0
    with view.faults_told():
        return writing.last_scrape_ms(view.connection, tenant, target)


def _last_scrape(view: View, tenant: str, target: str) -> LastScrape | None:
    if not view.has_metrics:
        return None
    with view.faults_told():
        return writing.last_scrape(view.connection, tenant, target)


def _rows(view: View, keys: Sequence[_Key]) -> dict[_Key, TraceRow]:
    def read(where: str, values: Sequence[Any]) -> list[TraceRow]:
        rows = view.rows(f"SELECT {COLUMNS} FROM trace WHERE {where}", *values)  # noqa: S608
        return [TraceRow.read(row, view.word) for row in rows]

    return {(row.tenant, row.trace_id): row for row in rows_of(keys, read)}
