"""What the collector notes of itself: when it ran, and what it dropped. One small file."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from lms.observatory.records import Drop
from lms.observatory.store.base import MOST_SILENCE_NS, StoreUnavailable
from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.faults import is_damage, log, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME: Final = "state.sqlite3"
MINUTE_NS: Final = 60 * files.SECOND_NS

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS dropped (
    minute INTEGER NOT NULL, signal TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
    since_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL, PRIMARY KEY (minute, signal, reason)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (since_ns INTEGER PRIMARY KEY, seen_ns INTEGER NOT NULL);
"""
_DROP: Final = """INSERT INTO dropped VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (minute, signal, reason) DO UPDATE SET count = count + excluded.count,
    since_ns = min(since_ns, excluded.since_ns), until_ns = max(until_ns, excluded.until_ns)"""
_DROPS: Final = """SELECT signal, reason, count, since_ns, until_ns FROM dropped
    ORDER BY minute, signal, reason"""
_BEAT: Final = """INSERT INTO run VALUES (?, ?)
    ON CONFLICT (since_ns) DO UPDATE SET seen_ns = max(seen_ns, excluded.seen_ns)"""


class Diary:
    """The writing side."""

    def __init__(self, folder: Path) -> None:
        self._connection = _opened(folder / NAME)
        self._since_ns = self._seen_ns = 0

    def close(self) -> None:
        self._connection.close()

    def note(self, drops: Sequence[Drop]) -> None:
        """Add drops up by the minute in which they ended."""
        rows = [
            (drop.until_ns // MINUTE_NS, drop.signal, drop.reason, drop.count, drop.since_ns,
             drop.until_ns)
            for drop in drops
        ]  # fmt: skip
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_DROP, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise StoreUnavailable(f"drops could not be noted: {error}") from error

    def beat(self, now_ns: int) -> None:
        """Go on with this process's run, or begin one after a silence."""
        if now_ns - self._seen_ns > MOST_SILENCE_NS:
            self._since_ns = now_ns
        self._seen_ns = now_ns
        self._run(_BEAT, self._since_ns, now_ns)

    def forget(self, before_ns: int) -> None:
        """Forget drops and runs that ended before a time."""
        self._run("DELETE FROM dropped WHERE until_ns < ?", before_ns)
        self._run("DELETE FROM run WHERE seen_ns < ?", before_ns)

    def _run(self, statement: str, *values: int) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the state could not be noted: {error}") from error


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file; a damaged one is laid aside, for it must not keep spans from being stored."""
    try:
        return files.open_to_write(path, scripts=(_TABLES,))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        log.warning("diary.laid_aside", reason=name_of(error))
        path.replace(path.with_suffix(".damaged"))
        for side_file in files.side_files(path):
            side_file.unlink(missing_ok=True)
        return files.open_to_write(path, scripts=(_TABLES,))


def read(folder: Path) -> tuple[tuple[Drop, ...], tuple[tuple[int, int], ...]]:
    """Give drops and runs, oldest first; none when nothing was noted, or nothing can be read.

    Raises StoreUnavailable.
    """
    path = folder / NAME
    if not path.exists():
        return (), ()
    try:
        connection = files.open_to_read(path)
        try:
            drops = connection.execute(_DROPS).fetchall()
            runs = connection.execute("SELECT since_ns, seen_ns FROM run ORDER BY 1").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise StoreUnavailable(f"the state could not be read: {error}") from error
        log.warning("diary.unreadable", reason=name_of(error))
        return (), ()
    return tuple(Drop(*row) for row in drops), tuple((since, seen) for since, seen in runs)
