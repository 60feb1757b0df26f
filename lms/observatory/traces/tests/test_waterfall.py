"""The drawing of a trace."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.observatory.traces.waterfall import TimedLog, TimedSpan, draw, duration_words, ticks


def span(span_id, parent="", start_ms=0.0, duration_ms=10.0, **more):
    return TimedSpan(
        id=span_id, name=span_id, service="api", parent=parent, start_ms=start_ms,
        duration_ms=duration_ms, status=more.pop("status", "ok"), **more,
    )  # fmt: skip


def order(*spans):
    return [(row.span.id, row.level) for row in draw(spans, total_ms=100).rows]


def test_children_stand_below_their_parent_by_start():
    spans = (
        span("late", "root", 50),
        span("root"),
        span("deep", "early", 20),
        span("early", "root", 10),
    )

    assert order(*spans) == [("root", 0), ("early", 1), ("deep", 2), ("late", 1)]


def test_a_span_without_its_parent_is_a_root():
    assert order(span("a", "gone"), span("b", "a")) == [("a", 0), ("b", 1)]


def test_a_circle_of_parents_is_drawn_once():
    assert order(span("a", "b"), span("b", "a"), span("c", "c")) == [("a", 0), ("b", 1), ("c", 0)]


def test_depth_ends_where_the_style_sheet_ends():
    chain = [span("0")] + [span(str(i), str(i - 1)) for i in range(1, 3000)]

    assert draw(chain, total_ms=100).rows[-1].level == 8


def test_positions_are_percentages_of_the_drawn_time():
    row = draw([span("a", start_ms=25, duration_ms=50)], total_ms=200).rows[0]

    assert (row.x, row.width, row.label_x, row.label_before) == ("12.50", "25.00", "37.50", False)


def test_the_shortest_span_stays_visible():
    assert draw([span("a", duration_ms=0.001)], total_ms=1000).rows[0].width == "0.40"


def test_a_late_span_carries_its_duration_in_front():
    row = draw([span("a", start_ms=90, duration_ms=5)], total_ms=100).rows[0]

    assert (row.label_before, row.label_x) == (True, "90.00")


def test_a_span_that_never_started_has_no_duration():
    row = draw([span("a", start_ms=40, duration_ms=None, status="unset")], total_ms=100).rows[0]

    assert (row.is_absent, row.duration, row.x) == (True, "", "40.00")


def test_log_lines_stand_at_their_time():
    logs = (TimedLog(90, "error", "late"), TimedLog(10, "debug", "early"))

    row = draw([span("a", logs=logs)], total_ms=100).rows[0]

    assert [(line.log.event, line.x) for line in row.logs] == [
        ("early", "10.00"),
        ("late", "90.00"),
    ]


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 ms"), (0.85, "850 µs"), (6.1, "6.1 ms"), (6.0, "6 ms"), (850.4, "850 ms"),
     (999.7, "1.00 s"), (2039, "2.04 s"), (24.04, "24 ms"), (12_340, "12.3 s"), (59_940, "59.9 s"),
     (200_000, "3 min 20 s")],
)  # fmt: skip
def test_times_are_written_with_few_digits(ms, words):
    assert duration_words(ms).replace("\N{NO-BREAK SPACE}", " ") == words


def test_ticks_are_round_numbers():
    labels = [tick.label.replace("\N{NO-BREAK SPACE}", " ") for tick in ticks(2066)]

    assert labels == ["0", "500 ms", "1 s", "1.5 s", "2 s"]


@given(st.floats(min_value=1e-3, max_value=3.6e6))
def test_any_axis_has_two_to_six_ticks_within_it(total_ms):
    drawn = list(ticks(total_ms))

    assert 2 <= len(drawn) <= 6
    assert all(0 <= float(tick.x) <= 100 for tick in drawn)


@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 2000)), min_size=1, max_size=20))
def test_no_bar_leaves_the_drawing(times):
    spans = [span(str(i), start_ms=s, duration_ms=d) for i, (s, d) in enumerate(times)]

    for row in draw(spans, total_ms=1000).rows:
        assert 0 <= float(row.x) <= 100
        assert float(row.x) + float(row.width) <= 100.41


def test_the_drawing_needs_no_django():
    code = "import sys, lms.observatory.traces.waterfall; assert 'django' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)
