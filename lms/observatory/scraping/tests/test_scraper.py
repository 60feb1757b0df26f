"""What a scrape stores, and what it survives."""

import threading
import time

import pytest

from lms.observatory.samples import is_stale
from lms.observatory.scraping import fetching, scraper
from lms.observatory.scraping.fetching import FetchFailed, fetch
from lms.observatory.scraping.scraper import Scraper
from lms.observatory.scraping.target import Target
from lms.observatory.scraping.tests.shown import OPENMETRICS, shown
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import Matcher
from lms.observatory.store.metric_base import Limits
from lms.observatory.store.metric_memory import MemoryMetricStore
from lms.testing.site import wait_until

T0 = 1_764_000_000_000 // 60_000 * 60_000
REQUESTS = "http_server_request_duration_seconds"


@pytest.fixture
def web():
    with shown() as running:
        yield running


class Store(MemoryMetricStore):
    """Gives values by metric and labels that matter; fails while it is told to."""

    fails = False

    def append(self, scrape):
        if self.fails:
            raise StoreUnavailable("full")
        return super().append(scrape)

    def values(self, name, job="web"):
        matchers = [Matcher("__name__", "=", name), Matcher("job", "=", job)]
        return [
            ["end" if is_stale(value) else value for value in one.values]
            for one in self.select("site", matchers, 0, 10**15)
        ]


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def drops():
    return []


@pytest.fixture
def make(store, drops):
    def made(*pages, **more):
        targets = [
            Target(job, shown_by.address)
            for job, shown_by in zip(("web", "worker"), pages, strict=False)
        ]
        return Scraper(targets, store, note_drops=drops.extend, **more)

    return made


def scrape_all(scraper, web, *bodies, begin_ms=T0):
    for at, body in enumerate(bodies):
        web.status, web.body = (200, body) if body is not None else (503, "")
        scraper.scrape_once(begin_ms + at * 15_000)


def test_a_scrape_asks_as_prometheus_does(web, make):
    make(web).scrape_once(T0)

    [(path, headers)] = web.asked
    assert path == "/metrics"
    assert headers["Accept"].startswith("application/openmetrics-text;version=1.0.0,text/plain")


def test_samples_and_reports_are_stored_at_one_time(web, make, store):
    web.body = "a 1\nb 2\n"
    make(web).scrape_once(T0)

    assert store.values("up") == [[1]]
    assert store.values("scrape_samples_scraped") == [[2]]
    assert 0 < store.values("scrape_duration_seconds")[0][0] < 10
    [a] = store.select("site", [Matcher("__name__", "=", "a")], 0, 10**15)
    assert list(a.times) == [T0]
    assert store.metadata("site")["up"].kind == "gauge"


def test_openmetrics_is_read(web, make, store):
    web.body, web.content_type = "# TYPE a counter\na_total 1\n# EOF\n", OPENMETRICS
    make(web).scrape_once(T0)

    assert store.values("a_total") == [[1]]


def test_a_series_that_vanishes_ends_and_may_come_back(web, make, store):
    scrape_all(make(web), web, "a 1\nb 1\n", "a 2\n", "a 3\n", "a 4\nb 5\n")

    assert store.values("b") == [[1, "end", 5]]
    assert store.values("a") == [[1, 2, 3, 4]]


def test_a_failed_scrape_ends_all_series_once(web, make, store):
    scrape_all(make(web), web, "a 1\n", None, None, "a 2\n")

    assert store.values("a") == [[1, "end", 2]]
    assert store.values("up") == [[1, 0, 0, 1]]
    assert store.values("scrape_samples_scraped") == [[1, 0, 0, 1]]


def test_a_target_that_is_starting_is_no_failure(web, make, capfd):
    scrape_all(make(web, patience_s=60), web, None, "a 1\n", None)

    out = capfd.readouterr().out
    assert (out.count("scrape.failed"), out.count("scrape.recovered")) == (1, 0)


def test_a_failure_is_told_once_and_its_end_as_well(web, make, capfd):
    scrape_all(make(web), web, None, None, "a 1\n", "a 1\n")

    out = capfd.readouterr().out
    assert out.count("scrape.failed") == out.count("scrape.recovered") == 1
    assert '"reason": "status"' in out


def test_one_target_s_failure_is_its_own(web, make, store):
    with shown("a 1\n") as other:
        web.trickles = True
        make(web, other, interval_s=1, timeout_s=0.2).scrape_once(T0)

    assert store.values("up", "web") == [[0]]
    assert store.values("a", "worker") == [[1]]


