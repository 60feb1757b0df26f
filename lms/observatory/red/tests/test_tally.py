"""Buckets added up and read, by hand-worked numbers."""

from math import inf

import pytest

from lms.observatory.red.tally import Estimate, Tally, tally
from lms.observatory.samples import Minute


def minute(bounds, buckets, total=0.0):
    return Minute("m", (), 0, sum(buckets), total, bounds, buckets)


def test_minutes_of_the_same_bounds_add_up():
    found = tally([minute((1.0, 2.0, inf), (1, 2, 3), 9.5), minute((1.0, 2.0, inf), (10, 0, 0), 5)])

    assert found == Tally(16, 14.5, (1.0, 2.0, inf), (11, 2, 3))
    assert found.mean_s == 14.5 / 16


def test_where_bounds_differ_the_common_ones_stay_and_no_count_is_lost():
    found = tally([minute((1.0, 2.0, inf), (1, 2, 3)), minute((2.0, 5.0, inf), (4, 5, 6))])

    assert found.bounds == (2.0, inf)
    assert found.buckets == (1 + 2 + 4, 3 + 5 + 6)


def test_a_quantile_lies_evenly_within_its_bucket():
    found = tally([minute((1.0, 2.0, 4.0, inf), (50, 40, 10, 0))])

    assert found.quantile(0.5) == Estimate(1.0)
    assert found.quantile(0.7) == Estimate(1.5)
    assert found.quantile(0.95) == Estimate(3.0)


def test_beyond_the_last_bound_only_that_is_known():
    found = tally([minute((1.0, 2.0, inf), (90, 5, 5))])

    assert found.quantile(0.95) == Estimate(2.0)
    assert found.quantile(0.99) == Estimate(2.0, is_above=True)


def test_without_observations_there_is_no_quantile():
    assert tally([]).quantile(0.5) is None
    assert tally([Minute("counter_total", (), 0, 7)]).quantile(0.5) is None
    assert tally([]).mean_s is None


@pytest.mark.parametrize(
    ("bound", "count"), [(1.0, 50), (1.9, 50), (2.0, 90), (4.0, 100), (99.0, 100), (0.5, 0)]
)
def test_how_many_took_at_most_so_long_is_never_too_many(bound, count):
    assert tally([minute((1.0, 2.0, 4.0, inf), (50, 40, 10, 3))]).at_most(bound) == count


@pytest.mark.parametrize(
    ("seconds", "share"), [(0.0, 0.0), (0.5, 0.25), (1.0, 0.5), (1.5, 0.7), (4.0, 0.97), (9, 0.97)]
)
def test_the_share_below_a_duration(seconds, share):
    found = tally([minute((1.0, 2.0, 4.0, inf), (50, 40, 7, 3))])

    assert found.share_below(seconds) == pytest.approx(share)
