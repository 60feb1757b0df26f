"""Metrics out of segment files, whoever opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.observatory.store.sqlite_metrics import minutes, selecting, writing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from lms.observatory.samples import Exemplar, Labels, Metadata, Minute, Series
    from lms.observatory.store.matching import Matcher
    from lms.observatory.store.metric_base import LastScrape


class MetricReader:
    """MetricStore and MinuteStore.

    opened: gives connections to all segments, oldest first, for as long as a read takes; what it
    makes of an sqlite3.Error is its own affair, but it raises MetricStoreUnavailable in the end.
    """

    keeps_stale_markers = True

    def __init__(
        self, opened: Callable[[], AbstractContextManager[Sequence[sqlite3.Connection]]]
    ) -> None:
        self._opened = opened

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        with self._opened() as segments:
            return selecting.select(segments, tenant, matchers, t0_ms=t0_ms, t1_ms=t1_ms)

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:
        with self._opened() as segments:
            return selecting.label_names(segments, tenant, t0_ms=t0_ms, t1_ms=t1_ms)

    def label_values(self, tenant: str, name: str, t0_ms: int, t1_ms: int) -> list[str]:
        with self._opened() as segments:
            return selecting.label_values(segments, tenant, name, t0_ms=t0_ms, t1_ms=t1_ms)

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        with self._opened() as segments:
            return selecting.metadata(segments, tenant)

    def minutes(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, step_ms: int
    ) -> list[Minute]:
        with self._opened() as segments:
            return minutes.read(segments, tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, step_ms=step_ms)

    def exemplars(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, labels: Labels = ()
    ) -> list[Exemplar]:
        with self._opened() as segments:
            return minutes.slowest(
                segments, tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, labels=labels
            )

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        """As MetricKeeper.last_scrape: it may lie in the segment before the one written now."""
        with self._opened() as segments:
            found = (writing.last_scrape(one, tenant, target) for one in reversed(segments))
            return next((one for one in found if one is not None), None)
