"""The one writer of the store."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.metric_base import DEFAULT_LIMITS, Limits
from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.active import ActiveSegment
from lms.observatory.store.sqlite.diary import Diary
from lms.observatory.store.sqlite.earlier import Earlier
from lms.observatory.store.sqlite.faults import Damaged, is_damage, name_of, tell_skipped
from lms.observatory.store.sqlite.files import SegmentFile
from lms.observatory.store.sqlite_metrics import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from lms.observatory.records import Batch, Drop
    from lms.observatory.samples import Exemplar, Scrape
    from lms.observatory.store.metric_base import LastScrape, Written

LARGEST_SEGMENT_BYTES: Final = 512 * 1024 * 1024
# So that one segment, the least that can be let go, is a small part of all that may be kept.
_LEAST_SEGMENTS: Final = 8


class SqliteKeeper:
    """Writes segments, one of each UTC day and size, and lets the oldest go.

    keep_days: whole days after the day of arrival. most_bytes: of all files together. limits: of
    metrics' series. Raises StoreUnavailable when another process is the writer already, or the
    folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keep_days: int,
        most_bytes: int,
        clock: Callable[[], int] = time.time_ns,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._segments = folder / "segments"
        self._keep_days = keep_days
        self._most_bytes = most_bytes
        self._segment_bytes = min(LARGEST_SEGMENT_BYTES, most_bytes // _LEAST_SEGMENTS)
        self._clock = clock
        self._limits = limits
        self._active: ActiveSegment | None = None
        self._abandoned: set[SegmentFile] = set()
        self._earlier = Earlier()
        try:
            files.make_folder(folder)
            files.make_folder(self._segments)
            self._lock = _locked(folder / "writer.lock")
            self._diary = Diary(folder)
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(f"telemetry cannot be kept: {error}") from error

    def close(self) -> None:
        """Leave whole files and let another process write."""
        try:
            with suppress(sqlite3.Error):  # then the next writer makes the segment whole
                self._let_go()
            self._earlier.close()
            self._diary.close()
        finally:
            os.close(self._lock)

    def write(self, batches: Sequence[Batch]) -> None:
        if any(batch.spans or batch.logs for batch in batches):
            with self.transaction() as segment:
                segment.store(batches)

    def append(self, scrape: Scrape) -> Written:
        with self.transaction() as segment:
            return segment.append(scrape)

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        if exemplars:
            with self.transaction() as segment:
                segment.note_exemplars(tenant, exemplars)

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        """As MetricKeeper.last_scrape; what cannot be read of an older segment is left out."""
        try:
            found = writing.last_scrape(self._current().connection, tenant, target)
        except (OSError, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.Error) and is_damage(error):
                self._abandon(error)
            raise StoreUnavailable(f"the last scrape could not be read: {error}") from error
        return found or self._earlier.last_scrape(tenant, target)

    @contextmanager
    def transaction(self) -> Iterator[ActiveSegment]:
        """Give the segment to write into; on leaving, all is stored, or nothing and it raises.

        Raises StoreUnavailable for what SQLite or the disk cannot do.
        """
        try:
            segment = self._current()
            segment.connection.execute("BEGIN IMMEDIATE")
            yield segment
            segment.connection.execute("COMMIT")
        except (OSError, sqlite3.OperationalError) as error:
            self._undo()
            raise StoreUnavailable(f"telemetry was not stored: {error}") from error
        except sqlite3.DatabaseError as error:
            self._undo()
            if not is_damage(error):
                raise
            self._abandon(error)
            raise StoreUnavailable(f"telemetry was not stored: {error}") from error
        except BaseException:
            self._undo()
            raise

    def note_drops(self, drops: Sequence[Drop]) -> None:
        self._diary.note(drops)

    def beat(self, now_ns: int) -> None:
        self._diary.beat(now_ns)

    def expire(self, now_ns: int) -> int:
        if self._active is not None and self._active.file.day != files.day_of(now_ns):
            self._seal()
        gone = 0
        kept = files.segments(self._segments)
        room = self._most_bytes - sum(file.size_bytes for file in kept)
        for file in list(kept):
            is_old = (files.day_of(now_ns) - file.day).days > self._keep_days
            if self._is_active(file) or not (is_old or room < 0):
                continue
            room += file.size_bytes
            file.unlink()
            gone += 1
            kept.remove(file)
        for file in kept:
            if not self._is_active(file):
                _make_whole(file)
        for path in files.stray_side_files(self._segments):
            path.unlink(missing_ok=True)
        self._diary.forget(now_ns - (self._keep_days + 1) * files.DAY_NS)
        self._look_back()
        return gone

    def _current(self) -> ActiveSegment:
        today = files.day_of(self._clock())
        if self._active is not None and self._is_full(self._active.file, today):
            self._seal()
        if self._active is None:
            self._active = self._opened(today)
        return self._active

    def _opened(self, today: date) -> ActiveSegment:
        """Go on with the newest segment when it is today's and has room, else begin one."""
        present = files.segments(self._segments)
        newest = present[-1] if present else None
        if newest is not None and not self._is_full(newest, today):
            try:
                self._look_back(besides=newest)
                return ActiveSegment(newest, self._earlier, limits=self._limits)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                tell_skipped(Damaged(newest, name_of(error)))
        for file in present:
            _make_whole(file)
        self._look_back()
        number = newest.number + 1 if newest else 1
        file = SegmentFile.named(self._segments, number, today)
        files.make_segment(file)
        return ActiveSegment(file, self._earlier, limits=self._limits)

    def _is_full(self, file: SegmentFile, today: date) -> bool:
        return (
            file.day != today or file in self._abandoned or file.size_bytes >= self._segment_bytes
        )

    def _is_active(self, file: SegmentFile) -> bool:
        return self._active is not None and self._active.file == file

    def _look_back(self, *, besides: SegmentFile | None = None) -> None:
        """Have the older segments at hand: all that are neither active nor `besides`."""
        present = files.segments(self._segments)
        self._earlier.follow(
            file for file in present if file != besides and not self._is_active(file)
        )

    def _seal(self) -> None:
        """Write no further into the active segment: it is full, or its day has ended."""
        if self._active is not None:
            with suppress(sqlite3.Error):  # samples that are not packed are read as well
                self._active.pack()
            self._let_go()

    def _let_go(self) -> None:
        if self._active is not None:
            segment, self._active = self._active, None
            segment.close()

    def _undo(self) -> None:
        if self._active is not None:
            with suppress(sqlite3.Error):
                self._active.connection.rollback()
                self._active.forget()

    def _abandon(self, error: sqlite3.Error) -> None:
        """Write no further into a damaged segment: the next batch begins one."""
        if self._active is not None:
            tell_skipped(Damaged(self._active.file, name_of(error)))
            self._abandoned.add(self._active.file)
            with suppress(sqlite3.Error):
                self._active.connection.close()
            self._active = None


def _locked(path: Path) -> int:
    """Give the descriptor that holds the writer's lock; the kernel lets go of it with the process.

    Raises StoreUnavailable.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreUnavailable("another process writes telemetry into this folder") from None
    return descriptor


def _make_whole(file: SegmentFile) -> None:
    """Move what a killed writer left in a write-ahead log into its segment."""
    if file.is_whole:
        return
    try:
        connection = files.open_to_write(file.path)
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        tell_skipped(Damaged(file, name_of(error)))