def refused(web, **more):
    with pytest.raises(FetchFailed) as caught:
        fetch(Target("web", web.address), **{"timeout_s": 0.3, **more})
    return caught.value.reason


def test_a_target_that_trickles_is_cut_off_in_time(web):
    web.trickles = True
    began = time.monotonic()

    assert refused(web) == "timed_out"
    assert time.monotonic() - began < 5


def test_too_much_is_not_read_to_its_end(web):
    web.body = "#" * 1000

    assert refused(web, most_bytes=999) == "too_large"
    assert fetching.fetch(Target("web", web.address), timeout_s=5, most_bytes=1000).body


def test_a_redirect_is_not_followed(web):
    with shown("a 1\n") as elsewhere:
        web.status, web.location = 302, f"{elsewhere.address}/metrics"

        assert refused(web) == "status"
        assert elsewhere.asked == []


def test_a_broken_answer_and_a_closed_port_are_failures(web):
    web.body, web.claims_bytes = "a 1\n", 400
    assert refused(web) == "broken"

    with shown() as gone:
        pass
    assert refused(gone) == "refused"


def test_going_on_after_a_restart_ends_what_vanished_meanwhile(web, make, store):
    scrape_all(make(web), web, "a 1\nb 1\n")

    scrape_all(make(web), web, "a 2\n", begin_ms=T0 + 60_000)

    assert store.values("b") == [[1, "end"]]


def test_what_the_store_refuses_is_noted_as_dropped(web, make, store, drops):
    store._limits = Limits(of_target=4)
    scrape_all(make(web), web, "a 1\n", "a 2\nb 1\nc 1\n")

    assert [(drop.signal, drop.reason, drop.count) for drop in drops] == [
        ("metrics", "target_limit", 2)
    ]
    assert store.values("a") == [[1, 2]]


def test_a_store_that_fails_loses_its_scrape_and_no_more(web, make, store, drops):
    running = make(web)
    scrape_all(running, web, counted(a=1), begin_ms=T0)
    store.fails = True
    scrape_all(running, web, counted(a=3), begin_ms=T0 + 15_000)
    store.fails = False
    scrape_all(running, web, counted(a=4), begin_ms=T0 + 30_000)

    assert [(drop.reason, drop.count) for drop in drops] == [("store_unavailable", 4)]
    assert [minute.count for minute in minutes(store, "hand_ins_total")] == [3]


def test_it_runs_until_it_is_stopped_on_a_grid_of_times(web, make, store, monkeypatch):
    monkeypatch.setattr(scraper, "_LATE", 1_000.0)  # however busy this machine is
    web.body = "a 1\n"
    stop = threading.Event()
    thread = threading.Thread(target=make(web, interval_s=0.1, timeout_s=5).run, args=(stop,))
    thread.start()
    ran = wait_until(lambda: len((store.values("a") or [[]])[0]) > 3, within_s=20)
    stop.set()
    thread.join(timeout=5)

    assert ran
    assert not thread.is_alive()
    [a] = store.select("site", [Matcher("__name__", "=", "a")], 0, 10**15)
    assert len({time_ms % 100 for time_ms in a.times}) == 1


def test_a_late_scrape_bears_its_own_time(web, make, store, monkeypatch):
    monkeypatch.setattr(scraper, "_LATE", -1.0)  # as if each were
    web.body = "a 1\n"
    stop = threading.Event()
    running = make(web, interval_s=0.1, timeout_s=5)
    monkeypatch.setattr(running, "_next_ms", lambda _target: 0 if not web.asked else 10**15)
    thread = threading.Thread(target=running.run, args=(stop,))
    began_ms = time.time_ns() // 1_000_000
    thread.start()
    ran = wait_until(lambda: store.values("a") != [], within_s=20)
    stop.set()
    thread.join(timeout=5)

    assert ran
    [a] = store.select("site", [Matcher("__name__", "=", "a")], 0, 10**15)
    assert a.times[0] >= began_ms


def test_targets_have_times_of_their_own(make):
    targets = [Target("web", f"http://127.0.0.1:{port}") for port in range(9000, 9020)]
    running = Scraper(targets, Store(), note_drops=list)

    assert len({running._next_ms(target) % 15_000 for target in targets}) > 15
    assert running._next_ms(targets[0]) % 15_000 == running._next_ms(targets[0]) % 15_000


# --- what is counted by the minute -------------------------------------------


def counted(**routes):
    """Show hand_ins_total by `counted`, which is a label that the site knows."""
    return "".join(
        f'hand_ins_total{{counted="{name}"}} {number}\n' for name, number in routes.items()
    )


