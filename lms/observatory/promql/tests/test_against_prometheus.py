"""Our functions over our store say what Prometheus says of the same scrapes.

Debian's 2.42 closes its windows on the left and Prometheus 3 does not, so no moment lies where a
sample's time would fall on a window's edge. Where 2.42 and 3 differ in how far a rate is drawn out
over the window's beginning, `is_drawn_out_otherwise` finds it, and only there no value is compared.
"""

import http.client
import json
import math
import random
import time
from contextlib import closing
from itertools import pairwise
from urllib.parse import urlencode, urlsplit

import pytest

from lms.observatory.promql.evaluating import (
    Grid,
    histogram_quantile,
    increase,
    instant,
    rate,
    ratio,
    sum_by,
)
from lms.observatory.samples import STALE, is_stale
from lms.observatory.store.matching import Matcher
from lms.observatory.store.sqlite_metrics.file import MetricFile, MetricFileKeeper
from lms.observatory.store.tests.metric_scrapes import TENANT, named, scrape, series

pytestmark = pytest.mark.prometheus

SCRAPES = 200
INTERVAL_MS = 15_000
# On a multiple of the interval, so that times fall on the grid of 15 s, and the moments beside it.
BEGIN_MS = (int(time.time()) // 60 - 60) * 60_000
GRID = Grid(BEGIN_MS + 4_321, BEGIN_MS + SCRAPES * INTERVAL_MS + 400_000, 7_000)
BOUNDS = ("0.1", "0.5", "1.0", "+Inf")
RANGES_MS = {"40s": 40_000, "1m": 60_000, "5m": 300_000, "20m": 1_200_000}


def scrapes(seed):
    """Counters that begin, end, fall back and are missing; a histogram; jitter; lost scrapes."""
    chance = random.Random(seed)
    counters = {series("requests_total", route=str(at), status=f"{2 + at % 2 * 3}xx"): [
        chance.choice([0, 0, chance.randrange(10_000)]),  # value at first
        chance.randrange(SCRAPES) if at > 5 else 0,  # begins
        chance.choice([SCRAPES, chance.randrange(SCRAPES)]),  # ends
        chance.choice([0, 0.1, 3, 1000]),  # growth
    ] for at in range(24)}  # fmt: skip
    histogram = dict.fromkeys(BOUNDS, 0)
    before = set()
    for at in range(SCRAPES):
        if chance.random() < 0.05:
            continue  # nobody looked
        if at == 120 or chance.random() < 0.02:
            histogram = dict.fromkeys(BOUNDS, 0)
            for state in counters.values():
                state[0] = 0
        now = {series("up"): 1.0}
        for labels, state in counters.items():
            state[0] += round(chance.random() * 2 * state[3])
            if state[1] <= at < state[2] and chance.random() > 0.01:
                now[labels] = float(state[0])
        for _ in range(chance.randrange(8)):
            seconds = chance.expovariate(2)
            for bound in BOUNDS:
                histogram[bound] += seconds <= float(bound)
        now |= {series("wait_seconds_bucket", le=le): float(n) for le, n in histogram.items()}
        if chance.random() < 0.04:
            now = {series("up"): 0.0}  # the target did not answer
        ended = dict.fromkeys(before - set(now), STALE)
        before = set(now)
        jitter_ms = chance.choice([0, 0, 0, 3, 250])
        yield scrape(BEGIN_MS + at * INTERVAL_MS + jitter_ms, now | ended)


class Both:
    def __init__(self, store, server):
        self.store, self._server = store, urlsplit(server.address)

    def select(self, *matchers, back_ms=1_200_000):
        return self.store.select(TENANT, matchers, GRID.since_ms(back_ms), GRID.end_ms)

    def theirs(self, query):
        asked = {
            "query": query, "start": GRID.start_ms / 1000, "end": GRID.end_ms / 1000,
            "step": GRID.step_ms / 1000,
        }  # fmt: skip
        connection = http.client.HTTPConnection(self._server.netloc, timeout=20)
        with closing(connection):
            connection.request("GET", f"/api/v1/query_range?{urlencode(asked)}")
            answer = json.loads(connection.getresponse().read())
        assert answer["status"] == "success", answer
        return {
            tuple(sorted(one["metric"].items())): {
                round(time_s * 1000): float(value) for time_s, value in one["values"]
            }
            for one in answer["data"]["result"]
        }


@pytest.fixture(scope="module", params=[1, 2])
def both(request, tmp_path_factory, prometheus_server):
    path = tmp_path_factory.mktemp("metrics") / "metrics.sqlite3"
    told = list(scrapes(request.param))
    with closing(MetricFileKeeper(path, seal_at=30)) as keeper:
        for one in told:
            keeper.append(one)
    with prometheus_server() as server:
        server.write(told)
        yield Both(MetricFile(path), server)


def ours(rows):
    return {
        row.labels: {
            now: value for now, value in zip(GRID, row.values, strict=True) if value is not None
        }
        for row in rows
    }


def same(mine, theirs):
    return (math.isnan(mine) and math.isnan(theirs)) or math.isclose(
        mine, theirs, rel_tol=1e-9, abs_tol=1e-9
    )


def assert_same(mine, theirs, *, besides=frozenset()):
    assert set(mine) == set(theirs)
    compared = 0
    for labels, values in theirs.items():
        assert set(mine[labels]) == set(values), labels
        for now, value in values.items():
            if (labels, now) not in besides:
                assert same(mine[labels][now], value), (labels, now, mine[labels][now], value)
                compared += 1
    return compared


def drawn_out_otherwise(found, range_ms):
    """Give labels and moments at which 2.42 goes further back than 3 does; and their share."""
    places, all_ = set(), 0
    for one in found:
        kept = [(t, v) for t, v in zip(one.times, one.values, strict=True) if not is_stale(v)]
        for now in GRID:
            inside = [(t, v) for t, v in kept if now - range_ms < t <= now]
            if len(inside) < 2:
                continue
            all_ += 1
            grown = sum(b - a if b >= a else b for (_, a), (_, b) in pairwise(inside))
            sampled = inside[-1][0] - inside[0][0]
            mean = sampled / (len(inside) - 1)
            to_start = inside[0][0] - (now - range_ms)
            to_zero = sampled * inside[0][1] / grown if grown > 0 else math.inf
            if to_start >= 1.1 * mean and mean / 2 < to_zero < 1.1 * mean:
                places.add((tuple(pair for pair in one.labels if pair[0] != "__name__"), now))
    return places, all_


@pytest.mark.parametrize("text", RANGES_MS)
@pytest.mark.parametrize("function", [rate, increase], ids=lambda function: function.__name__)
def test_rates_and_increases_are_the_same(both, function, text):
    found = both.select(*named("requests_total"))
    besides, all_ = drawn_out_otherwise(found, RANGES_MS[text])

    mine = ours(function(found, GRID, range_ms=RANGES_MS[text]))
    theirs = both.theirs(f"{function.__name__}(requests_total[{text}])")

    compared = assert_same(mine, theirs, besides=besides)
    assert len(besides) < all_ * 0.05
    assert compared > 2_000


def test_the_newest_values_and_their_ends_are_the_same(both):
    mine = ours(instant(both.select(*named("requests_total")), GRID))

    assert assert_same(mine, both.theirs("requests_total")) > 2_000


def test_sums_and_error_ratios_are_the_same(both):
    found = both.select(*named("requests_total"))
    failed = both.select(*named("requests_total", Matcher("status", "=~", "5..")))
    besides = drawn_out_otherwise(found, 300_000)[0]
    moments = {((), now) for _, now in besides}

    mine = ratio(
        sum_by(rate(failed, GRID, range_ms=300_000), ()),
        sum_by(rate(found, GRID, range_ms=300_000), ()),
    )
    theirs = both.theirs(
        'sum(rate(requests_total{status=~"5.."}[5m])) / sum(rate(requests_total[5m]))'
    )

    assert assert_same(ours(mine), theirs, besides=moments) > 100


@pytest.mark.parametrize("quantile", [0, 0.5, 0.95, 0.99, 1, 2])
def test_quantiles_are_the_same(both, quantile):
    found = both.select(*named("wait_seconds_bucket"))
    moments = {((), now) for _, now in drawn_out_otherwise(found, 300_000)[0]}

    mine = histogram_quantile(quantile, sum_by(rate(found, GRID, range_ms=300_000), ("le",)))
    theirs = both.theirs(
        f"histogram_quantile({quantile}, sum by (le) (rate(wait_seconds_bucket[5m])))"
    )

    assert assert_same(ours(mine), theirs, besides=moments) > 100
