"""The critical path, and that it leaves out only times in which nothing ran."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lms.observatory.tests.story import MS, NOON_NS, hand_in, span
from lms.observatory.traces.critical import critical_path
from lms.observatory.traces.timing import gaps


def path_of(*spans):
    return [
        (one.span.name, (one.start_ns - NOON_NS) / MS, (one.end_ns - NOON_NS) / MS)
        for one in critical_path(spans)
    ]


def test_a_span_alone_is_the_path():
    assert path_of(span("a", 0, 10)) == [("a", 0, 10)]


def test_the_child_that_finished_last_is_waited_for():
    root = span("root", 0, 30)
    quick, slow = span("quick", 5, 10, root), span("slow", 5, 20, root)

    assert path_of(root, quick, slow) == [("root", 0, 5), ("slow", 5, 25), ("root", 25, 30)]


def test_children_one_after_the_other_are_all_on_the_path():
    root = span("root", 0, 30)

    assert path_of(root, span("a", 0, 10, root), span("b", 10, 20, root)) == [
        ("a", 0, 10), ("b", 10, 30),
    ]  # fmt: skip


def test_a_child_still_running_when_the_next_one_starts_was_not_waited_for():
    root = span("root", 0, 20)

    found = path_of(root, span("early", 0, 8, root), span("late", 5, 15, root))

    assert found == [("root", 0, 5), ("late", 5, 20)]


def test_the_path_goes_on_from_a_request_over_the_queue_into_the_task():
    post = span("POST", 0, 80)
    publish = span("publish", 70, 5, post, kind="producer")
    run = span("run", 300, 200, publish, kind="consumer", service="watchers-worker")
    wait = span("queue wait", 60, 240, run, attributes={"watchers.computed": True})

    assert path_of(post, publish, run, wait) == [
        ("POST", 0, 60), ("queue wait", 60, 300), ("run", 300, 500),
    ]  # fmt: skip


def test_time_without_any_span_is_on_no_path():
    post = span("POST", 0, 80)

    found = path_of(post, span("run", 300, 100, post))

    assert found == [("POST", 0, 80), ("run", 300, 400)]


def test_a_child_that_outlives_its_parent_carries_the_path_to_its_end():
    post = span("POST", 0, 80)

    assert path_of(post, span("stream", 70, 100, post)) == [("POST", 0, 70), ("stream", 70, 170)]


def test_the_story_of_a_hand_in_is_covered_but_for_the_wait_for_the_second_try():
    spans, _ = hand_in()

    names = [name for name, _, _ in path_of(*spans)]

    assert names.count("queue wait") == 1
    assert names[-1] == "grade submission"
    assert [(end - start) / MS for start, end in gaps(spans)] == [410]


def test_a_chain_as_long_as_a_trace_may_be_is_walked():
    chain = [span("0", 0, 5000)]
    for depth in range(1, 5000):
        chain.append(span(str(depth), depth, 5000 - depth, chain[-1]))

    assert len(critical_path(chain)) == 5000


times = st.tuples(st.integers(0, 40), st.integers(0, 20))


@st.composite
def traces(draw):
    """Give spans with any parents: none, absent, themselves, circles, later ones."""
    count = draw(st.integers(1, 12))
    ids = [f"{i:016x}" for i in range(count)]
    parents = st.sampled_from(["", "f" * 16, *ids])
    return [
        span(f"s{i}", *draw(times), draw(parents), span_id=ids[i]) for i in range(count)
    ]  # fmt: skip


@given(traces())
def test_segments_do_not_overlap_and_lie_within_their_spans(spans):
    path = critical_path(spans)

    for one, following in itertools.pairwise(path):
        assert one.end_ns <= following.start_ns
    for one in path:
        assert one.span.start_ns <= one.start_ns < one.end_ns <= one.span.end_ns


@given(traces())
def test_the_path_is_as_long_as_the_trace_without_its_gaps(spans):
    start, end = min(one.start_ns for one in spans), max(one.end_ns for one in spans)
    missing = sum(later - earlier for earlier, later in gaps(spans))

    assert sum(one.duration_ns for one in critical_path(spans)) == end - start - missing


@given(traces())
def test_the_path_does_not_depend_on_the_order_of_arrival(spans):
    assert critical_path(spans) == critical_path(list(reversed(spans)))