def histogram(*, fast, slow, total, route="a"):
    own = f'method="GET",route="{route}",status_class="2xx"'
    return (
        f'{REQUESTS}_bucket{{{own},le="0.1"}} {fast}\n'
        f'{REQUESTS}_bucket{{{own},le="+Inf"}} {fast + slow}\n'
        f"{REQUESTS}_count{{{own}}} {fast + slow}\n{REQUESTS}_sum{{{own}}} {total}\n"
    )


def minutes(store, metric):
    return store.minutes("site", metric, t0_ms=T0 - 600_000, t1_ms=T0 + 10**8, step_ms=60_000)


def test_growth_is_counted_by_the_minute(web, make, store):
    scrape_all(make(web), web, *(counted(a=number) for number in (5, 7, 7, 8, 9, 12)))

    found = [(one.minute_ms - T0, one.count) for one in minutes(store, "hand_ins_total")]

    assert found == [(0, 4), (60_000, 3)]


def test_a_histogram_s_growth_is_counted_by_bucket(web, make, store):
    scrape_all(
        make(web), web, histogram(fast=1, slow=1, total=1.0), histogram(fast=4, slow=2, total=3.5)
    )

    [one] = minutes(store, REQUESTS)

    assert (one.count, one.buckets, one.total) == (4, (3, 1), 2.5)
    assert dict(one.labels) == {"method": "GET", "route": "a", "status_class": "2xx"}


def test_a_counter_that_began_anew_counts_from_nought(web, make, store):
    scrape_all(make(web), web, counted(a=9), counted(a=2))
    scrape_all(
        make(web), web,
        histogram(fast=9, slow=9, total=9.0), histogram(fast=1, slow=10, total=2.0),
        begin_ms=T0 + 600_000,
    )  # fmt: skip

    assert [one.count for one in minutes(store, "hand_ins_total")] == [2]
    assert [(one.buckets, one.total) for one in minutes(store, REQUESTS)] == [((1, 10), 2.0)]


def test_a_series_that_is_new_counts_from_nought(web, make, store):
    """The first failure of a route is a new series: rate() would not see it."""
    scrape_all(make(web), web, counted(a=1), counted(a=1, b=1))

    found = [(dict(one.labels), one.count) for one in minutes(store, "hand_ins_total")]

    assert found == [({"counted": "b"}, 1)]


def test_a_target_s_first_scrape_counts_nothing(web, make, store):
    scrape_all(make(web), web, counted(a=1_000_000))

    assert minutes(store, "hand_ins_total") == []


def test_a_failed_scrape_between_loses_nothing(web, make, store):
    scrape_all(make(web), web, counted(a=1), None, counted(a=5))

    assert [one.count for one in minutes(store, "hand_ins_total")] == [4]


def test_after_a_restart_counting_goes_on_where_it_is_sure(web, make, store):
    scrape_all(make(web), web, counted(a=1))

    scrape_all(make(web), web, counted(a=3, b=9), begin_ms=T0 + 15_000)
    found = [(dict(one.labels), one.count) for one in minutes(store, "hand_ins_total")]
    assert found == [({"counted": "a"}, 2)]


def test_after_a_restart_that_found_the_target_down_counting_begins_anew(web, make, store):
    scrape_all(make(web), web, counted(a=1), None)

    scrape_all(make(web), web, counted(a=50), counted(a=51), begin_ms=T0 + 30_000)

    assert [one.count for one in minutes(store, "hand_ins_total")] == [1]


def test_growth_over_a_minute_s_edge_is_shared_out_in_whole_events(web, make, store):
    running = make(web)
    scrape_all(running, web, counted(a=0), begin_ms=T0 + 30_000)
    scrape_all(running, web, counted(a=10), begin_ms=T0 + 105_000)

    found = [(one.minute_ms - T0, one.count) for one in minutes(store, "hand_ins_total")]

    assert found == [(0, 4), (60_000, 6)]


def test_growth_while_nobody_looked_stands_as_one_row(web, make, store):
    running = make(web)
    scrape_all(running, web, histogram(fast=0, slow=0, total=0), begin_ms=T0)
    scrape_all(running, web, histogram(fast=7, slow=1, total=2), begin_ms=T0 + 20 * 60_000 + 5)

    [one] = minutes(store, REQUESTS)

    assert (one.minute_ms, one.minutes, one.count, one.buckets) == (T0, 21, 8, (7, 1))


def test_what_is_not_among_the_counted_is_left_to_the_samples(web, make, store):
    scrape_all(make(web), web, "other_total 1\n", "other_total 2\n")

    assert minutes(store, "other_total") == []
    assert store.values("other_total") == [[1, 2]]
