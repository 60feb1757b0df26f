"""Scrapes beside requests: one thread stores both, and neither keeps the other waiting for long."""

import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from lms.observatory.collector import scraping, writing
from lms.observatory.collector.scraping import Scraping, ThroughWriter
from lms.observatory.collector.tests.running import attributes, collecting, span, traces_of
from lms.observatory.records import SITE, Drop
from lms.observatory.samples import NAME, Scrape, labels_of
from lms.observatory.scraping.target import Target
from lms.observatory.scraping.tests.shown import shown
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import Matcher
from lms.observatory.store.memory import MemoryStore
from lms.telemetry.tests.fixtures import lines
from lms.testing.site import wait_until

__all__ = ["lines"]
UP = labels_of({NAME: "up"})


class Keeper(MemoryStore):
    """A store that can be slow, or gone."""

    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails = False
        self.threads = set()

    def append(self, scrape):
        self.threads.add(threading.current_thread().name)
        self._wait()
        return super().append(scrape)

    def last_scrape(self, tenant, target):
        self._wait()
        return super().last_scrape(tenant, target)

    def write(self, batches):
        self.threads.add(threading.current_thread().name)
        self._wait()
        super().write(batches)

    def _wait(self):
        self.go_on.wait(20)
        if self.fails:
            raise StoreUnavailable("full")

    def values(self, name):
        found = self.metrics.select(SITE, [Matcher(NAME, "=", name)], 0, 2**53)
        return [list(one.values) for one in found]


@pytest.fixture
def keeper():
    made = Keeper()
    yield made
    made.go_on.set()


@pytest.fixture
def collector(keeper):
    with collecting(keeper) as running:
        yield running
        keeper.go_on.set()


@pytest.fixture
def web():
    with shown("# TYPE requests counter\nrequests_total 1\n") as running:
        yield running


@contextmanager
def scraped(collector, *addresses):
    targets = [Target(f"web{at}", address) for at, address in enumerate(addresses)]
    running = Scraping(collector.writer, targets, interval_s=0.1)
    running.start()
    try:
        yield running
    finally:
        running.stop(time.monotonic() + 5)
        assert not running._thread.is_alive()


def ask(collector, work):
    done = Future()
    collector.writer.do(work, done)
    return done


def post(collector, span_id="eee19b7ec3c1b174"):
    return collector.post_json("/v1/traces", traces_of(span(spanId=span_id)))[0]


def test_targets_are_scraped_and_one_thread_stores_all(collector, keeper, web):
    with scraped(collector, web.address):
        assert wait_until(lambda: len((keeper.values("up") or [[]])[0]) > 2, within_s=5)
        assert post(collector) == 200

    assert keeper.values("requests_total")[0][0] == 1
    assert keeper.threads == {"writer"}


def test_a_target_that_hangs_keeps_no_request_and_no_target_waiting(collector, keeper, web):
    with shown() as hanging:
        hanging.trickles = True
        with scraped(collector, hanging.address, web.address):
            begun = time.monotonic()
            assert post(collector) == 200
            took_s = time.monotonic() - begun
            assert wait_until(lambda: {1.0} in map(set, keeper.values("up")), within_s=5)

    assert took_s < 1


def test_a_slow_store_is_waited_for_once_begun_and_counted_once(collector, keeper, monkeypatch):
    monkeypatch.setattr(scraping, "_BEGUN_WITHIN_S", 0.1)
    keeper.go_on.clear()
    threading.Timer(0.5, keeper.go_on.set).start()

    written = ThroughWriter(collector.writer).append(Scrape(SITE, "web", 1, {UP: 1.0}))

    assert written.samples == 1
    assert keeper.values("up") == [[1]]


def test_what_had_no_turn_in_time_is_given_up_and_never_stored(collector, keeper, monkeypatch):
    monkeypatch.setattr(scraping, "_BEGUN_WITHIN_S", 0.1)
    begun, go_on = threading.Event(), threading.Event()

    def occupy(_keeper):
        begun.set()
        go_on.wait(10)

    ask(collector, occupy)
    begun.wait(5)
    with pytest.raises(StoreUnavailable, match="busy"):
        ThroughWriter(collector.writer).append(Scrape(SITE, "web", 1, {UP: 1.0}))
    go_on.set()
    ask(collector, lambda _: None).result(5)

    assert keeper.values("up") == []


def test_between_two_pieces_of_work_a_round_of_requests_is_written(collector, keeper):
    order, begun, go_on = [], threading.Event(), threading.Event()
    whole = keeper.write
    keeper.write = lambda batches: order.append("requests") or whole(batches)

    def occupy(_keeper):
        begun.set()
        go_on.wait(10)

    ask(collector, occupy)
    begun.wait(5)
    done = [ask(collector, lambda _: order.append("work")) for _ in range(3)]
    asking = threading.Thread(target=post, args=(collector,))
    asking.start()
    wait_until(lambda: collector.writer._queue, within_s=5)
    go_on.set()
    asking.join(5)
    for one in done:
        one.result(5)

    assert order == ["requests", "work", "work", "work"]


