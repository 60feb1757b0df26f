"""Metrics in this process's memory: for tests, and the plainest reading of what is promised."""

from __future__ import annotations

import threading
from array import array
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from lms.observatory.records import SignalState
from lms.observatory.samples import Minute, Series, is_stale
from lms.observatory.store.matching import Selection
from lms.observatory.store.metric_base import (
    DEFAULT_LIMITS,
    MOST_EXEMPLARS,
    MOST_SAMPLES,
    MOST_SERIES,
    LastScrape,
    Limits,
    TooMuch,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.observatory.samples import Exemplar, Labels, Metadata, Scrape
    from lms.observatory.store.matching import Matcher


class MemoryMetricStore:
    """Store, minutes and keeper in one. It forgets nothing by itself."""

    keeps_stale_markers = True

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._series: dict[tuple[str, Labels], tuple[array[int], array[float]]] = {}
        self._target_of: dict[tuple[str, Labels], str] = {}
        self._last: dict[tuple[str, str], LastScrape] = {}
        self._metadata: dict[str, dict[str, Metadata]] = {}
        self._minutes: list[tuple[str, Minute]] = []
        self._exemplars: dict[tuple[str, str, Labels, int], Exemplar] = {}

    def state(self) -> SignalState:
        with self._lock:
            times = [samples for samples, _ in self._series.values()]
        oldest = min((some[0] for some in times), default=0)
        newest = max((some[-1] for some in times), default=0)
        return SignalState(sum(map(len, times)), oldest * 1_000_000, newest * 1_000_000)

    def append(self, scrape: Scrape) -> Written:
        with self._lock:
            key = (scrape.tenant, scrape.target)
            before = self._last.get(key)
            if before is not None and scrape.time_ms <= before.time_ms:
                return Written(0, {"too_old": len(scrape.samples)})
            written = self._append_samples(scrape)
            alive = {name: value for name, value in scrape.samples.items() if not is_stale(value)}
            self._last[key] = LastScrape(scrape.time_ms, alive)
            known = self._metadata.setdefault(scrape.tenant, {})
            known |= {said.metric: said for said in scrape.metadata}
            self._minutes += [(scrape.tenant, minute) for minute in scrape.minutes]
            return written

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        with self._lock:
            for one in exemplars:
                key = (tenant, one.metric, one.labels, one.minute_ms)
                known = self._exemplars.get(key)
                if known is None or one.duration_ns > known.duration_ns:
                    self._exemplars[key] = one

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        return self._last.get((tenant, target))

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        selection = Selection(matchers)
        with self._lock:
            found = [
                _part(labels, times, values, t0_ms=t0_ms, t1_ms=t1_ms)
                for (owner, labels), (times, values) in self._series.items()
                if owner == tenant and selection.takes(labels)
            ]
        found = sorted((one for one in found if one.times), key=lambda one: one.labels)
        if len(found) > MOST_SERIES:
            raise TooMuch.series()
        if sum(len(one.times) for one in found) > MOST_SAMPLES:
            raise TooMuch.samples()
        return found

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:
        return sorted({name for name, _ in self._pairs(tenant, t0_ms, t1_ms)})

    def label_values(self, tenant: str, name: str, t0_ms: int, t1_ms: int) -> list[str]:
        return sorted({value for key, value in self._pairs(tenant, t0_ms, t1_ms) if key == name})

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        return dict(self._metadata.get(tenant, {}))

    def minutes(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, step_ms: int
    ) -> list[Minute]:
        with self._lock:
            rows = [
                row
                for owner, row in self._minutes
                if owner == tenant and row.metric == metric and t0_ms <= row.minute_ms < t1_ms
            ]
        sums: dict[tuple[object, ...], list[Minute]] = defaultdict(list)
        for row in rows:
            begins = row.minute_ms
            if row.minutes == 1:
                begins -= (begins - t0_ms) % step_ms
            sums[row.labels, begins, row.minutes, row.bounds].append(row)
        return [_sum(key, together) for key, together in sorted(sums.items())]

    def exemplars(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, labels: Labels = ()
    ) -> list[Exemplar]:
        with self._lock:
            found = [
                one
                for (owner, _, _, _), one in self._exemplars.items()
                if owner == tenant and one.metric == metric and t0_ms <= one.minute_ms < t1_ms
                and set(labels) <= set(one.labels)
            ]  # fmt: skip
        return sorted(found, key=lambda one: -one.duration_ns)[:MOST_EXEMPLARS]

    def _append_samples(self, scrape: Scrape) -> Written:
        refused: Counter[str] = Counter()
        for labels, value in scrape.samples.items():
            key = (scrape.tenant, labels)
            if key not in self._series:
                if reason := self._refusal(scrape.tenant, scrape.target):
                    refused[reason] += 1
                    continue
                self._series[key] = (array("q"), array("d"))
                self._target_of[key] = scrape.target
            times, values = self._series[key]
            times.append(scrape.time_ms)
            values.append(value)
        return Written(len(scrape.samples) - refused.total(), dict(refused))

    def _refusal(self, tenant: str, target: str) -> str:
        mine = [name for (owner, _), name in self._target_of.items() if owner == tenant]
        if mine.count(target) >= self._limits.of_target:
            return "target_limit"
        return "tenant_limit" if len(mine) >= self._limits.of_tenant else ""

    def _pairs(self, tenant: str, t0_ms: int, t1_ms: int) -> set[tuple[str, str]]:
        with self._lock:
            return {
                pair
                for (owner, labels), (times, _) in self._series.items()
                if owner == tenant and any(t0_ms <= time <= t1_ms for time in times)
                for pair in labels
            }


def _part(
    labels: Labels, times: array[int], values: array[float], *, t0_ms: int, t1_ms: int
) -> Series:
    inside = [at for at, time in enumerate(times) if t0_ms <= time <= t1_ms]
    begin, end = (inside[0], inside[-1] + 1) if inside else (0, 0)
    return Series(labels, times[begin:end], values[begin:end])


def _sum(key: tuple[object, ...], rows: list[Minute]) -> Minute:
    _, begins, minutes, _ = key
    return Minute(
        metric=rows[0].metric,
        labels=rows[0].labels,
        minute_ms=int(begins),  # type: ignore[call-overload]
        count=sum(row.count for row in rows),
        total=sum(row.total for row in rows),
        bounds=rows[0].bounds,
        buckets=tuple(map(sum, zip(*(row.buckets for row in rows), strict=True))),
        minutes=int(minutes),  # type: ignore[call-overload]
    )


_shared = MemoryMetricStore()


def shared() -> MemoryMetricStore:
    """Give this process's store."""
    return _shared
