"""A store of metrics in one file: for a tool, a bench and the tests; the site's are segments."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from lms.observatory.store.metric_base import DEFAULT_LIMITS, Limits, MetricStoreUnavailable
from lms.observatory.store.sqlite_metrics import minutes, selecting, writing
from lms.observatory.store.sqlite_metrics.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lms.observatory.samples import Exemplar, Labels, Metadata, Minute, Scrape, Series
    from lms.observatory.store.matching import Matcher
    from lms.observatory.store.metric_base import LastScrape, Written


class MetricFile:
    """Store and minutes; each read opens the file anew."""

    keeps_stale_markers = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        with self._open() as found:
            return selecting.select([found], tenant, matchers, t0_ms=t0_ms, t1_ms=t1_ms)

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:  # noqa: ARG002
        with self._open() as found:
            return selecting.label_names([found], tenant)

    def label_values(
        self,
        tenant: str,
        name: str,
        t0_ms: int,  # noqa: ARG002 - one file holds all times
        t1_ms: int,  # noqa: ARG002
    ) -> list[str]:
        with self._open() as found:
            return selecting.label_values([found], tenant, name)

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        with self._open() as found:
            return selecting.metadata([found], tenant)

    def minutes(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, step_ms: int
    ) -> list[Minute]:
        with self._open() as found:
            return minutes.read([found], tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, step_ms=step_ms)

    def exemplars(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, labels: Labels = ()
    ) -> list[Exemplar]:
        with self._open() as found:
            return minutes.slowest([found], tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, labels=labels)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            address = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as found:
                yield found
        except sqlite3.Error as error:
            raise MetricStoreUnavailable(f"The metrics' file: {error}") from error


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
        return writing.last_scrape(self._connection, tenant, target)

    def seal(self) -> None:
        """Turn all head rows into blocks."""
        with self._writing():
            self._writer.seal()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._writer.forget()
                raise
        except sqlite3.Error as error:
            raise MetricStoreUnavailable(f"The metrics' file: {error}") from error
