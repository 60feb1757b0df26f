"""What damage and a full disk cost: the part that is hurt, and no more."""

import logging
import os
import sqlite3

import pytest

from lms.observatory.store.base import StoreUnavailable, TraceQuery
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.store.tests.making import (
    DAY,
    EVER,
    NOON,
    OPERATOR,
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

ROOT = [spans(span(name="root")), lines(line("by the root", trace_id=A))]


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.write_bytes(b"nonsense" * 1000),
     lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
     lambda path: path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size)),
     lambda path: path.write_bytes(b"")],
    ids=["nonsense", "half", "noise", "empty"],
)  # fmt: skip
def test_a_damaged_segment_is_left_out_and_told(sqlite_store, damage, caplog):
    sqlite_store.write([spans(span(A)), lines(line("kept"))])
    sqlite_store.turn()
    sqlite_store.write([spans(span(B)), lines(line("lost", time=NOON + 1))])
    sqlite_store.turn()
    sqlite_store.write([spans(span(C, start=NOON + 1)), lines(line("kept too", time=NOON + 2))])

    with caplog.at_level(logging.WARNING):
        damage(sqlite_store.files[1])
        reader = SqliteReader(sqlite_store.folder)

        assert all_traces(reader) == [C, A]
        assert reader.trace(OPERATOR, A)
        assert [one.body for one in all_lines(reader)] == ["kept too", "kept"]
        assert [one.body for one in all_lines(reader, text="kept")] == ["kept too", "kept"]
        assert reader.state().spans.rows == 2
    assert "segment.skipped" in caplog.text


def test_the_writer_goes_on_past_damaged_segments(sqlite_store):
    sqlite_store.write([spans(span(A))])
    sqlite_store.turn()
    sqlite_store.write([spans(span(B))])
    sqlite_store.keeper.close()
    for path in sqlite_store.files:
        path.write_bytes(b"nonsense" * 1000)

    sqlite_store.keeper = sqlite_store.opened()
    sqlite_store.write([spans(span(C), child(A)), lines(line())])

    assert set(all_traces(sqlite_store)) == {A, C}
    assert sqlite_store.expire(sqlite_store.clock.now_ns + 99 * DAY) == 3


def test_a_row_with_changed_bytes_is_left_out(sqlite_store):
    sqlite_store.write([spans(span(A), child(A, status_message="m")), lines(line("x"), line("y"))])
    connection = sqlite3.connect(sqlite_store.files[0])
    connection.execute("UPDATE span SET more = x'00' WHERE more IS NOT NULL")
    connection.execute("UPDATE line SET said = x'5b' WHERE id = 1")
    connection.commit()
    connection.close()

    assert len(sqlite_store.trace(OPERATOR, A).spans) == 1
    assert [one.body for one in all_lines(sqlite_store)] == ["y"]


@pytest.mark.parametrize("table", ["word", "fact", "operation"])
def test_a_segment_that_lost_what_its_rows_refer_to_is_left_out(sqlite_store, table):
    sqlite_store.write([spans(span(A, owner="ada", attributes={"a": 1})), lines(line("lost"))])
    sqlite_store.turn()
    sqlite_store.write([spans(span(B)), lines(line("kept"))])
    connection = sqlite3.connect(sqlite_store.files[0])
    connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()
    reader = SqliteReader(sqlite_store.folder)

    assert reader.trace(OPERATOR, A) is None
    assert [one.body for one in all_lines(reader)][:1] == ["kept"]
    assert reader.trace(OPERATOR, B)


def test_a_damaged_diary_keeps_nothing_from_being_stored(sqlite_store):
    sqlite_store.beat(NOON)
    sqlite_store.keeper.close()
    (sqlite_store.folder / "state.sqlite3").write_bytes(b"nonsense" * 1000)
    assert sqlite_store.state().up == ()

    sqlite_store.keeper = sqlite_store.opened()
    sqlite_store.write(ROOT)
    sqlite_store.beat(NOON + DAY)

    assert sqlite_store.state().up == ((NOON + DAY, NOON + DAY),)


def test_a_full_disk_is_told_and_loses_nothing_stored(sqlite_store):
    sqlite_store.write(ROOT)
    connection = sqlite_store.keeper._active.connection
    [(pages,)] = connection.execute("PRAGMA page_count")
    connection.execute(f"PRAGMA max_page_count = {pages}")
    much = [spans(*(span(B, attributes={"n": "x" * 900 + str(n)}) for n in range(500))),
            lines(*(line(f"lost {n}") for n in range(500)))]  # fmt: skip

    with pytest.raises(StoreUnavailable, match="full"):
        sqlite_store.write(much)

    assert all_traces(sqlite_store) == [A]
    assert len(all_lines(sqlite_store)) == 1
    connection.execute("PRAGMA max_page_count = 1000000")
    sqlite_store.write(much)
    assert sqlite_store.traces(OPERATOR, TraceQuery(**EVER)).traces[0].span_count in {1, 500}
    assert len(sqlite_store.trace(OPERATOR, B).spans) == 500
    assert sqlite_store.state().logs.rows == 501
