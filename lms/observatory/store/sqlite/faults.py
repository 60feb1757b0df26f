"""What is said of segments that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import SEGMENTS_SKIPPED

if TYPE_CHECKING:
    from lms.observatory.store.sqlite.files import SegmentFile
    from lms.observatory.store.sqlite.view import Damaged

log = get_logger("lms.observatory.store")


def tell_skipped(damage: Damaged) -> None:
    """Count and log that a segment was left out."""
    SEGMENTS_SKIPPED.inc()
    log.warning("segment.skipped", number=damage.file.number, reason=str(damage))


def tell_row_skipped(file: SegmentFile, error: Exception) -> None:
    """Log that one row was left out: its bytes are not what was written."""
    log.warning("segment.row_skipped", number=file.number, error_class=type(error).__name__)
