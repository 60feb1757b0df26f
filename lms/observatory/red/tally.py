"""Counts by bucket added up, and what can be read from them."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lms.observatory.promql.quantile import quantile_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lms.observatory.samples import Minute


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantile in seconds. is_above: all that is known is that it is more than that."""

    seconds: float
    is_above: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, how long together in seconds, and how many by bucket; bounds as in Minute."""

    count: int = 0
    total_s: float = 0.0
    bounds: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()

    @property
    def mean_s(self) -> float | None:
        return self.total_s / self.count if self.count else None

    def quantile(self, share: float) -> Estimate | None:
        """Give the estimate that PromQL's histogram_quantile gives; None without observations."""
        if not sum(self.buckets) or len(self.bounds) < 2:  # noqa: PLR2004 - one finite and +Inf
            return None
        below = sum(self.buckets[:-1])
        is_above = share * sum(self.buckets) > below
        return Estimate(quantile_of(share, self.bounds, self.buckets), is_above)

    def at_most(self, bound_s: float) -> int:
        """Give how many took at most so long, as far as the bounds tell: never too many."""
        pairs = zip(self.bounds, self.buckets, strict=True)
        return sum(count for bound, count in pairs if bound <= bound_s)

    def share_below(self, seconds: float) -> float | None:
        """Give the share that took less, evenly within a bucket; None without observations."""
        everything = sum(self.buckets)
        if not everything:
            return None
        at = bisect_left(self.bounds, seconds)
        below = float(sum(self.buckets[:at]))
        low, high = (self.bounds[at - 1] if at else 0.0), self.bounds[at]
        if math.isfinite(high):
            below += self.buckets[at] * (seconds - low) / (high - low)
        return below / everything


def tally(rows: Iterable[Minute]) -> Tally:
    """Add rows up. Where their bounds differ, the bounds that all have stay."""
    held = list(rows)
    with_bounds = [row for row in held if row.bounds]
    counted = {row.bounds for row in with_bounds}
    common = sorted(set.intersection(*map(set, counted))) if counted else []
    buckets = [0] * len(common)
    if len(counted) == 1:
        buckets = [*map(sum, zip(*(row.buckets for row in with_bounds), strict=True))]
    else:
        for row in with_bounds:
            _pour(row.bounds, row.buckets, common, buckets)
    return Tally(
        sum(row.count for row in held), math.fsum(row.total for row in held),
        tuple(common), tuple(buckets),
    )  # fmt: skip


def _pour(
    bounds: Sequence[float], counts: Sequence[int], common: Sequence[float], buckets: list[int]
) -> None:
    for bound, count in zip(bounds, counts, strict=True):
        buckets[bisect_left(common, bound)] += count
