"""PromQL's functions over selected series, named as there; no language, and no Django.

Windows and the look back are open to the left and closed to the right, as in Prometheus 3.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from lms.observatory.promql.quantile import bucket_quantile
from lms.observatory.samples import NAME, is_stale

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from lms.observatory.samples import Labels, Series

LOOKBACK_MS: Final = 300_000
"""How old a sample may be and still stand for now; Prometheus's default."""
MOST_STEPS: Final = 11_000
"""Of a grid, as in Prometheus."""
# More than this many mean distances from a window's edge, a series is taken to begin or end there.
_EDGE: Final = 1.1

Values = list["float | None"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments of an evaluation, in Unix milliseconds: start_ms, then each step to end_ms."""

    start_ms: int
    end_ms: int
    step_ms: int

    def __post_init__(self) -> None:
        if self.step_ms <= 0 or self.end_ms < self.start_ms or len(self) > MOST_STEPS:
            raise ValueError(
                f"A grid has 1 to {MOST_STEPS} steps: take a longer step or a shorter time."
            )

    @classmethod
    def at(cls, time_ms: int) -> Grid:
        """Give the grid of one moment."""
        return cls(time_ms, time_ms, 1)

    def __len__(self) -> int:
        return (self.end_ms - self.start_ms) // self.step_ms + 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start_ms, self.end_ms + 1, self.step_ms))

    def since_ms(self, back_ms: int) -> int:
        """Give from when on samples are needed to look back so far at each moment."""
        return self.start_ms - back_ms


@dataclass(frozen=True, slots=True)
class Row:
    """What one label set evaluates to at each moment of a grid; None where it has no value."""

    labels: Labels
    values: Values


def instant(series: Iterable[Series], grid: Grid, *, lookback_ms: int = LOOKBACK_MS) -> list[Row]:
    """Give each series' newest value, None when it is too old or the series has ended.

    Source: prometheus/promql/engine.go, vectorSelectorSingle.
    """
    rows = []
    for one in series:
        values: Values = []
        for now in grid:
            at = bisect_right(one.times, now) - 1
            is_there = at >= 0 and one.times[at] > now - lookback_ms
            values.append(one.values[at] if is_there and not is_stale(one.values[at]) else None)
        rows.append(Row(one.labels, values))
    return _present(rows)


def rate(series: Iterable[Series], grid: Grid, *, range_ms: int) -> list[Row]:
    """Give a counter's mean increase per second within each window; see increase."""
    return _increase(series, grid, range_ms, per_s=range_ms / 1000)


def increase(series: Iterable[Series], grid: Grid, *, range_ms: int) -> list[Row]:
    """Give how much a counter grew within each window; the metric's name is dropped.

    A value below the one before means that the counter began anew from 0. What lies between the
    window's edges and its outermost samples is filled with the slope between these: all of it when
    it is less than 1.1 mean distances, else half a mean distance, and never to below 0.
    Source: prometheus/promql/functions.go, extrapolatedRate, as of Prometheus 3.
    """
    return _increase(series, grid, range_ms, per_s=1.0)


def sum_by(rows: Iterable[Row], labels: Collection[str]) -> list[Row]:
    """Give the sums over all rows that agree in these labels."""
    return _grouped(rows, lambda held: _only(held, labels))


def sum_without(rows: Iterable[Row], labels: Collection[str]) -> list[Row]:
    """Give the sums over all rows that agree in all but these labels and the metric's name."""
    return _grouped(rows, lambda held: _without(held, {NAME, *labels}))


def ratio(parts: Iterable[Row], wholes: Iterable[Row]) -> list[Row]:
    """Give part / whole where both have the same labels, the metric's name aside.

    0 / 0 is NaN and 1 / 0 infinite, as in Prometheus; a part without its whole has no row.
    Source: prometheus/promql/engine.go, VectorBinop with one-to-one matching.
    """
    by_labels = {_without(row.labels, {NAME}): row.values for row in wholes}
    rows = []
    for part in parts:
        labels = _without(part.labels, {NAME})
        if labels in by_labels:
            pairs = zip(part.values, by_labels[labels], strict=True)
            rows.append(Row(labels, [_divided(*pair) for pair in pairs]))
    return _present(rows)


def histogram_quantile(quantile: float, rows: Iterable[Row]) -> list[Row]:
    """Give the estimated quantile of each classic histogram, whose buckets are rows with `le`.

    See bucket_quantile. Buckets whose bound is no number are left out.
    Source: prometheus/promql/functions.go, funcHistogramQuantile.
    """
    found: dict[Labels, list[tuple[float, Values]]] = defaultdict(list)
    for row in rows:
        bound = _bound(dict(row.labels).get("le", ""))
        if bound is not None:
            found[_without(row.labels, {NAME, "le"})].append((bound, row.values))
    return _present(
        Row(labels, _quantiles(quantile, buckets)) for labels, buckets in sorted(found.items())
    )


def _increase(series: Iterable[Series], grid: Grid, range_ms: int, per_s: float) -> list[Row]:
    rows = []
    for one in series:
        times, values = _alive(one)
        grown = _without_resets(values)
        result: Values = []
        for now in grid:
            first, end = bisect_right(times, now - range_ms), bisect_right(times, now)
            if end - first < 2:  # noqa: PLR2004 - one sample has no slope
                result.append(None)
                continue
            last = end - 1
            factor = _extrapolation(
                times[first] - (now - range_ms), now - times[last], times[last] - times[first],
                count=end - first, first=values[first], grown=grown[last] - grown[first],
            )  # fmt: skip
            result.append((grown[last] - grown[first]) * factor / per_s)
        rows.append(Row(_without(one.labels, {NAME}), result))
    return _present(rows)


def _extrapolation(
    to_start_ms: float, to_end_ms: float, sampled_ms: float, *,
    count: int, first: float, grown: float,
) -> float:  # fmt: skip
    """Give by how much the window is longer than what was sampled of it."""
    mean_ms = sampled_ms / (count - 1)
    if to_start_ms >= mean_ms * _EDGE:
        to_start_ms = mean_ms / 2
    if grown > 0 and first >= 0:
        to_start_ms = min(to_start_ms, sampled_ms * (first / grown))  # it was 0 then, not less
    if to_end_ms >= mean_ms * _EDGE:
        to_end_ms = mean_ms / 2
    return (sampled_ms + to_start_ms + to_end_ms) / sampled_ms


def _alive(series: Series) -> tuple[Sequence[int], Sequence[float]]:
    """Give times and values without the markers of an end, which a window does not see."""
    ends = {at for at, value in enumerate(series.values) if is_stale(value)}
    if not ends:
        return series.times, series.values
    kept = [at for at in range(len(series.times)) if at not in ends]
    return [series.times[at] for at in kept], [series.values[at] for at in kept]


def _without_resets(values: Sequence[float]) -> list[float]:
    """Give the counter as it would stand had it never begun anew."""
    lost = accumulate((before if after < before else 0.0 for before, after in pairwise(values)),
                      initial=0.0)  # fmt: skip
    return [value + before for value, before in zip(values, lost, strict=False)]


def _grouped(rows: Iterable[Row], key: Callable[[Labels], Labels]) -> list[Row]:
    groups: dict[Labels, list[Values]] = defaultdict(list)
    for row in rows:
        groups[key(row.labels)].append(row.values)
    return _present(
        Row(labels, [_sum(column) for column in zip(*together, strict=True)])
        for labels, together in sorted(groups.items())
    )


def _sum(column: Iterable[float | None]) -> float | None:
    there = [value for value in column if value is not None]
    if not there:
        return None
    return math.fsum(there) if all(map(math.isfinite, there)) else sum(there)


def _divided(part: float | None, whole: float | None) -> float | None:
    if part is None or whole is None:
        return None
    if whole:
        return part / whole
    return math.nan if not part or math.isnan(part) else math.copysign(math.inf, part * whole)


def _quantiles(quantile: float, buckets: list[tuple[float, Values]]) -> Values:
    buckets.sort(key=lambda bucket: bucket[0])
    found: Values = []
    for column in zip(*(values for _, values in buckets), strict=True):
        there = [
            (bound, count)
            for (bound, _), count in zip(buckets, column, strict=True)
            if count is not None
        ]
        found.append(bucket_quantile(quantile, there) if there else None)
    return found


def _bound(le: str) -> float | None:
    try:
        return float(le)
    except ValueError:
        return None


def _only(labels: Labels, kept: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in kept)


def _without(labels: Labels, dropped: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in dropped)


def _present(rows: Iterable[Row]) -> list[Row]:
    """Leave out what has no value at any moment, as an answer of Prometheus does."""
    return [row for row in rows if any(value is not None for value in row.values)]
