"""What every store of samples promises; the same tests over all of them."""

import math
import time
from contextlib import closing

import pytest

from lms.observatory.samples import STALE, is_stale
from lms.observatory.store import metric_memory, prometheus
from lms.observatory.store.matching import BadMatcher, Matcher
from lms.observatory.store.metric_base import TooMuch
from lms.observatory.store.metric_memory import MemoryMetricStore
from lms.observatory.store.prometheus import PrometheusStore
from lms.observatory.store.sqlite_metrics import selecting
from lms.observatory.store.sqlite_metrics.file import MetricFile, MetricFileKeeper
from lms.observatory.store.tests.making import SqliteStore, TurningKeeper
from lms.observatory.store.tests.metric_scrapes import (
    STEP_MS,
    TENANT,
    named,
    rows,
    scrape,
    series,
)

HOUR_MS = 3_600_000
UP = series("up")
A = series("requests_total", route="a")
B = series("requests_total", route="b", status="5xx")
OTHER_JOB = series("requests_total", job="worker", route="a")


class Server:
    """A running Prometheus as store and keeper."""

    def __init__(self, running):
        self.store, self._running = PrometheusStore(running.address), running

    def append(self, one):
        self._running.write([one])


@pytest.fixture(scope="module")
def server(prometheus_server):
    with prometheus_server() as running:
        yield Server(running)


_BEGIN_MS = [int(time.time()) // 60 * 60_000 - 200 * HOUR_MS]


@pytest.fixture(autouse=True)
def later():
    """Begin each test at a later time: the server is the same for all, and forgets nothing."""
    _BEGIN_MS[0] += 2 * HOUR_MS


def begin():
    return _BEGIN_MS[0]


@pytest.fixture(
    params=[
        "memory", "sqlite head", "sqlite sealed", "sqlite", "segment", "segments",
        pytest.param("prometheus", marks=pytest.mark.prometheus),
    ]
)  # fmt: skip
def store_and_keeper(request, tmp_path):
    if request.param == "memory":
        store = MemoryMetricStore()
        yield store, store
        return
    if request.param.startswith("segment"):
        with closing(SqliteStore(tmp_path)) as store:
            yield store.metrics, store if request.param == "segment" else TurningKeeper(store)
        return
    if request.param == "prometheus":
        server = request.getfixturevalue("server")
        yield server.store, server
        return
    seal_at = {"sqlite head": 1_000, "sqlite sealed": 1, "sqlite": 3}[request.param]
    path = tmp_path / "metrics.sqlite3"
    with closing(MetricFileKeeper(path, seal_at=seal_at)) as keeper:
        yield MetricFile(path), keeper


@pytest.fixture
def store(store_and_keeper):
    return store_and_keeper[0]


@pytest.fixture
def keeper(store_and_keeper):
    return store_and_keeper[1]


def fill(keeper, *samples):
    for place, one in enumerate(samples):
        keeper.append(scrape(begin() + place * STEP_MS, one))


def at(*places):
    return [begin() + place * STEP_MS for place in places]


def select(store, *matchers, t0_ms=None, t1_ms=None):
    t0_ms, t1_ms = t0_ms or begin(), t1_ms or begin() + HOUR_MS
    return rows(store.select(TENANT, matchers, t0_ms, t1_ms))


def test_samples_come_back_in_order_bit_for_bit(store, keeper):
    values = [0.0, 1.0, 0.1, -0.0, 1e300, math.inf, 5e-324, 2.0**53 + 2]
    fill(keeper, *({A: value} for value in values))

    [(labels, found)] = select(store, *named("requests_total"))

    assert labels == A
    assert [time for time, _ in found] == at(*range(8))
    assert [value.hex() for _, value in found] == [value.hex() for value in values]


def test_a_number_that_is_none_is_not_an_end(store, keeper):
    fill(keeper, {A: math.nan}, {A: 1.0}, {A: STALE})

    [(_, found)] = select(store, *named("requests_total"))

    ends = [True] if store.keeps_stale_markers else []
    assert [is_stale(value) for _, value in found] == [False, False, *ends]
    assert math.isnan(found[0][1])


def test_series_come_and_go(store, keeper):
    fill(keeper, {A: 1, B: 1}, {A: 2, B: STALE}, {A: 3}, {A: 4}, {B: 1, A: 5}, {A: 6, B: 2})

    found = dict(select(store, *named("requests_total")))

    assert [value for _, value in found[A]] == [1, 2, 3, 4, 5, 6]
    ends = [1] if store.keeps_stale_markers else []
    assert [time for time, _ in found[B]] == at(0, *ends, 4, 5)


def test_a_counter_that_began_anew_is_kept_as_it_was(store, keeper):
    fill(keeper, {A: 10}, {A: 12}, {A: 1}, {A: 2})

    [(_, found)] = select(store, *named("requests_total"))

    assert [value for _, value in found] == [10, 12, 1, 2]


def test_both_ends_of_the_time_are_given(store, keeper):
    fill(keeper, *({A: value} for value in range(10)))

    [(_, found)] = select(store, *named("requests_total"), t0_ms=at(2)[0], t1_ms=at(5)[0])

    assert [value for _, value in found] == [2, 3, 4, 5]


def test_outside_the_time_there_is_no_series(store, keeper):
    fill(keeper, {A: 1}, {A: 2})

    assert select(store, *named("requests_total"), t0_ms=at(9)[0]) == []
    assert select(store, *named("requests_total"), t0_ms=at(0)[0] + 1, t1_ms=at(1)[0] - 1) == []


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        (Matcher("route", "=", "a"), [A, OTHER_JOB]),
        (Matcher("route", "!=", "a"), [B]),
        (Matcher("route", "=~", "a|x"), [A, OTHER_JOB]),
        (Matcher("route", "=~", "a."), []),
        (Matcher("route", "!~", "[ab]"), []),
        (Matcher("status", "=", ""), [A, OTHER_JOB]),
        (Matcher("status", "!=", ""), [B]),
        (Matcher("status", "=~", "5xx|"), [A, B, OTHER_JOB]),
        (Matcher("status", "=~", "5.+"), [B]),
        (Matcher("status", "!~", "5.."), [A, OTHER_JOB]),
        (Matcher("nowhere", "!=", "x"), [A, B, OTHER_JOB]),
        (Matcher("nowhere", "=", "x"), []),
    ],
    ids=str,
)
def test_matchers_mean_what_prometheus_means(store, keeper, matcher, expected):
    fill(keeper, {UP: 1, A: 1, B: 1, OTHER_JOB: 1})

    found = select(store, *named("requests_total", matcher))

    assert [labels for labels, _ in found] == sorted(expected)


