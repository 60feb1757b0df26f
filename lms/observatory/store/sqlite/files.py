"""The files of the store: names, rights, connections."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from lms.observatory.store.sqlite.schema import SCRIPTS

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND_NS
_NAME: Final = re.compile(r"(\d{8})-(\d{8})\.sqlite3")
_SIDE_FILES: Final = ("-wal", "-shm")


@dataclass(frozen=True, slots=True, order=True)
class SegmentFile:
    """One segment. number: grows with arrival. day: of arrival, in UTC."""

    number: int
    day: date
    path: Path

    @classmethod
    def named(cls, folder: Path, number: int, day: date) -> SegmentFile:
        return cls(number, day, folder / f"{number:08d}-{day:%Y%m%d}.sqlite3")

    @property
    def size_bytes(self) -> int:
        """What it takes on the disk, 0 when it has been unlinked."""
        return sum(map(size_of, (self.path, *side_files(self.path))))

    @property
    def is_whole(self) -> bool:
        """Claim that nothing of it stands in a write-ahead log."""
        return not size_of(Path(f"{self.path}-wal"))

    def unlink(self) -> None:
        for path in (self.path, *side_files(self.path)):
            path.unlink(missing_ok=True)


def segments(folder: Path) -> list[SegmentFile]:
    """Give the segments of a folder, oldest first; none when the folder does not exist."""
    found = []
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                with suppress(ValueError):
                    day = datetime.strptime(match[2], "%Y%m%d").replace(tzinfo=UTC).date()
                    found.append(SegmentFile(int(match[1]), day, path))
    return sorted(found)


def side_files(path: Path) -> list[Path]:
    return [Path(f"{path}{end}") for end in _SIDE_FILES]


def stray_side_files(folder: Path) -> list[Path]:
    """Give side files whose segment is gone: a reader may have made one while it was unlinked."""
    ends = tuple(f".sqlite3{end}" for end in _SIDE_FILES)
    found = [path for path in folder.iterdir() if path.name.endswith(ends)]
    return [path for path in found if not path.with_name(path.name[:-4]).exists()]


def day_of(time_ns: int) -> date:
    return datetime.fromtimestamp(time_ns // SECOND_NS, tz=UTC).date()


def make_folder(path: Path) -> None:
    """Make a folder that only this user may look into."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def open_to_write(path: Path, *, scripts: tuple[str, ...] = SCRIPTS) -> sqlite3.Connection:
    """Open or make a file with the scripts' tables; raises sqlite3.Error.

    A committed transaction survives a kill of the process; a power cut may take the last seconds,
    and leaves the file sound (synchronous NORMAL with a write-ahead log).
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA journal_size_limit = 33554432")
        connection.executescript("\n".join(("BEGIN IMMEDIATE;", *scripts, "COMMIT;")))
    except BaseException:
        connection.close()
        raise
    return connection


def make_segment(file: SegmentFile) -> None:
    """Make an empty segment. No reader ever finds it without its tables."""
    making = Path(f"{file.path}.making")
    for path in (making, *side_files(making)):
        path.unlink(missing_ok=True)
    open_to_write(making).close()
    making.rename(file.path)


def open_to_read(path: Path, *, is_final: bool = False) -> sqlite3.Connection:
    """Open a file that is there; raises sqlite3.Error.

    is_final: nothing will ever write to it again, so that it needs no locks and no side files.
    """
    how = "mode=ro&immutable=1" if is_final else "mode=ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=5, isolation_level=None,
        check_same_thread=False,
    )  # fmt: skip
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA cache_size = -1024")
    return connection


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
