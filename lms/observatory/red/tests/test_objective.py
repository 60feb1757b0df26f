"""The grading objective, by hand-worked numbers."""

import pytest

from lms.observatory.red.objective import (
    FAST_BURN,
    SLOW_BURN,
    Attained,
    attained,
    budget_left_by_step,
    by_step,
    since,
)
from lms.observatory.red.window import MINUTE_MS, window_of
from lms.observatory.tests.measuring import counted, requests, verdicts

NOON_MS = 1_764_072_000_000


def test_a_verdict_in_just_five_seconds_is_good():
    found = attained([verdicts(0, count=7, seconds=5.0), verdicts(0, count=2, seconds=5.1)], [], [])

    assert (found.good, found.slow) == (7, 2)


def test_what_was_given_up_and_what_was_refused_is_bad():
    found = attained(
        [verdicts(0, count=95)],
        [counted("grading_verdicts_missed_total", 0, 3)],
        [requests(0, count=2, status="5xx")],
    )

    assert (found.bad, found.total, found.share) == (5, 100, 0.95)


def test_the_budget_is_a_hundredth_and_its_rest_what_is_unspent():
    found = Attained(good=3960, slow=30, given_up=8, refused=2)

    assert found.budget == 40
    assert found.left == pytest.approx(0.0)
    assert Attained(good=3990, slow=10).left == pytest.approx(0.75)
    assert Attained(good=98, slow=2).left == pytest.approx(-1.0)


def test_spending_a_hundredth_is_a_burn_rate_of_one():
    assert Attained(good=99, slow=1).burn == pytest.approx(1.0)
    assert Attained(good=50, slow=50).burn == pytest.approx(50.0)
    assert Attained(good=10).burn == 0


def test_without_hand_ins_nothing_is_known():
    assert (Attained().share, Attained().left, Attained().burn) == (None, None, None)


def test_the_limits_of_burning_are_shares_of_the_budget_in_a_time():
    assert pytest.approx(0.02) == FAST_BURN * 1 / (28 * 24)
    assert pytest.approx(0.05) == SLOW_BURN * 6 / (28 * 24)


def test_steps_add_up_and_the_budget_only_falls():
    window = window_of("30m", NOON_MS)
    begin = window.since_ms
    steps = by_step(
        window,
        [verdicts(begin, count=98), verdicts(begin + MINUTE_MS, count=1, seconds=60),
         verdicts(begin + 29 * MINUTE_MS, count=100)],
        [counted("grading_verdicts_missed_total", begin + MINUTE_MS, 1)],
        [],
    )  # fmt: skip

    left = budget_left_by_step(steps)

    assert since(steps, 30) == Attained(good=198, slow=1, given_up=1)
    assert since(steps, 29).total == 102
    assert left[0] == pytest.approx(1.0)
    assert left[1:] == pytest.approx([0.0] * 29)