def test_a_scrape_waits_for_no_more_than_one_round_of_requests(collector, keeper):
    """Requests without end are written, and the scrape between two rounds."""
    stop = threading.Event()

    def flood(sender):
        number = 0
        while not stop.is_set():
            number += 1
            post(collector, f"{sender + 1:04x}{number:012x}")

    senders = [threading.Thread(target=flood, args=(one,)) for one in range(4)]
    for sender in senders:
        sender.start()
    try:
        waited = []
        for time_ms in range(1, 11):
            begun = time.monotonic()
            ThroughWriter(collector.writer).append(Scrape(SITE, "web", time_ms, {UP: 1.0}))
            waited.append(time.monotonic() - begun)
    finally:
        stop.set()
        for sender in senders:
            sender.join(10)

    assert max(waited) < 2
    assert len(keeper.values("up")[0]) == 10


def test_a_store_that_is_gone_loses_scrapes_and_tells_how_many(
    collector, keeper, web, monkeypatch, lines
):
    monkeypatch.setattr(writing, "BEAT_EVERY_S", 0.05)
    with scraped(collector, web.address):
        assert wait_until(lambda: keeper.values("up"), within_s=5)
        keeper.fails = True
        assert wait_until(lambda: "store.lost" in [one["event"] for one in lines()], within_s=5)
        stored = len(keeper.values("up")[0])
        keeper.fails = False
        assert wait_until(lambda: len(keeper.values("up")[0]) > stored, within_s=5)

    ask(collector, lambda _: None).result(5)
    collector.writer._beat_at = 0.0
    assert wait_until(lambda: keeper.state().drops, within_s=8)
    (drop,) = {(one.signal, one.reason) for one in keeper.state().drops}
    assert drop == ("metrics", "store_unavailable")


def test_scraping_begins_when_the_store_is_there(collector, keeper, web, monkeypatch):
    monkeypatch.setattr(scraping, "_TRIED_AGAIN_S", 0.05)
    keeper.fails = True
    with scraped(collector, web.address):
        time.sleep(0.2)
        keeper.fails = False
        assert wait_until(lambda: keeper.values("up"), within_s=5)


def test_what_nobody_foresaw_is_told_and_scraping_goes_on(
    collector, keeper, web, monkeypatch, lines
):
    monkeypatch.setattr(scraping, "_TRIED_AGAIN_S", 0.05)
    failing = [RuntimeError("canary")]
    whole = scraping.Scraper.run

    def run(self, stop):
        if failing:
            raise failing.pop()
        whole(self, stop)

    monkeypatch.setattr(scraping.Scraper, "run", run)
    with scraped(collector, web.address):
        assert wait_until(lambda: keeper.values("up"), within_s=5)

    told = lines()
    assert "scraper.failed" in [one["event"] for one in told]
    assert "canary" not in str(told)


def test_a_keeper_that_fails_otherwise_ends_neither_thread(collector, keeper, lines):
    def fail(_keeper):
        raise ZeroDivisionError("canary")

    with pytest.raises(StoreUnavailable):
        ask(collector, fail).result(5)

    assert post(collector) == 200
    told = lines()
    assert "store.failed" in [one["event"] for one in told]
    assert "canary" not in str(told)


def test_stopping_waits_for_no_store(collector, keeper, web):
    running = Scraping(collector.writer, [Target("web", web.address)], interval_s=0.1)
    running.start()
    assert wait_until(lambda: keeper.values("up"), within_s=5)
    keeper.go_on.clear()
    time.sleep(0.2)

    begun = time.monotonic()
    running.stop(begun + 0.3)
    took_s = time.monotonic() - begun
    keeper.go_on.set()
    running.stop(time.monotonic() + 5)

    assert took_s < 1
    assert not running._thread.is_alive()


def test_without_targets_nothing_runs(collector):
    running = Scraping(collector.writer, [], interval_s=1)
    running.start()
    running.stop(time.monotonic() + 1)

    assert not running._thread.is_alive()


SERVED = {
    "kind": 2, "name": "GET x/",
    "attributes": [
        *attributes(**{"http.request.method": "GET", "http.route": "x/"}),
        {"key": "http.response.status_code", "value": {"intValue": "200"}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(("sender", "count"), [("site", 1), ("acme", 0)])
@pytest.mark.django_db
def test_the_site_s_slowest_traces_are_noted_and_no_other_s(collector, keeper, sender, count):
    key = {} if sender == "site" else {"key": "canary-key-of-acme-0123456789abcd"}

    status, _ = collector.post_json("/v1/traces", traces_of(span(**SERVED)), **key)

    found = keeper.metrics.exemplars(
        SITE, "http_server_request_duration_seconds", t0_ms=0, t1_ms=2**53
    )
    assert status == 200
    assert [one.trace_id for one in found] == [span()["traceId"]] * count


def test_drops_from_any_thread_are_told_once(collector, keeper, monkeypatch):
    for at in range(3):
        collector.writer.note_drops([Drop("metrics", "too_old", 2, 10 - at, 20 + at)])
    collector.writer._beat_at = 0.0
    ask(collector, lambda _: None).result(5)

    assert wait_until(lambda: keeper.state().drops, within_s=5)
    assert keeper.state().drops == (Drop("metrics", "too_old", 6, 8, 22),)
