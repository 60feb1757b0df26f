"""The running site is scraped by its own collector: what it counts can be read, killed or not."""

import contextlib
import time
import urllib.request
from pathlib import Path

import pytest

from lms.observatory.promql.evaluating import Grid, rate
from lms.observatory.records import SITE
from lms.observatory.samples import NAME
from lms.observatory.store.matching import Matcher
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.viewing import Viewer
from lms.testing.site import running_site, wait_until

# One site serves the tests of this file, in their order.
pytestmark = pytest.mark.process
REQUESTS, TASKS = "http_server_request_duration_seconds", "celery_task_duration_seconds"
SOON_S = 20
EVER = {"t0_ms": 0, "t1_ms": 2**53 // 60_000 * 60_000}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with running_site(folder, SCRAPE_INTERVAL_S="1") as running:
        yield running


@pytest.fixture(scope="module")
def store(site):
    return SqliteReader(Path(site.environment["WATCHERS_DATA"]) / "telemetry")


def select(store, name, **labels):
    matchers = [Matcher(label, "=", value) for label, value in {NAME: name, **labels}.items()]
    return store.metrics.select(SITE, matchers, 0, 2**53)


def ask(site, count=5):
    for _ in range(count):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{site.address}/sign-in/", timeout=5).close()


def ups(store):
    return {dict(one.labels)["job"]: one.values[-1] for one in select(store, "up")}


def test_all_three_processes_are_up(site, store):
    assert wait_until(
        lambda: ups(store) == {"web": 1, "worker": 1, "collector": 1}, within_s=SOON_S
    )


def test_requests_and_tasks_are_counted(site, store):
    ask(site)

    def counted(name, **labels):
        return sum(one.values[-1] for one in select(store, f"{name}_count", **labels))

    asked = {"job": "web", "route": "sign-in/", "status_class": "2xx"}
    assert wait_until(lambda: counted(REQUESTS, **asked) >= 5, within_s=SOON_S)
    assert wait_until(lambda: counted(TASKS, job="worker") > 0, within_s=SOON_S)
    assert wait_until(lambda: select(store, "collector_records_stored_total"), within_s=SOON_S)


def test_they_are_counted_by_the_minute(site, store):
    def sums():
        rows = store.metrics.minutes(SITE, REQUESTS, **EVER, step_ms=60_000)
        return sum(one.count for one in rows if dict(one.labels)["route"] == "sign-in/")

    # What a target showed at the very first look may have happened at any time before.
    before = sums()
    ask(site, 7)
    assert wait_until(lambda: sums() >= before + 7, within_s=SOON_S)
    time.sleep(2)
    assert sums() == before + 7


def test_an_exemplar_opens_a_stored_trace(site, store):
    ask(site, 1)
    labels = (("route", "sign-in/"),)

    def exemplars():
        return store.metrics.exemplars(SITE, REQUESTS, **EVER, labels=labels)

    assert wait_until(exemplars, within_s=SOON_S)
    trace = store.trace(Viewer(sees_all=True), exemplars()[0].trace_id)
    [root] = [span for span in trace.spans if not span.parent_id]
    assert root.duration_ns == exemplars()[0].duration_ns
    assert root.attributes["http.route"].strip("^$") == "sign-in/"


def test_a_killed_worker_is_down_and_up_again_and_counts_on(site, store):
    site.child("worker").kill()

    def seen():
        [up] = select(store, "up", job="worker")
        return list(up.values)

    assert wait_until(lambda: 0 in seen(), within_s=SOON_S)
    assert wait_until(lambda: seen()[-1] == 1, within_s=SOON_S)
    swept = site.sweeps()
    assert wait_until(lambda: site.sweeps() > swept, within_s=SOON_S)
    time.sleep(2)

    now_ms = time.time_ns() // 1_000_000
    grid = Grid(now_ms - 60_000, now_ms, 1_000)
    found = rate(select(store, f"{TASKS}_count", job="worker"), grid, range_ms=10_000)
    told = [value for one in found for value in one.values if value is not None]
    assert told
    assert min(told) >= 0
    assert max(told) > 0


def test_the_state_tells_samples_without_drops(site, store):
    state = store.state()

    assert state.metrics.rows > 100
    assert state.metrics.oldest_ns < state.metrics.newest_ns
    assert [one for one in state.drops if one.signal == "metrics"] == []


def test_it_stops_in_time_and_begins_where_it_ended(site, store):
    took_s = site.stop()
    [up] = select(store, "up", job="collector")

    assert took_s < 5
    assert '"event": "collector.stopped", "outcome": "drained"' in site.output
    assert set(up.values) == {1}
