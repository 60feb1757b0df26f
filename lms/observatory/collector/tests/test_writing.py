"""The writer: what it answered is committed, and nobody waits for another's mistake."""

import json
import sqlite3
import threading
import time

import pytest

from lms.observatory.collector import limits, writing
from lms.observatory.collector.answering import JSON
from lms.observatory.collector.tests.running import (
    DAY_NS,
    collecting,
    line,
    logs_of,
    span,
    traces_of,
)
from lms.observatory.collector.writing import Sent, Writer
from lms.observatory.records import SITE
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.memory import MemoryStore
from lms.telemetry.tests.fixtures import lines

__all__ = ["lines"]


class Keeper(MemoryStore):
    """A store that can be slow, gone or broken, and remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.transactions = []
        self.fails = []
        self.expired = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def write(self, batches):
        self.go_on.wait(10)
        if self.fails:
            raise self.fails.pop(0)
        self.transactions.append(len(batches))
        super().write(batches)

    def expire(self, now_ns):
        self.expired += 1
        return 0


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def collector(keeper):
    with collecting(keeper) as running:
        yield running


def sent(told, signal="traces"):
    return Sent(SITE, signal, JSON, False, json.dumps(told).encode())


def ask_all(keeper, *requests):
    """Hand all to a writer that begins only then; give the answers' statuses in order."""
    writer = Writer(lambda: keeper, keep_ns=30 * DAY_NS)
    answers = []
    for request in requests:
        writer.put(request, answers.append)
    writer.start()
    assert writer.stop(time.monotonic() + 5)
    return [int(answer.status) for answer in answers]


def test_all_that_waits_is_written_in_one_transaction(keeper):
    requests = [sent(traces_of(span(spanId=f"{n:016x}"))) for n in range(1, 9)]

    assert ask_all(keeper, *requests) == [200] * 8
    assert keeper.transactions == [8]


def test_a_round_does_not_grow_without_end(keeper, monkeypatch):
    monkeypatch.setattr(writing, "_ROUND_RECORDS", 3)
    requests = [sent(traces_of(span(spanId=f"{n:016x}"))) for n in range(1, 9)]

    assert ask_all(keeper, *requests) == [200] * 8
    assert keeper.transactions == [3, 3, 2]


def test_bodies_of_one_round_are_bounded(keeper, monkeypatch):
    monkeypatch.setattr(writing, "_ROUND_BYTES", 1)
    requests = [sent(traces_of(span(spanId=f"{n:016x}"))) for n in range(1, 4)]

    assert ask_all(keeper, *requests) == [200] * 3
    assert keeper.transactions == [1, 1, 1]


def test_one_senders_nonsense_is_no_others_matter(keeper):
    nonsense = Sent(SITE, "traces", JSON, False, b"{")

    assert ask_all(keeper, sent(traces_of(span())), nonsense, sent(logs_of(line()), "logs")) == [
        400, 200, 200,
    ]  # fmt: skip
    assert keeper.transactions == [2]


def test_a_200_means_committed(collector, keeper):
    keeper.go_on.clear()
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(collector.post_json("/v1/traces", traces_of(span())))
    )
    asking.start()
    asking.join(0.2)

    assert answers == []
    keeper.go_on.set()
    asking.join(5)
    assert answers[0][0] == 200


def test_a_store_that_is_gone_asks_to_come_back(collector, keeper, lines):
    keeper.fails = [StoreUnavailable("disk full")]

    status, headers, _body = collector.post(
        "/v1/traces", json.dumps(traces_of(span())).encode(), content_type=JSON
    )

    assert (status, headers["Retry-After"]) == (503, str(limits.UNAVAILABLE_RETRY_S))
    assert collector.post_json("/v1/traces", traces_of(span()))[0] == 200
    assert len(collector.spans()) == 1
    assert [one["event"] for one in lines()] == ["store.lost", "store.recovered"]


def test_a_store_that_cannot_be_opened_is_tried_again(lines):
    store = MemoryStore()
    tries = []

    def opening():
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("not there")
        return store

    with collecting(store, keeper=opening) as collector:
        statuses = [collector.post_json("/v1/traces", traces_of(span()))[0] for _ in range(3)]

    assert statuses[-1] == 200
    assert 503 in statuses
    assert len(store._spans) == 1


def test_a_slow_store_is_not_waited_for_without_end(collector, keeper, monkeypatch):
    monkeypatch.setattr(limits, "ANSWER_WITHIN_S", 0.1)
    keeper.go_on.clear()

    status, headers, _body = collector.post(
        "/v1/traces", json.dumps(traces_of(span())).encode(), content_type=JSON
    )
    still_held = collector.server._held
    keeper.go_on.set()

    assert (status, headers["Retry-After"]) == (503, str(limits.UNAVAILABLE_RETRY_S))
    assert still_held > 0


def test_records_that_no_store_takes_fail_alone(keeper, lines):
    broken = sqlite3.InterfaceError("canary value")
    keeper.fails = [broken, broken]
    requests = [sent(traces_of(span(spanId=f"{n:016x}"))) for n in range(1, 4)]

    assert ask_all(keeper, *requests) == [500, 200, 200]
    told = lines()
    assert [one["event"] for one in told] == ["batch.failed"]
    assert "canary" not in json.dumps(told)


def test_a_decoder_that_fails_is_told_and_ends_nothing(keeper, lines, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("canary value")

    monkeypatch.setattr(writing, "decode", fail)

    assert ask_all(keeper, sent(traces_of(span()))) == [500]
    assert "canary" not in json.dumps(lines())


def test_the_store_hears_that_the_collector_runs_and_what_was_rejected(keeper):
    assert ask_all(keeper, sent(traces_of(span(spanId="")))) == [200]

    state = keeper.state()
    assert len(state.up) == 1
    (drop,) = state.drops
    assert (drop.signal, drop.reason, drop.count) == ("traces", "bad_id", 1)
    assert 0 < drop.since_ns <= drop.until_ns


def test_drops_are_told_once_though_the_store_was_gone(keeper, monkeypatch):
    told = []
    failing = [StoreUnavailable("x")]

    def note(drops):
        if failing:
            raise failing.pop()
        told.extend(drops)

    monkeypatch.setattr(writing, "BEAT_EVERY_S", 0.02)
    keeper.note_drops = note
    with collecting(keeper) as collector:
        collector.post_json("/v1/traces", traces_of(span(spanId="")))
        time.sleep(0.2)

    assert [one.count for one in told] == [1]


def test_expiry_runs_at_the_start_and_then_hourly(keeper, monkeypatch):
    monkeypatch.setattr(writing, "BEAT_EVERY_S", 0.02)
    with collecting(keeper):
        time.sleep(0.15)

    assert keeper.expired == 1


def test_expiry_that_fails_is_tried_again_and_told(keeper, monkeypatch, lines):
    tries = []

    def expire(_now_ns):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError

    monkeypatch.setattr(writing, "BEAT_EVERY_S", 0.02)
    keeper.expire = expire
    with collecting(keeper):
        time.sleep(0.15)

    assert len(tries) == 2
    assert [one["event"] for one in lines()] == ["store.failed"]
