"""Open segments, kept between searches."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.faults import Damaged, tell_skipped
from lms.observatory.store.sqlite.files import SegmentFile
from lms.observatory.store.sqlite.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A damaged segment is tried again after this time: a disk may have been ill for a moment.
RETRY_S: Final = 60.0
# Kept open between searches; each may have a megabyte of cache for each segment.
_MOST_IDLE: Final = 4
_Shelf = dict[SegmentFile, View]


class Shelves:
    """Gives each search connections of its own to all segments, as they are at one moment.

    Safe in threads and after a fork. Connections to segments that are gone are closed by the next
    search of this process, so that the disk gets its room back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forget()

    @contextmanager
    def snapshot(self, budget_s: float = 0) -> Iterator[list[View]]:
        """Give all readable segments, newest first, each holding one state until the end.

        budget_s: after it every read raises BudgetSpent; 0 for never. A read that raises Damaged
        leaves its segment out of the snapshots of the next minute.
        """
        shelf = self._take()
        try:
            yield self._begun(shelf, time.monotonic() + budget_s if budget_s else 0)
        except Damaged as damage:
            self._skip(shelf, damage)
            raise
        finally:
            for view in shelf.values():
                view.end()
            self._give_back(shelf)

    def _begun(self, shelf: _Shelf, until: float) -> list[View]:
        present = files.segments(self._folder)
        for file in shelf.keys() - set(present):
            shelf.pop(file).close()
        for file in present:
            if self._is_skipped(file):
                continue
            try:
                if file not in shelf:
                    is_final = file != present[-1] and file.is_whole
                    shelf[file] = View(file, is_final=is_final)
                shelf[file].begin(until)
            except Damaged as damage:
                if file.path.exists():  # else it has just been let go
                    self._skip(shelf, damage)
        return [shelf[file] for file in sorted(shelf, reverse=True)]

    def _skip(self, shelf: _Shelf, damage: Damaged) -> None:
        tell_skipped(damage)
        self._skipped[damage.file] = time.monotonic() + RETRY_S
        if view := shelf.pop(damage.file, None):
            view.close()

    def _is_skipped(self, file: SegmentFile) -> bool:
        return time.monotonic() < self._skipped.get(file, 0)

    def _take(self) -> _Shelf:
        if self._pid != os.getpid():  # a forked child must not touch its parent's connections
            self._forget()
        with self._lock:
            return self._idle.pop() if self._idle else {}

    def _give_back(self, shelf: _Shelf) -> None:
        gone = {file for file in shelf if not file.path.exists()}
        with self._lock:
            is_kept = len(self._idle) < _MOST_IDLE
            if is_kept:
                self._idle.append(shelf)
            for idle in self._idle:
                for file in gone & idle.keys():
                    idle.pop(file).close()
        if not is_kept:
            for view in shelf.values():
                view.close()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[_Shelf] = []
        self._skipped: dict[SegmentFile, float] = {}
