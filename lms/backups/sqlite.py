"""Dumping and replacing the database of a one-machine installation."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from lms.backups.base import BackupRefused, Contents, Staged, Unreadable, holds_work

# A step reads a megabyte, then lets the disk serve the site.
_PAGES_PER_STEP: Final = 256
_PAUSE_S: Final = 0.002
_SIDECARS: Final = ("-wal", "-shm", "-journal")


class SqliteStore:
    engine: Literal["sqlite"] = "sqlite"
    member = "database.sqlite3"

    def __init__(self, path: Path) -> None:
        self._path = path

    def dump(self, into: Path) -> Contents:
        if not self._has_file:
            raise BackupRefused(
                f"There is no database at {self._path}. Set WATCHERS_DATA to the folder of the "
                "site that is to be backed up."
            )
        try:
            with closing(_opened(self._path)) as source, closing(_opened(into, "rwc")) as target:
                # One read transaction for all steps: under WAL it stops nobody from writing, and
                # without it each write of the site would make the copy begin anew.
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                target.execute("PRAGMA synchronous=OFF")  # the archive is synced, this file goes
                source.backup(
                    target, pages=_PAGES_PER_STEP, progress=lambda *_: time.sleep(_PAUSE_S)
                )
                return _checked(target)
        except sqlite3.Error as error:
            # Operational errors come from around the file: a lock, a full disk.
            is_damaged = not isinstance(error, sqlite3.OperationalError)
            raise (Unreadable if is_damaged else BackupRefused)(
                f"The database {self._path} could not be copied ({error}). No backup was made; "
                "look whether the disk is full or damaged."
            ) from None

    def is_empty(self) -> bool:
        if not self._has_file:
            return True
        try:
            with closing(_opened(self._path)) as database:
                return not holds_work(_rows(database))
        except sqlite3.Error:
            return False

    def refuse_if_used(self) -> None:
        if not self._has_file:
            return
        try:
            with closing(_opened(self._path)) as database:
                # Only who is alone may leave WAL. It also empties the log beside the file, which
                # must not be taken for the log of the file that comes.
                database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise BackupRefused(
                f"Another program has the database {self._path} open. Stop it, then restore."
            ) from None
        except sqlite3.DatabaseError:
            return  # unreadable: set_aside keeps it

    def set_aside(self, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        for path in self._files():
            shutil.copy2(path, folder)

    @contextmanager
    def replaced(self, dump: Path) -> Iterator[Staged]:
        try:
            with closing(_opened(dump)) as database:
                contents = _checked(database)
        except sqlite3.Error as error:
            raise BackupRefused(
                f"The database in the backup cannot be read ({error}). Take another backup."
            ) from None
        yield Staged(contents, {"DATABASE_URL": f"sqlite://{quote(str(dump))}"})
        with closing(_opened(dump)) as database:
            database.execute("PRAGMA journal_mode=DELETE")  # all in one file again
        dump.chmod(0o600)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync(dump)
        for suffix in _SIDECARS:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        dump.replace(self._path)
        _sync(self._path.parent)

    @property
    def _has_file(self) -> bool:
        return self._path.exists() and self._path.stat().st_size > 0

    def _files(self) -> list[Path]:
        beside = [self._path.with_name(self._path.name + suffix) for suffix in _SIDECARS]
        return [path for path in (self._path, *beside) if path.exists()]


def _opened(path: Path, mode: str = "rw") -> sqlite3.Connection:
    address = f"file:{quote(str(path))}?mode={mode}"
    # Not sqlite3.connect(): where the site's own tracing wraps it, backup() refuses the wrapper.
    return sqlite3.Connection(address, uri=True, isolation_level=None, timeout=5)


def _checked(database: sqlite3.Connection) -> Contents:
    """Give what a database holds. Raises sqlite3.DatabaseError when it is damaged."""
    database.execute("PRAGMA journal_mode=DELETE")
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")
    rows = _rows(database)
    applied = database.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return Contents(rows, [f"{app}.{name}" for app, name in applied])


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in tables
    }


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
