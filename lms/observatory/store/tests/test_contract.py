"""What every store promises."""

import pytest

from lms.observatory.records import Drop, SpanEvent, SpanLink, TraceSummary
from lms.observatory.store.base import MOST_SPANS, LogQuery, TraceQuery
from lms.observatory.store.tests.making import (
    ADA,
    BEN,
    DAY,
    EVER,
    EVERYONE,
    NOON,
    OPERATOR,
    SECOND,
    STRANGER,
    TEACHER,
    A,
    B,
    C,
    all_lines,
    all_traces,
    child,
    line,
    lines,
    span,
    spans,
)  # fmt: skip

ODD = "100%_\"'\0 ' OR 1=1 -- 🦀 ÄΣς"


def bodies(found):
    return [one.body for one in found]


def test_a_span_comes_back_as_it_was_given(store):
    given = span(
        kind="server", status="error", status_message="broken", scope="django", owner="ada",
        course="ops", attributes={"text": ODD, "yes": True, "one": 1, "half": 0.5, "all": (1, "b")},
        events=(SpanEvent(NOON, "exception", {"type": "ValueError", "at": (1, 2)}),),
        links=(SpanLink(B, "b" * 16),), resource={"service.name": "web", "pid": 7},
    )  # fmt: skip

    store.write([spans(given, child(id="c" * 16, start=NOON + 1))])

    trace = store.trace(OPERATOR, A)
    assert trace.spans[0] == given
    assert type(trace.spans[0].attributes["yes"]) is bool
    assert (trace.owner, trace.course, trace.has_root, trace.is_cut) == ("ada", "ops", True, False)


def test_a_line_comes_back_as_it_was_given(store):
    given = line(
        ODD, event="answer.graded", logger="lms.request", trace_id=A, span_id="b" * 16,
        attributes={"text": ODD, "yes": True, "one": 1, "half": 0.5, "all": ("a", "b")},
        resource={"service.name": "worker"}, owner="ada", course="ops", severity=17,
    )  # fmt: skip

    store.write([lines(given, line("later", time=NOON + 1))])

    assert all_lines(store)[1] == given


def test_half_a_surrogate_pair_breaks_nothing(store):
    half = "a\ud83d"
    store.write([
        spans(span(name=half, status_message=half, attributes={half: half})),
        lines(line(half, event=half, logger=half, attributes={half: half})),
    ])  # fmt: skip

    assert len(store.trace(OPERATOR, A).spans) == 1
    assert len(all_lines(store, text="a")) == 1
    assert all_lines(store, text="b\ud83dc", logger=half) == []


def test_what_is_written_twice_is_stored_once(store):
    batch = [spans(span(id="a" * 16), child(id="b" * 16)), lines(line("x"), line("x"), line("y"))]

    store.write(batch)
    store.write(batch)

    assert len(store.trace(OPERATOR, A).spans) == 2
    assert store.traces(OPERATOR, TraceQuery(**EVER)).traces[0].span_count == 2
    assert sorted(bodies(all_lines(store))) == ["x", "y"]
    assert (store.state().spans.rows, store.state().logs.rows) == (2, 2)


def test_lines_that_differ_in_one_type_are_two(store):
    told = [line(attributes={"n": value}) for value in (1, True, 1.0, "1")]

    store.write([lines(*told)])

    assert len(all_lines(store)) == 4


def test_a_summary_is_named_by_the_earliest_root(store):
    store.write([spans(child(name="child", start=NOON - 9, status="error"))])
    store.write([spans(span(name="late", start=NOON + 5, resource={"service.name": "web"}))])
    store.write([spans(span(name="root", start=NOON, owner="ada", duration=9 * SECOND))])

    assert store.traces(OPERATOR, TraceQuery(**EVER)).traces == (
        TraceSummary(
            trace_id=A, name="root", service="unknown_service", start_ns=NOON - 9,
            end_ns=NOON + 9 * SECOND, span_count=3, error_count=1, owner="ada", has_root=True,
        ),
    )  # fmt: skip


