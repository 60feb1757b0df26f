"""A stored trace as a waterfall."""

import pytest
from django.template.loader import render_to_string

from lms.observatory.pages.drawing import waterfall_of
from lms.observatory.records import Trace
from lms.observatory.tests.story import NOON_NS, TRACE_ID, hand_in, line, span, sql

TIMES = "\N{MULTIPLICATION SIGN}"


def trace_of(spans):
    return Trace(trace_id=TRACE_ID, spans=tuple(spans), has_root=True)


@pytest.fixture
def story():
    return hand_in(selects=31)


def rows_of(waterfall):
    return {row.span.name.partition(" (")[0]: row for row in waterfall.rows}


def drawn(waterfall, **more):
    return render_to_string(
        "observatory/_waterfall.html", {"waterfall": waterfall, "label": "T"} | more
    )


def test_alike_statements_stand_in_one_row_with_their_sum(story):
    spans, lines = story

    row = rows_of(waterfall_of(trace_of(spans), lines))[f"31 {TIMES} SELECT"]

    assert row.duration.replace("\N{NO-BREAK SPACE}", " ") == "18.6 ms"
    assert row.span.href.endswith(f"/{TRACE_ID}/?unfold=1#s-{row.span.id}")
    assert "18.6 ms in all" in drawn(waterfall_of(trace_of(spans), lines)).replace("\xa0", " ")


def test_unfolded_each_statement_has_its_row(story):
    spans, lines = story

    waterfall = waterfall_of(trace_of(spans), lines, is_unfolded=True)

    assert len(waterfall.rows) == len(spans)


def test_a_chosen_span_is_not_folded_away(story):
    spans, lines = story
    chosen = next(one for one in spans if one.name == "SELECT")

    waterfall = waterfall_of(trace_of(spans), lines, selected=chosen.span_id)

    assert chosen.span_id in [row.span.id for row in waterfall.rows]
    assert f"30 {TIMES} SELECT" in rows_of(waterfall)


def test_rows_say_in_words_what_is_special(story):
    html = drawn(waterfall_of(trace_of(story[0]), story[1]))

    assert html.count("error began here") == 1
    assert html.count("error from below") == 1
    assert html.count(">computed<") == 1
    assert "of it on the critical path" in html
    assert "style=" not in html


def test_a_computed_wait_is_no_sign_of_a_wrong_clock(story):
    assert "starts before its parent" not in drawn(waterfall_of(trace_of(story[0]), ()))


def test_a_child_before_its_parent_is_marked_and_not_moved():
    parent = span("run", 10, 50)
    child = sql("SELECT 1", 4, 10, parent)

    waterfall = waterfall_of(trace_of([parent, child]), ())

    assert "starts before its parent" in drawn(waterfall)
    assert rows_of(waterfall)["SELECT"].span.start_ms == 0


def test_lines_stand_below_their_span_and_loose_ones_at_the_end(story):
    spans, lines = story
    gone = line("task.enqueued", 77, span("gone"))

    waterfall = waterfall_of(trace_of(spans), [*lines, gone])

    told = {
        row.span.name: [one.log.event for one in row.logs] for row in waterfall.rows if row.logs
    }
    assert told["POST courses/<slug:course>/exercises/<slug:exercise>/hand-in/"] == [
        "submission.received"
    ]
    assert [one.log.event for one in waterfall.loose] == ["task.enqueued"]
    assert "its span is not here" in drawn(waterfall)


def test_places_are_named_once_in_the_legend(story):
    legend = waterfall_of(trace_of(story[0]), ()).legend

    assert [place.label for place in legend] == ["web", "db", "queue", "worker", "grader"]


def test_text_of_spans_and_lines_is_escaped():
    root = span("<b>GET</b>", service="<i>")

    html = drawn(waterfall_of(trace_of([root]), [line("<img src=x>", 1, root, a="<script>")]))

    assert "<img" not in html
    assert "<script" not in html
    assert "<b>GET" not in html


def test_what_does_not_fit_is_counted():
    spans = [span(f"step {i}", i, 1, parent="f" * 16) for i in range(12)]

    assert waterfall_of(trace_of(spans), (), most=10).left_out == 2


def test_a_trace_of_no_length_is_drawn():
    assert waterfall_of(trace_of([span("now", 0, 0, at_ns=NOON_NS)]), ()).rows[0].x == "0.00"
