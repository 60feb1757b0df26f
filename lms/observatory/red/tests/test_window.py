"""Times in steps, and when somebody looked."""

import pytest

from lms.observatory.red.window import (
    MINUTE_MS,
    RANGES,
    looked_by_step,
    runs_until,
    silences,
    window_of,
)

NOON_MS = 1_764_072_000_000  # 25 November 2025, 12:00 UTC


@pytest.mark.parametrize("key", RANGES)
def test_a_window_has_whole_steps_and_ends_with_the_one_of_now(key):
    window = window_of(key, NOON_MS + 90_000)

    assert (window.until_ms - window.since_ms) // MINUTE_MS == RANGES[key][0]
    assert window.since_ms % window.step_ms == window.until_ms % window.step_ms == 0
    assert window.at(window.now_ms) == len(window.begins) - 1


def test_a_step_that_is_not_over_counts_until_now():
    window = window_of("30m", NOON_MS + 15_000)

    looked = looked_by_step([(0, window.now_ms)], window)

    assert looked == [60.0] * 29 + [15.0]


def test_a_run_that_was_seen_a_moment_ago_goes_on_and_an_older_one_does_not():
    seen_ns = NOON_MS * 1_000_000

    assert runs_until([(0, seen_ns)], NOON_MS + 60_000) == [(0, NOON_MS + 60_000)]
    assert runs_until([(0, seen_ns)], NOON_MS + 60_001) == [(0, NOON_MS)]


def test_silences_lie_between_runs_and_before_now_but_not_before_the_first():
    window = window_of("30m", NOON_MS)
    minute = [NOON_MS - at * MINUTE_MS for at in range(30)]
    runs = [(minute[20], minute[15]), (minute[10], minute[5])]

    assert silences(runs, window) == [(minute[15], minute[10]), (minute[5], NOON_MS)]
    assert silences([], window) == []


def test_what_ended_before_the_window_leaves_all_of_it_silent():
    window = window_of("30m", NOON_MS)

    assert silences([(0, 1000)], window) == [(window.since_ms, NOON_MS)]
