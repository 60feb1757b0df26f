"""What is said of segments that cannot be read."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from lms.observatory.store.sqlite_metrics.sealing import Damage
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import SEGMENTS_SKIPPED

if TYPE_CHECKING:
    from lms.observatory.store.sqlite.files import SegmentFile

log = get_logger("lms.observatory.store")


class Damaged(Exception):
    """A segment cannot be read."""

    def __init__(self, file: SegmentFile, why: str) -> None:
        super().__init__(why)
        self.file = file


def name_of(error: sqlite3.Error) -> str:
    """Give SQLite's name of what went wrong: "SQLITE_CORRUPT"."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def is_damage(error: sqlite3.Error) -> bool:
    """Claim that the file is not what was written, in place of a disk or a lock being busy."""
    if isinstance(error, Damage):
        return True
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def tell_skipped(damage: Damaged) -> None:
    """Count and log that a segment was left out."""
    SEGMENTS_SKIPPED.inc()
    log.warning("segment.skipped", number=damage.file.number, reason=str(damage))


def tell_row_skipped(file: SegmentFile, error: Exception) -> None:
    """Log that one row was left out: its bytes are not what was written."""
    log.warning("segment.row_skipped", number=file.number, error_class=type(error).__name__)
