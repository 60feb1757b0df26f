"""The default store: SQLite files apart from the site's database. docs/telemetry-store.md."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from lms.observatory.store.sqlite.keeper import SqliteKeeper
from lms.observatory.store.sqlite.reader import SqliteReader

if TYPE_CHECKING:
    from lms.observatory.store.sqlite_metrics.reader import MetricReader


def reader() -> SqliteReader:
    """Give this process's reader of settings.TELEMETRY_DIR."""
    return _reader(Path(settings.TELEMETRY_DIR))


def metrics() -> MetricReader:
    """Give this process's reader of the metrics in settings.TELEMETRY_DIR."""
    return reader().metrics


def keeper() -> SqliteKeeper:
    """Give the writer of settings.TELEMETRY_DIR: for the collector, which closes it at the end.

    Raises StoreUnavailable when another process is it already.
    """
    return SqliteKeeper(
        Path(settings.TELEMETRY_DIR),
        keep_days=settings.TELEMETRY_KEEP_DAYS,
        most_bytes=settings.TELEMETRY_MOST_BYTES,
    )


@lru_cache(maxsize=4)
def _reader(folder: Path) -> SqliteReader:
    return SqliteReader(folder)
