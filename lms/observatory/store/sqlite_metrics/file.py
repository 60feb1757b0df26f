"""A store of metrics in one file: for a tool, a bench and the tests; the site's are segments."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.metric_base import DEFAULT_LIMITS, Limits
from lms.observatory.store.sqlite_metrics import minutes, writing
from lms.observatory.store.sqlite_metrics.reader import MetricReader
from lms.observatory.store.sqlite_metrics.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lms.observatory.samples import Exemplar, Scrape
    from lms.observatory.store.metric_base import LastScrape, Written

R = TypeVar("R")


class MetricFile(MetricReader):
    """Store and minutes; each read opens the files anew. paths: oldest first."""

    def __init__(self, *paths: Path) -> None:
        super().__init__(self._answered)
        self._paths = paths

    def _answered(self, question: Callable[[Sequence[sqlite3.Connection]], R]) -> R:
        with _told(), ExitStack() as opened:
            return question([opened.enter_context(_to_read(path)) for path in self._paths])


class MetricFileKeeper:
    """Writes a MetricFile, from the thread that made it. seal_at, limits: as in MetricWriter."""

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits = DEFAULT_LIMITS,
        seal_at: int = writing.SEAL_AT,
    ) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        self._writer = writing.MetricWriter(self._connection, limits=limits, seal_at=seal_at)

    def append(self, scrape: Scrape) -> Written:
        with self._writing():
            return self._writer.append(scrape)

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        with self._writing():
            minutes.note(self._connection, tenant, exemplars)

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        with _told():
            return writing.last_scrape(self._connection, tenant, target)

    def seal(self) -> None:
        """Turn all head rows into blocks."""
        with self._writing():
            self._writer.seal()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with _told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                self._writer.forget()
                raise


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The metrics' file: {error}") from error


def _to_read(path: Path) -> closing[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=ro"
    return closing(sqlite3.connect(address, uri=True, isolation_level=None))
