"""Metrics in the segments of the site's store: turns, restarts, damage, retention, state."""

import sqlite3
import threading
from contextlib import closing, suppress

import pytest

from lms.observatory.records import Drop
from lms.observatory.samples import STALE, Exemplar, Minute
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.metric_base import Limits
from lms.observatory.store.sqlite_metrics.writing import SEAL_AT
from lms.observatory.store.tests.making import DAY, NOON, OPERATOR, A, SqliteStore, span, spans
from lms.observatory.store.tests.metric_scrapes import (
    STEP_MS,
    TARGET,
    TENANT,
    named,
    rows,
    scrape,
    series,
)

NOON_MS = NOON // 1_000_000
DAY_MS = DAY // 1_000_000
UP = series("up")
ROUTE = series("requests_total", route="a")
ASKED = {"t0_ms": NOON_MS, "t1_ms": NOON_MS + 60_000}


def selected(store, name="requests_total"):
    return [values for _, values in rows(store.metrics.select(TENANT, named(name), 0, 2**53))]


def fill(store, *values, since_ms=NOON_MS):
    for at, value in enumerate(values):
        store.append(scrape(since_ms + at * STEP_MS, {UP: 1, ROUTE: value}))


def in_file(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_the_state_tells_samples_and_their_times(store):
    store.append(scrape(NOON_MS, {UP: 1, ROUTE: 1}))
    store.append(scrape(NOON_MS + STEP_MS, {UP: 0, ROUTE: STALE}))
    store.append(scrape(NOON_MS, {UP: 1}))  # too old, and so no row

    state = store.state().metrics

    assert (state.rows, state.oldest_ns) == (4, NOON)
    assert state.newest_ns == NOON + STEP_MS * 1_000_000


def test_an_empty_store_has_no_samples(store):
    assert (store.state().metrics.rows, store.state().metrics.oldest_ns) == (0, 0)


def test_drops_of_metrics_are_told_as_such(store):
    store.note_drops([Drop("metrics", "target_limit", 7, NOON, NOON + 1)])

    assert [(one.signal, one.reason, one.count) for one in store.state().drops] == [
        ("metrics", "target_limit", 7)
    ]


def test_series_beyond_the_limit_are_refused_by_the_segment(tmp_path):
    with closing(SqliteStore(tmp_path, limits=Limits(of_target=1))) as store:
        written = store.append(scrape(NOON_MS, {UP: 1, ROUTE: 1}))

    assert (written.samples, written.refused) == (1, {"target_limit": 1})
    assert store.state().metrics.rows == 1


@pytest.mark.parametrize("restarts", [False, True])
def test_a_series_goes_on_in_the_next_segment(sqlite_store, restarts):
    fill(sqlite_store, 1, 2)
    sqlite_store.turn()
    if restarts:
        sqlite_store.restart()
    fill(sqlite_store, 3, since_ms=NOON_MS + DAY_MS)

    [values] = selected(sqlite_store)

    assert sqlite_store.state().segments == 2
    assert values == [(NOON_MS, 1), (NOON_MS + STEP_MS, 2), (NOON_MS + DAY_MS, 3)]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_scrape_told_again_after_the_turn_counts_once(sqlite_store, restarts):
    minutes = [Minute("requests_total", (), NOON_MS, count=1)]
    for _ in range(2):
        sqlite_store.append(scrape(NOON_MS, {ROUTE: 1}, minutes=minutes))
        sqlite_store.turn()
        if restarts:
            sqlite_store.restart()

    [one] = sqlite_store.metrics.minutes(TENANT, "requests_total", **ASKED, step_ms=60_000)
    assert one.count == 1
    assert sqlite_store.state().metrics.rows == 1


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_the_last_scrape_is_known_after_turn_and_restart(sqlite_store, turns, restarts):
    fill(sqlite_store, 1, 2)
    if turns:
        sqlite_store.turn()
    if restarts:
        sqlite_store.restart()

    last = sqlite_store.last_scrape(TENANT, TARGET)

    assert (last.time_ms, dict(last.samples)) == (NOON_MS + STEP_MS, {UP: 1, ROUTE: 2})
    assert sqlite_store.last_scrape(TENANT, "nobody") is None


def test_a_turn_packs_what_the_segment_holds(sqlite_store):
    fill(sqlite_store, *range(SEAL_AT + 2))
    [first] = sqlite_store.files
    assert in_file(first, "SELECT count(*) FROM metric_head") == [(2,)]

    sqlite_store.turn()
    fill(sqlite_store, 1, since_ms=NOON_MS + DAY_MS)

    assert in_file(first, "SELECT count(*) FROM metric_head") == [(0,)]
    assert in_file(first, "SELECT count(*) FROM metric_block") == [(2,)]
    assert len(selected(sqlite_store)[0]) == SEAL_AT + 3


def test_minutes_and_exemplars_of_segments_are_put_together(sqlite_store):
    for duration_ns, trace_id in ((5, "a" * 32), (7, "b" * 32)):
        minutes = [Minute("requests_total", (), NOON_MS, count=2)]
        sqlite_store.append(scrape(NOON_MS + duration_ns, {UP: 1}, minutes=minutes))
        sqlite_store.note_exemplars(
            TENANT, [Exemplar("requests_total", (), NOON_MS, trace_id, duration_ns)]
        )
        sqlite_store.turn()

    [one] = sqlite_store.metrics.minutes(TENANT, "requests_total", **ASKED, step_ms=60_000)
    found = sqlite_store.metrics.exemplars(TENANT, "requests_total", **ASKED)

    assert one.count == 4
    assert [(kept.trace_id[0], kept.duration_ns) for kept in found] == [("b", 7), ("a", 5)]


def test_metrics_go_with_their_segment(sqlite_store):
    fill(sqlite_store, 1)
    sqlite_store.clock.now_ns += 31 * DAY
    fill(sqlite_store, 2, since_ms=NOON_MS + 31 * DAY_MS)

    assert sqlite_store.expire(sqlite_store.clock.now_ns) == 1
    assert selected(sqlite_store) == [[(NOON_MS + 31 * DAY_MS, 2)]]
    assert sqlite_store.state().metrics.rows == 2


def test_a_segment_without_tables_of_metrics_is_read_as_it_is(sqlite_store):
    sqlite_store.write([spans(span())])
    sqlite_store.keeper.close()
    [first] = sqlite_store.files
    tables = in_file(first, "SELECT name FROM sqlite_master WHERE name LIKE 'metric%'"
                            " AND type = 'table'")  # fmt: skip
    for (name,) in tables:
        in_file(first, f"DROP TABLE {name}")
    sqlite_store.turn()
    sqlite_store.keeper = sqlite_store.opened()
    fill(sqlite_store, 1)

    assert len(tables) > 5
    assert selected(sqlite_store) == [[(NOON_MS, 1)]]
    assert sqlite_store.trace(OPERATOR, A) is not None


@pytest.mark.parametrize("damage", ["chunk", "index"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_damaged_segment_is_left_out_and_the_others_are_read(sqlite_store, damage, place):
    for day in range(3):
        fill(sqlite_store, day, since_ms=NOON_MS + day * DAY_MS)
        sqlite_store.turn()
    sqlite_store.restart()
    path = sqlite_store.files[place]
    if damage == "chunk":
        in_file(path, "UPDATE metric_chunk SET data = zeroblob(40)")
    else:
        [(page,)] = in_file(path, "SELECT rootpage FROM sqlite_master WHERE name = 'metric_label'")
        held = bytearray(path.read_bytes())
        held[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
        path.write_bytes(held)

    found = selected(sqlite_store)

    expected = [(NOON_MS + day * DAY_MS, day) for day in range(3) if day != place]
    assert found == [expected]


def test_damaged_samples_end_no_writing(sqlite_store):
    fill(sqlite_store, *range(SEAL_AT - 1))
    in_file(sqlite_store.files[0], "UPDATE metric_head SET sample_values = zeroblob(9)"
                                   f" WHERE time_ms = {NOON_MS}")  # fmt: skip

    with pytest.raises(StoreUnavailable):
        fill(sqlite_store, 1, since_ms=NOON_MS + DAY_MS)
    fill(sqlite_store, 2, since_ms=NOON_MS + DAY_MS)

    assert len(sqlite_store.files) == 2
    assert (NOON_MS + DAY_MS, 2) in selected(sqlite_store)[0]


def test_a_batch_that_fails_takes_no_scrape_with_it(sqlite_store):
    fill(sqlite_store, 1)
    with suppress(ZeroDivisionError), sqlite_store.transaction() as segment:
        segment.append(scrape(NOON_MS + STEP_MS, {UP: 1, ROUTE: 7}))
        raise ZeroDivisionError
    fill(sqlite_store, 2, since_ms=NOON_MS + STEP_MS)

    assert selected(sqlite_store) == [[(NOON_MS, 1), (NOON_MS + STEP_MS, 2)]]
    assert sqlite_store.state().metrics.rows == 4


def test_readers_see_whole_scrapes_while_one_writes(sqlite_store):
    """Each scrape shows one number under all labels, and is counted in the same transaction."""
    many = [series("requests_total", route=str(number)) for number in range(20)]
    done, wrong = threading.Event(), []

    def read():
        while not done.is_set():
            found = selected(sqlite_store)
            if len({tuple(one) for one in found}) > 1:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for at in range(2 * SEAL_AT):
        sqlite_store.append(scrape(NOON_MS + at, dict.fromkeys(many, float(at))))
        if at == SEAL_AT // 2:
            sqlite_store.turn()
    done.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert [len(one) for one in selected(sqlite_store)] == [2 * SEAL_AT] * 20
