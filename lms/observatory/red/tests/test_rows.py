"""Rate, errors and duration by label set and step."""

from lms.observatory.red.rows import rows_of, whole
from lms.observatory.red.window import MINUTE_MS, looked_by_step, window_of
from lms.observatory.tests.measuring import COURSE, HAND_IN, requests

NOON_MS = 1_764_072_000_000
WINDOW = window_of("30m", NOON_MS + 30_000)
LOOKED = looked_by_step([(0, WINDOW.now_ms)], WINDOW)
FIRST = WINDOW.since_ms


def failed(labels):
    return ("status_class", "5xx") in labels


def rows(minutes, looked=LOOKED):
    return rows_of(minutes, WINDOW, looked, by=("method", "route"), is_failure=failed)


def test_a_rate_is_over_the_time_in_which_somebody_looked():
    looked = [0.0] * 20 + [60.0] * 10

    (row,) = rows([requests(FIRST + 25 * MINUTE_MS, count=1200)], looked)

    assert row.rate == 2.0
    assert row.steps[25].rate == 20.0
    assert row.steps[26].rate == 0.0
    assert row.steps[3].rate is None
    assert row.steps[3].is_gap


def test_failures_and_their_durations_stand_apart():
    (row,) = rows([
        requests(FIRST, count=90, seconds=0.02),
        requests(FIRST, count=10, seconds=4.0, status="5xx"),
        requests(FIRST, count=100, seconds=0.02, status="4xx"),
    ])  # fmt: skip

    assert row.error_ratio == 0.05
    assert row.steps[0].failed == 10
    assert row.ok.quantile(0.99).seconds < 0.025
    assert row.failed.quantile(0.5).seconds > 2.5


def test_rows_are_by_route_and_busiest_first():
    found = rows([
        requests(FIRST, count=1, route=HAND_IN, method="POST"),
        requests(FIRST, count=5, route=COURSE),
        requests(FIRST, count=2, route=COURSE, status="3xx"),
    ])  # fmt: skip

    assert [(row.label("route"), row.count) for row in found] == [(COURSE, 7), (HAND_IN, 1)]


def test_what_grew_while_nobody_looked_counts_and_is_no_rate():
    (row,) = rows([requests(FIRST, count=600, minutes=10), requests(FIRST, count=30)])

    assert (row.count, row.late) == (630, 600)
    assert row.rate == 30 / sum(LOOKED)
    assert row.steps[0].is_late
    assert not row.steps[1].is_late


def test_all_rows_as_one_hold_their_sums_step_by_step():
    found = rows([
        requests(FIRST, count=3),
        requests(FIRST, count=4, route=HAND_IN, status="5xx"),
        requests(FIRST + MINUTE_MS, count=5),
    ])  # fmt: skip

    every = whole(found, WINDOW, LOOKED)

    assert [(step.count, step.failed) for step in every.steps[:3]] == [(7, 4), (5, 0), (0, 0)]
    assert (every.count, every.failed.count) == (12, 4)


def test_no_rows_are_a_whole_of_nothing_with_its_gaps():
    every = whole([], WINDOW, [0.0] * 30)

    assert every.count == 0
    assert every.rate is None
    assert every.error_ratio is None
    assert len(every.steps) == 30
    assert all(step.is_gap for step in every.steps)
