"""Shapes of charts: gaps are gaps, and what is there can be seen."""

import pytest

from lms.observatory.pages.charts import columns, gaps, line, place_of, range_line, top_of
from lms.observatory.red.rows import Step
from lms.observatory.red.tally import Estimate


def shapes(*steps, top=10.0):
    made = [Step(at, count, failed, looked) for at, (count, failed, looked) in enumerate(steps)]
    return [(one.kind, float(one.y), float(one.height)) for one in columns(made, top)]


def test_a_column_is_as_high_as_its_rate_and_its_failures_stand_on_the_ground():
    assert shapes((600, 60, 60.0)) == [("ok", 0.0, 90.0), ("failed", 90.0, 10.0)]
    assert shapes((300, 0, 60.0)) == [("ok", 50.0, 50.0)]


def test_one_failure_among_thousands_is_seen():
    assert ("failed", 98.0, 2.0) in shapes((6000, 1, 600.0))


def test_a_step_in_which_nobody_looked_is_a_gap_and_one_without_requests_is_empty():
    assert shapes((0, 0, 0.0)) == [("gap", 0.0, 100.0)]
    assert shapes((0, 0, 60.0)) == []


def test_neighbouring_gaps_are_one():
    found = gaps([True, True, False, True])

    assert [(one.x, one.width) for one in found] == [("0.0", "500.0"), ("750.0", "250.0")]


def test_a_missing_value_breaks_the_line_and_a_lone_one_is_as_long_as_its_step():
    path = line([1.0, 2.0, None, 2.0], 2.0).path

    assert path == "M125.0 50.0L375.0 0.0M750.0 0.0h250.0"
    assert line([float("nan"), None], 1.0).path == ""


def test_a_line_reaches_below_nothing():
    assert line([-1.0, 1.0], 1.0, low=-1.0).path == "M250.0 100.0L750.0 0.0"


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([None, 0.0], 1), ([0.3], 0.5), ([1.0], 1), ([2.1], 2.5), ([5.1], 10), ([430], 500)],
)
def test_the_top_is_the_next_round_number(values, top):
    assert top_of(values) == pytest.approx(top)


@pytest.mark.parametrize(
    ("seconds", "place"), [(0, 0), (0.001, 0), (0.01, 25), (0.1, 50), (1, 75), (10, 100), (99, 100)]
)
def test_durations_stand_on_a_log_scale(seconds, place):
    assert place_of(seconds) == pytest.approx(place)


def test_a_range_goes_from_its_p50_to_its_p99():
    found = range_line(Estimate(0.01), Estimate(0.1), Estimate(1.0), "words")

    assert (found.p50, found.p95, found.p99, found.between) == ("25.0", "50.0", "75.0", "50.0")
