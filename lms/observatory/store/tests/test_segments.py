"""SQLite's segments: pieces of a trace, age and size, rights, one writer, time that runs out."""

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from lms.observatory.records import Drop
from lms.observatory.store.base import LogQuery, StoreUnavailable, TraceQuery
from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.store.tests.making import (
    ADA,
    DAY,
    EVER,
    EVERYONE,
    NOON,
    OPERATOR,
    SECOND,
    TEACHER,
    A,
    B,
    C,
    SqliteStore,
    all_lines,
    all_traces,
    child,
    line,
    lines,
    span,
    spans,
)  # fmt: skip

ROOT = [spans(span(name="root", start=NOON)), lines(line("by the root", trace_id=A))]
OWNED = [
    spans(child(owner="ada", course="art", start=NOON + 1)),
    lines(line("by the child", trace_id=A, time=NOON + 1)),
]


def who_sees(store):
    """Give who sees the trace, in each of the ways in which it may be looked at."""
    ways = {
        "trace": lambda viewer: store.trace(viewer, A),
        "list": lambda viewer: all_traces(store, viewer),
        "lines": lambda viewer: all_lines(store, viewer),
        "text": lambda viewer: all_lines(store, viewer, text="by the"),
        "level": lambda viewer: all_lines(store, viewer, least_severity=9),
        "lines of the trace": lambda viewer: all_lines(store, viewer, trace_id=A),
    }
    return {
        way: [name for name, viewer in EVERYONE.items() if look(viewer)]
        for way, look in ways.items()
    }


@pytest.mark.parametrize(
    "pieces", [(ROOT, OWNED), (OWNED, ROOT)], ids=["root first", "owner first"]
)
@pytest.mark.parametrize("restarts", [False, True])
def test_a_piece_without_owner_is_not_nobodys_when_another_names_one(
    sqlite_store, pieces, restarts
):
    for piece in pieces:
        sqlite_store.write(piece)
        sqlite_store.turn()
        if restarts:
            sqlite_store.restart()

    assert sqlite_store.state().segments == 2
    assert set(map(tuple, who_sees(sqlite_store).values())) == {("ada", "operator")}
    assert len(all_lines(sqlite_store, ADA)) == 2
    assert len(sqlite_store.trace(ADA, A).spans) == 2
    assert sqlite_store.traces(ADA, TraceQuery(**EVER)).traces[0].span_count == 2


def test_a_trace_is_nobodys_until_the_next_segment_names_its_owner(sqlite_store):
    sqlite_store.write(ROOT)
    assert who_sees(sqlite_store)["lines"] == ["teacher", "operator"]

    sqlite_store.turn()
    sqlite_store.write([spans(child(owner="ada"))])

    assert who_sees(sqlite_store)["lines"] == ["ada", "operator"]
    assert who_sees(sqlite_store)["text"] == ["ada", "operator"]


def test_two_owners_in_two_segments_leave_it_to_the_operator(sqlite_store):
    sqlite_store.write(OWNED)
    sqlite_store.turn()
    sqlite_store.write([spans(span(owner="ben", course="art")), lines(line("by the", trace_id=A))])

    assert set(map(tuple, who_sees(sqlite_store).values())) == {("operator",)}


def test_a_line_without_spans_in_its_segment_is_hers_whose_trace_it_is(sqlite_store):
    sqlite_store.write([spans(span(owner="ada", course="art"))])
    sqlite_store.turn()
    sqlite_store.write([lines(line("by the", trace_id=A))])

    assert set(map(tuple, who_sees(sqlite_store).values())) == {("ada", "operator")}


def test_a_line_before_its_spans_in_another_segment_is_hers_at_last(sqlite_store):
    sqlite_store.write([lines(line("by the", trace_id=A))])
    assert who_sees(sqlite_store)["lines"] == ["operator"]
    sqlite_store.turn()

    sqlite_store.write([spans(span(owner="ada", course="art"))])

    assert set(map(tuple, who_sees(sqlite_store).values())) == {("ada", "operator")}


def test_the_owner_is_known_after_the_segment_that_named_her_is_gone(sqlite_store):
    sqlite_store.write(OWNED)
    sqlite_store.turn()
    sqlite_store.write(ROOT)
    sqlite_store.files[0].unlink()

    assert [one.name for one in sqlite_store.trace(ADA, A).spans] == ["root"]
    assert set(map(tuple, who_sees(sqlite_store).values())) == {("ada", "operator")}


def test_a_trace_of_which_no_span_is_left_is_not_listed(sqlite_store):
    sqlite_store.write(ROOT)
    sqlite_store.turn()
    sqlite_store.write([lines(line("late", trace_id=A))])
    assert all_traces(sqlite_store) == [A]

    sqlite_store.files[0].unlink()

    assert all_traces(sqlite_store) == []
    assert sqlite_store.trace(OPERATOR, A) is None


@pytest.mark.parametrize("restarts", [False, True])
def test_what_another_segment_holds_already_is_not_stored_again(sqlite_store, restarts):
    batch = [spans(span(id="1" * 16), child(id="2" * 16)), lines(line("x"), line("x", trace_id=B))]
    sqlite_store.write(batch)
    sqlite_store.turn()
    if restarts:
        sqlite_store.restart()

    sqlite_store.write(batch)
    sqlite_store.write([spans(child(id="3" * 16))])

    assert len(all_lines(sqlite_store)) == 2
    assert sqlite_store.traces(OPERATOR, TraceQuery(**EVER)).traces[0].span_count == 3
    assert sqlite_store.state().spans.rows == 3


