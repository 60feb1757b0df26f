"""What PromQL's functions say at the edges, where an older Prometheus is no help."""

import math
from array import array

import pytest

from lms.observatory.promql.evaluating import (
    MOST_STEPS,
    Grid,
    Row,
    histogram_quantile,
    increase,
    instant,
    rate,
    ratio,
    sum_by,
    sum_without,
)
from lms.observatory.promql.quantile import bucket_quantile, quantile_of
from lms.observatory.samples import NAME, STALE, Series, labels_of

S = 1_000


def series(*samples, name="requests_total", **labels):
    return Series(
        labels_of({NAME: name, **labels}),
        array("q", (time_s * S for time_s, _ in samples)),
        array("d", (value for _, value in samples)),
    )


def value(rows):
    [row] = rows
    [only] = row.values
    return only


def counter(*times_s):
    """Grow by one a second."""
    return series(*((time_s, 1000.0 + time_s) for time_s in times_s))


def test_a_window_is_open_to_the_left_and_closed_to_the_right():
    """Prometheus 3 counts four samples in a minute of 15 seconds, 2 counted five."""
    found = series((0, 0), (15, 100), (30, 101), (45, 102), (60, 103), (75, 900))

    grown = value(increase([found], Grid.at(60 * S), range_ms=60 * S))

    assert grown == pytest.approx(3 * 60 / 45)


@pytest.mark.parametrize(("now_s", "is_seen"), [(300, False), (299, True), (0, True), (-1, False)])
def test_the_look_back_is_open_to_the_left(now_s, is_seen):
    rows = instant([series((1000, 7))], Grid.at((1000 + now_s) * S))

    assert bool(rows) is is_seen


def test_a_series_that_ended_has_no_newest_value_but_its_window_goes_on():
    found = [series((0, 1), (15, 2), (30, STALE))]

    assert instant(found, Grid.at(31 * S)) == []
    assert value(rate(found, Grid.at(31 * S), range_ms=60 * S)) > 0


def test_one_sample_has_no_rate():
    assert rate([series((0, 1), (15, 2))], Grid.at(70 * S), range_ms=60 * S) == []


def test_a_steady_counter_s_rate_is_its_slope():
    rows = rate([counter(*range(0, 600, 15))], Grid(300 * S, 590 * S, 7 * S), range_ms=60 * S)

    assert rows[0].values == [pytest.approx(1.0)] * 42


def test_a_fall_counts_from_nought():
    found = [series((10, 10), (20, 14), (30, 2), (40, 5))]

    # 4 + 2 + 3 in 30 of 40 seconds; the beginning is 10 away, the end 0.
    assert value(increase(found, Grid.at(40 * S), range_ms=40 * S)) == pytest.approx(9 * 40 / 30)


def test_a_young_counter_is_not_drawn_out_below_nought():
    found = [series((10, 1), (20, 5), (30, 9))]

    # It was 0 at 7.5 s, so that only 2.5 of the 10 seconds before its first sample count.
    assert value(increase(found, Grid.at(30 * S), range_ms=30 * S)) == pytest.approx(8 * 22.5 / 20)


def test_the_metric_s_name_goes_and_the_labels_stay():
    found = [series((0, 1), (15, 2), route="a")]

    assert rate(found, Grid.at(20 * S), range_ms=60 * S)[0].labels == (("route", "a"),)
    assert instant(found, Grid.at(20 * S))[0].labels == found[0].labels


def test_sums_leave_out_what_is_absent():
    rows = [
        Row((("le", "1"), ("route", "a")), [1.0, None, None]),
        Row((("le", "2"), ("route", "a")), [2.0, 2.0, None]),
        Row((("le", "1"), ("route", "b")), [4.0, None, math.inf]),
    ]

    assert sum_by(rows, ("route",)) == [
        Row((("route", "a"),), [3.0, 2.0, None]), Row((("route", "b"),), [4.0, None, math.inf]),
    ]  # fmt: skip
    assert sum_without(rows, ("le",)) == sum_by(rows, ("route",))
    assert sum_by(rows, ()) == [Row((), [7.0, 2.0, math.inf])]


def test_a_ratio_is_taken_where_both_are():
    parts = [Row((("r", "a"),), [1.0, 0.0, 1.0, None]), Row((("r", "x"),), [1.0] * 4)]
    wholes = [Row((("r", "a"),), [4.0, 0.0, 0.0, 1.0])]

    [row] = ratio(parts, wholes)

    assert row.values[0] == 0.25
    assert math.isnan(row.values[1])
    assert row.values[2:] == [math.inf, None]


INF = math.inf


@pytest.mark.parametrize(
    ("quantile", "buckets", "expected"),
    [
        (0.5, [(1, 2), (2, 4), (INF, 4)], 1.0),
        (0.75, [(1, 2), (2, 4), (INF, 4)], 1.5),
        (0.25, [(1, 2), (2, 4), (INF, 4)], 0.5),
        (0.9, [(1, 2), (2, 4), (INF, 40)], 2),
        (0.5, [(-1, 2), (2, 2), (INF, 2)], -1),
        (0.75, [(1, 2), (2, 1), (4, 4), (INF, 4)], 3.0),
        (1, [(1, 2), (INF, 2)], 1.0),
        (1.1, [(1, 2), (INF, 2)], INF),
        (-0.1, [(1, 2), (INF, 2)], -INF),
    ],
)
def test_quantiles_lie_evenly_within_their_bucket(quantile, buckets, expected):
    assert bucket_quantile(quantile, buckets) == expected


@pytest.mark.parametrize(
    ("quantile", "buckets"),
    [(0.5, []), (0.5, [(1, 2), (2, 4)]), (0.5, [(INF, 4)]), (0.5, [(1, 0), (INF, 0)]),
     (math.nan, [(1, 2), (INF, 2)])],
)  # fmt: skip
def test_without_an_answer_a_quantile_is_no_number(quantile, buckets):
    assert math.isnan(bucket_quantile(quantile, buckets))


@pytest.mark.parametrize("quantile", [0, 0.1, 0.5, 0.95, 1])
def test_counts_by_bucket_give_the_same_quantile(quantile):
    cumulated = [(0.1, 3.0), (0.5, 3.0), (1, 10.0), (INF, 11.0)]

    assert quantile_of(quantile, (0.1, 0.5, 1, INF), (3, 0, 7, 1)) == bucket_quantile(
        quantile, cumulated
    )
    assert math.isnan(quantile_of(quantile, (0.1, INF), (0, 0)))


def test_buckets_without_a_number_as_bound_are_left_out():
    rows = [
        Row((("le", "1"),), [2.0]), Row((("le", "+Inf"),), [2.0]),
        Row((("le", "much"),), [9.0]), Row((), [9.0]),
    ]  # fmt: skip

    assert histogram_quantile(0.5, rows) == [Row((), [0.5])]


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "step_ms"), [(0, 10, 0), (10, 0, 1), (0, MOST_STEPS, 1)]
)
def test_a_grid_has_its_limits(start_ms, end_ms, step_ms):
    with pytest.raises(ValueError, match="longer step"):
        Grid(start_ms, end_ms, step_ms)
