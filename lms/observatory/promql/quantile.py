"""Estimates of a quantile from counts by bucket."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Sums of floats differ by so little, relatively, without meaning it.
_TOLERANCE: Final = 1e-12


def bucket_quantile(quantile: float, buckets: Sequence[tuple[float, float]]) -> float:
    """Give the value below which the share `quantile` of the observations lies.

    buckets: upper bound and how many were at most that, by bound. Within the bucket the
    observations are taken to lie evenly, in the lowest one from 0 on. NaN without a bucket up to
    +Inf, with that one alone, and without observations; what lies above the highest bound gives
    that bound; shares below 0 and above 1 give -Inf and +Inf. Where a count is below the one of a
    smaller bucket, the larger of both stands.
    Source: prometheus/promql/quantile.go, BucketQuantile, as of Prometheus 3.
    """
    if math.isnan(quantile) or not buckets:
        return math.nan
    if not 0 <= quantile <= 1:
        return math.copysign(math.inf, quantile)
    if buckets[-1][0] != math.inf:
        return math.nan
    merged = [
        (bound, sum(count for _, count in same))
        for bound, same in groupby(buckets, key=lambda bucket: bucket[0])
    ]
    counts = _rising(count for _, count in merged)
    if len(merged) < 2 or not counts[-1]:  # noqa: PLR2004 - a lower bound and +Inf
        return math.nan
    return _interpolated(quantile * counts[-1], [bound for bound, _ in merged], counts)


def quantile_of(quantile: float, bounds: Sequence[float], counts: Sequence[int]) -> float:
    """Give the same from counts that are not cumulated, as Minute.buckets; 0 <= quantile <= 1.

    bounds: at least two, +Inf last.
    """
    so_far = list(accumulate(counts))
    if not so_far or not so_far[-1]:
        return math.nan
    return _interpolated(quantile * so_far[-1], bounds, so_far)


def _interpolated(rank: float, bounds: Sequence[float], counts: Sequence[float]) -> float:
    at = bisect_left(counts, rank)
    if at >= len(counts) - 1:
        return bounds[-2]
    if at == 0 and bounds[0] <= 0:
        return bounds[0]
    low, below = (bounds[at - 1], counts[at - 1]) if at else (0.0, 0.0)
    inside = counts[at] - below
    # Only a share of 0 finds nothing inside; 0 / 0 is NaN in Go.
    return low + (bounds[at] - low) * ((rank - below) / inside) if inside else math.nan


def _rising(counts: Iterable[float]) -> list[float]:
    """Give the counts with none below the one before, and none a hair above it."""
    kept: list[float] = []
    for count in counts:
        before = kept[-1] if kept else count
        is_no_more = count < before or math.isclose(count, before, rel_tol=_TOLERANCE)
        kept.append(before if is_no_more else count)
    return kept