def test_the_metric_s_name_is_a_label_like_others(store, keeper):
    fill(keeper, {UP: 1, A: 1})

    found = select(store, Matcher("__name__", "=~", "u.|down"))

    assert [labels for labels, _ in found] == [UP]


@pytest.mark.parametrize(
    "matchers",
    [
        [],
        [Matcher("job", "=~", ".*")],
        [Matcher("job", "!=", "x")],
        [Matcher("job", "=~", "(?=a)")],
    ],
    ids=["none", "anything", "not one", "no pattern"],
)
def test_what_asks_for_all_or_for_nonsense_is_refused(store, matchers):
    with pytest.raises(BadMatcher):
        select(store, *matchers)


def test_a_tenant_sees_its_own_alone(store, keeper):
    fill(keeper, {A: 1})

    assert store.select("lab-1", named("requests_total"), begin(), begin() + 1) == []
    assert store.label_names("lab-1", begin(), begin() + 1) == []
    assert store.label_values("lab-1", "route", begin(), begin() + 1) == []


def test_labels_and_their_values_are_listed(store, keeper):
    fill(keeper, {UP: 1, A: 1, B: 1})

    names = store.label_names(TENANT, begin(), begin() + 60_000)

    assert names == ["__name__", "instance", "job", "route", "status"]
    assert store.label_values(TENANT, "route", begin(), begin() + 60_000) == ["a", "b"]
    assert store.label_values(TENANT, "nowhere", begin(), begin() + 60_000) == []


@pytest.mark.parametrize(("limit", "tells"), [("MOST_SERIES", "series"), ("MOST_SAMPLES", "time")])
def test_too_much_is_refused_and_told(store, keeper, monkeypatch, limit, tells):
    fill(keeper, {A: 1, B: 1}, {A: 2, B: 2})
    for module in (selecting, metric_memory, prometheus):
        monkeypatch.setattr(module, limit, 1)

    with pytest.raises(TooMuch, match=tells):
        select(store, *named("requests_total"))
