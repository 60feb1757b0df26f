"""Metrics out of segment files, whoever opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from lms.observatory.store.sqlite_metrics import minutes, selecting, writing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from lms.observatory.samples import Exemplar, Labels, Metadata, Minute, Series
    from lms.observatory.store.matching import Matcher
    from lms.observatory.store.metric_base import LastScrape

R = TypeVar("R")


class Ask(Protocol):
    def __call__(self, question: Callable[[Sequence[sqlite3.Connection]], R], /) -> R: ...


class MetricReader:
    """MetricStore and MinuteStore.

    ask: lets a question be answered by connections to all segments, oldest first. What it makes of
    an sqlite3.Error is its own affair (Damage names the segment), and it may ask again without one;
    in the end it raises StoreUnavailable.
    """

    keeps_stale_markers = True

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        return self._ask(
            lambda segments: selecting.select(segments, tenant, matchers, t0_ms=t0_ms, t1_ms=t1_ms)
        )

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:
        return self._ask(
            lambda segments: selecting.label_names(segments, tenant, t0_ms=t0_ms, t1_ms=t1_ms)
        )

    def label_values(self, tenant: str, name: str, t0_ms: int, t1_ms: int) -> list[str]:
        return self._ask(
            lambda segments: selecting.label_values(
                segments, tenant, name, t0_ms=t0_ms, t1_ms=t1_ms
            )
        )

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        return self._ask(lambda segments: selecting.metadata(segments, tenant))

    def minutes(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, step_ms: int
    ) -> list[Minute]:
        return self._ask(
            lambda segments: minutes.read(
                segments, tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, step_ms=step_ms
            )
        )

    def exemplars(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, labels: Labels = ()
    ) -> list[Exemplar]:
        return self._ask(
            lambda segments: minutes.slowest(
                segments, tenant, metric, t0_ms=t0_ms, t1_ms=t1_ms, labels=labels
            )
        )

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        """As MetricKeeper.last_scrape: it may lie in the segment before the one written now."""
        return self._ask(lambda segments: _last_scrape(segments, tenant, target))


def _last_scrape(
    segments: Sequence[sqlite3.Connection], tenant: str, target: str
) -> LastScrape | None:
    found = (writing.last_scrape(one, tenant, target) for one in reversed(segments))
    return next((one for one in found if one is not None), None)