def test_files_are_for_this_user_alone(sqlite_store):
    sqlite_store.write(ROOT)
    sqlite_store.trace(OPERATOR, A)

    folders = [sqlite_store.folder, sqlite_store.folder / "segments"]
    kept = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert any(path.name.endswith("-wal") for path in kept)


def test_a_segment_that_has_ended_leaves_no_log_behind(sqlite_store):
    sqlite_store.write(ROOT)
    sqlite_store.turn()
    sqlite_store.write([spans(span(B))])

    older, newer = sqlite_store.files
    assert not files.side_files(older)[0].exists()
    assert files.side_files(newer)[0].exists()
    assert all_traces(sqlite_store) == [B, A] or all_traces(sqlite_store) == [A, B]


def test_segments_end_by_age(tmp_path):
    store = SqliteStore(tmp_path, keep_days=2)
    for trace in (A, B, C):
        store.write([spans(span(trace))])
        store.note_drops([Drop("logs", "full", 1, store.clock.now_ns, store.clock.now_ns)])
        store.beat(store.clock.now_ns)
        store.turn()
    assert set(all_traces(store)) == {A, B, C}

    assert store.expire(store.clock.now_ns) == 1

    assert set(all_traces(store)) == {B, C}
    assert store.state().segments == 2
    assert store.expire(store.clock.now_ns + 9 * DAY) == 2
    assert (store.state().drops, store.state().up) == ((), ())
    store.close()


def test_segments_end_by_size_oldest_first(tmp_path):
    store = SqliteStore(tmp_path, most_bytes=2_000_000)
    for n in range(60):
        long = {"text": os.urandom(20_000).hex()}
        store.write([spans(span(f"{n:032x}", start=NOON + n, attributes=long))])
    before = store.state()

    gone = store.expire(store.clock.now_ns)

    after = store.state()
    assert before.size_bytes > 2_000_000 >= after.size_bytes > 1_000_000
    assert after.segments == before.segments - gone
    kept = all_traces(store)
    assert kept == [f"{n:032x}" for n in reversed(range(60 - len(kept), 60))]
    store.close()


def test_side_files_that_a_reader_left_are_swept(sqlite_store):
    sqlite_store.write(ROOT)
    stray = sqlite_store.folder / "segments" / "00000000-20000101.sqlite3-shm"
    stray.touch()

    sqlite_store.expire(NOON)

    assert not stray.exists()
    assert all_traces(sqlite_store) == [A]


def test_a_reader_lets_go_of_a_segment_that_was_unlinked(sqlite_store):
    sqlite_store.write(ROOT)
    sqlite_store.turn()
    sqlite_store.write([spans(span(B))])
    all_traces(sqlite_store)
    sqlite_store.files[0].unlink()

    assert all_traces(sqlite_store) == [B]

    sqlite_store.expire(sqlite_store.clock.now_ns)  # the writer looks back too
    assert not [name for name in open_files() if "sqlite3 (deleted)" in name]


def open_files():
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(path.readlink())


def test_a_batch_that_breaks_is_not_half_stored(sqlite_store):
    with pytest.raises(ValueError, match="hexadecimal"):
        sqlite_store.write([spans(span(B)), lines(line(trace_id="no id"))])

    sqlite_store.write(ROOT)
    assert all_traces(sqlite_store) == [A]


def test_there_is_one_writer(sqlite_store):
    with pytest.raises(StoreUnavailable, match="another process"):
        sqlite_store.opened()

    sqlite_store.restart()
    sqlite_store.write(ROOT)


def test_a_search_out_of_time_says_how_far_it_came_and_can_go_on(sqlite_store):
    sqlite_store.write([lines(*(line(f"{n} x", time=NOON + n) for n in range(2000)))])
    reader = SqliteReader(sqlite_store.folder, budget_s=0.004)

    found, before, cuts = [], "", 0
    for _ in range(3000):
        page = reader.logs(OPERATOR, LogQuery(**EVER, text=" x", limit=500, before=before))
        found += page.lines
        before = page.next
        cuts += page.searched_to_ns > 0
        if page.searched_to_ns:
            assert all(one.time_ns >= page.searched_to_ns for one in page.lines)
        if not before:
            break

    assert cuts
    assert [one.time_ns - NOON for one in found] == list(reversed(range(2000)))


def test_reading_goes_on_while_another_thread_writes(sqlite_store):
    sqlite_store.write(ROOT)
    failures = []
    stop = threading.Event()

    def read():
        try:
            while not stop.is_set():
                found = all_lines(sqlite_store, TEACHER, text="by")
                assert found
                assert sqlite_store.trace(OPERATOR, A)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for n in range(40):
        sqlite_store.write(
            [spans(span(B, start=NOON + n)), lines(line("by", time=NOON + n * SECOND))]
        )
        if n % 10 == 9:
            sqlite_store.turn()
            sqlite_store.expire(NOON)
    stop.set()
    for reader in readers:
        reader.join()

    assert failures == []
    assert len(all_lines(sqlite_store)) == 41