def test_a_long_trace_is_cut_and_its_summary_is_not(store):
    store.write(
        [spans(span(start=NOON), *(child(start=NOON + n) for n in range(1, MOST_SPANS + 5)))]
    )

    trace = store.trace(OPERATOR, A)
    assert (len(trace.spans), trace.is_cut) == (MOST_SPANS, True)
    assert trace.spans[-1].start_ns == NOON + MOST_SPANS - 1
    assert store.traces(OPERATOR, TraceQuery(**EVER)).traces[0].span_count == MOST_SPANS + 5


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [("nobody", []), ("ada", [A]), ("ben", []), ("teacher", [A, B]), ("operator", [A, B, C]),
     ("stranger", [])],
)  # fmt: skip
def test_traces_and_their_lines_are_seen_by_those_whom_they_concern(store, viewer, seen):
    store.write([
        spans(span(A, owner="ada", course="ops", start=NOON + 2), span(B, start=NOON + 1)),
        spans(child(C)),
        lines(*(line(trace, trace_id=trace) for trace in (C, B, A))),
    ])  # fmt: skip

    assert all_traces(store, EVERYONE[viewer]) == seen
    assert [t for t in (A, B, C) if store.trace(EVERYONE[viewer], t)] == seen
    assert bodies(all_lines(store, EVERYONE[viewer])) == seen
    assert [t for t in (A, B, C) if all_lines(store, EVERYONE[viewer], trace_id=t)] == seen
    assert [t for t in (A, B, C) if all_lines(store, EVERYONE[viewer], text=t)] == seen


def test_two_owners_make_a_trace_the_operators(store):
    store.write([spans(span(owner="ada"), child(owner="ben")), lines(line(trace_id=A))])

    seen = [name for name, viewer in EVERYONE.items() if store.trace(viewer, A)]
    assert seen == ["operator"]
    assert [name for name, viewer in EVERYONE.items() if all_lines(store, viewer)] == ["operator"]


def test_a_line_of_a_trace_is_hers_whichever_came_first(store):
    store.write([lines(line("before", trace_id=A))])
    assert not all_lines(store, ADA)
    assert not all_lines(store, TEACHER)

    store.write([spans(span(owner="ada")), lines(line("after", trace_id=A, time=NOON + 1))])

    assert bodies(all_lines(store, ADA)) == ["after", "before"]
    assert not all_lines(store, BEN)


@pytest.mark.parametrize("guess", ["", "a", A.upper(), A[:-1], "%", "zz" * 16, "' OR 1 --", "\0"])
def test_guessing_ids_finds_nothing(store, guess):
    store.write([spans(span(owner="ada")), lines(line(trace_id=A, owner="ada"))])

    assert store.trace(BEN, guess) is None
    assert store.trace(STRANGER, A) is None
    assert store.trace(OPERATOR, guess) is None
    assert not store.logs(BEN, LogQuery(**EVER, trace_id=guess)).lines
    assert len(store.logs(OPERATOR, LogQuery(**EVER, trace_id=guess)).lines) == (not guess)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "POST"}, [B]),
        ({"name": "POS"}, []),
        ({"service": "web"}, [C, B]),
        ({"only_errors": True}, [A]),
        ({"least_ns": 2 * SECOND}, [C]),
        ({"since_ns": NOON + 1}, [C, B]),
        ({"until_ns": NOON + 1}, [A]),
        ({"name": "POST", "service": "web", "least_ns": SECOND}, [B]),
    ],
)
def test_traces_are_found_by_what_they_are(store, query, found):
    web = {"service.name": "web"}
    store.write([spans(
        span(A, status="error"), span(B, name="POST", start=NOON + 1, resource=web),
        span(C, start=NOON + 2, duration=3 * SECOND, resource=web),
    )])  # fmt: skip

    assert all_traces(store, **query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"least_severity": 13}, ["c", "b"]),
        ({"least_severity": 17}, ["c"]),
        ({"logger": "lms"}, ["b", "a"]),
        ({"logger": "lms.request"}, ["b"]),
        ({"logger": "lm"}, []),
        ({"service": "web"}, ["a"]),
        ({"event": "job.claimed"}, ["c"]),
        ({"trace_id": B}, ["b"]),
        ({"since_ns": NOON + 1}, ["c", "b"]),
        ({"until_ns": NOON + 2}, ["b", "a"]),
        ({"least_severity": 9, "logger": "lms", "text": "deep"}, ["b"]),
    ],
)
def test_lines_are_found_by_what_they_are(store, query, found):
    store.write([lines(
        line("a", logger="lms", resource={"service.name": "web"}, severity=5),
        line("b", logger="lms.request", severity=13, trace_id=B, time=NOON + 1,
             attributes={"x": "so deep"}),
        line("c", logger="lmsx", event="job.claimed", severity=17, time=NOON + 2),
    )])  # fmt: skip

    assert bodies(all_lines(store, **query)) == found


@pytest.mark.parametrize(
    "text",
    ["100%", "%_", '"', "'", "\0", "\0 '", "' OR 1=1", "-- ", "🦀", "🦀 Ä", "äσσ", "ÄΣΣ", "ς",
     "10", "1", ODD, "claimed", "JOB.C", "7.25", "true", "second"],
)  # fmt: skip
def test_a_text_is_found_in_any_case_wherever_it_stands(store, text):
    told = {"n": 7.25, "yes": True, "all": ("first", "second")}
    store.write([lines(
        line(ODD, event="job.claimed", attributes=told, time=NOON + 1),
        line("nothing of it"), line("far 9_9", time=NOON - 1),
    )])  # fmt: skip

    assert bodies(all_lines(store, text=text)) == [ODD]


@pytest.mark.parametrize("text", ["absent", "1000%", "bodyjob", "first\nsecond", "key", "x" * 5000])
def test_a_text_that_nobody_said_is_not_found(store, text):
    store.write([lines(line("body", event="job.claimed", attributes={"key": ("first", "second")}))])

    assert all_lines(store, text="body")
    assert all_lines(store, text=text) == []


@pytest.mark.parametrize("limit", [-1, 0, 1, 2, 3, 7, 10_000])
def test_pages_lose_and_repeat_nothing(store, limit):
    times = [NOON + n // 3 for n in range(20)]
    store.write([
        spans(*(span(f"{n:032x}", start=time) for n, time in enumerate(times))),
        lines(*(line(str(n), time=time) for n, time in enumerate(times))),
    ])  # fmt: skip

    newest = [str(n) for n in reversed(range(20))]
    assert bodies(all_lines(store, limit=limit)) == newest
    assert all_traces(store, limit=limit) == [f"{int(n):032x}" for n in newest]


def test_lines_that_come_between_two_pages_disturb_neither(store):
    store.write([lines(*(line(str(n), time=NOON + n) for n in range(4)))])
    first = store.logs(OPERATOR, LogQuery(**EVER, limit=2))

    store.write([lines(line("new", time=NOON + 9), line("late", time=NOON - 9))])

    second = store.logs(OPERATOR, LogQuery(**EVER, limit=5, before=first.next))
    assert bodies(first.lines + second.lines) == ["3", "2", "1", "0", "late"]


@pytest.mark.parametrize("before", ["x", "-", "9-x", "-1", f"{10**40}-1", "1-" + "9" * 99, "²-1"])
def test_an_unreadable_place_breaks_nothing(store, before):
    store.write([spans(span()), lines(line())])

    store.traces(OPERATOR, TraceQuery(**EVER, before=before))
    store.logs(OPERATOR, LogQuery(**EVER, before=before))


def test_an_empty_store_says_so(store):
    state = store.state()

    assert (state.spans.rows, state.spans.oldest_ns, state.logs.rows) == (0, 0, 0)
    assert store.trace(OPERATOR, A) is None
    assert (all_traces(store), all_lines(store)) == ([], [])


def test_the_state_tells_rows_and_times_of_each_signal(store):
    store.write([spans(span(), child(start=NOON + 5)), lines(line(time=NOON - 5))])

    state = store.state()
    assert (state.spans.rows, state.spans.oldest_ns, state.spans.newest_ns) == (2, NOON, NOON + 5)
    assert (state.logs.rows, state.logs.oldest_ns, state.logs.newest_ns) == (1, NOON - 5, NOON - 5)


def test_drops_are_told_with_their_reason(store):
    store.note_drops([Drop("logs", "queue_full", 3, NOON, NOON + 1)])
    store.note_drops([Drop("logs", "queue_full", 4, NOON + 1, NOON + 2),
                      Drop("traces", "undecodable", 1, NOON, NOON)])  # fmt: skip

    drops = store.state().drops
    counts = {(drop.signal, drop.reason): 0 for drop in drops}
    for drop in drops:
        counts[drop.signal, drop.reason] += drop.count
    assert counts == {("logs", "queue_full"): 7, ("traces", "undecodable"): 1}
    assert min(drop.since_ns for drop in drops) == NOON
    assert max(drop.until_ns for drop in drops) == NOON + 2


def test_a_long_silence_ends_a_run(store):
    for second in (0, 30, 60, DAY // SECOND, DAY // SECOND + 30):
        store.beat(NOON + second * SECOND)

    assert store.state().up == (
        (NOON, NOON + 60 * SECOND), (NOON + DAY, NOON + DAY + 30 * SECOND),
    )  # fmt: skip
