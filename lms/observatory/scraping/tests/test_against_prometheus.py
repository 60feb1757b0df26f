"""Prometheus, scraping the same target, knows the same series at the same turns."""

import time

import pytest

from lms.observatory.promql.evaluating import Grid, instant
from lms.observatory.samples import NAME
from lms.observatory.scraping.scraper import Scraper
from lms.observatory.scraping.target import Target
from lms.observatory.scraping.tests.shown import OPENMETRICS, TEXT, shown
from lms.observatory.store.matching import Matcher
from lms.observatory.store.metric_memory import MemoryMetricStore
from lms.observatory.store.prometheus import PrometheusStore
from lms.testing.site import wait_until

pytestmark = pytest.mark.prometheus

FIRST = """\
# HELP requests_total Asked.
# TYPE requests_total counter
requests_total{job="mine",route="a"} 1
requests_total{exported_instance="e",instance="i",route="",code="5xx"} 2
# TYPE plain counter
plain 3
# TYPE h_seconds histogram
h_seconds_bucket{le="0.5"} 1
h_seconds_bucket{le="+Inf"} 2
h_seconds_sum 0.75
h_seconds_count 2
"""
LATER = 'requests_total{job="mine",route="a"} 4\n'
EOF_LINE = "# EOF\n"
SELDOM = {"scrape_series_added", "scrape_samples_post_metric_relabeling"}
TAKES_TIME = "scrape_duration_seconds"


@pytest.fixture(scope="module")
def web():
    with shown(FIRST) as running:
        yield running


@pytest.fixture(scope="module")
def theirs(web, prometheus_server):
    with prometheus_server(targets=[web.address.removeprefix("http://")]) as server:
        yield PrometheusStore(server.address)


def known(found, now_ms):
    """Give what is alive; a little time is left for Prometheus to have stored it."""
    rows = instant(found, Grid.at(now_ms))
    return {
        row.labels: row.values[0]
        for row in rows
        if dict(row.labels)[NAME] not in {*SELDOM, TAKES_TIME}
    }


def alive_at_theirs(store):
    """Ask the server itself what is alive: its interface leaves markers of an end out."""
    return {
        tuple(sorted(one["metric"].items())): float(one["value"][1])
        for one in store._post("query", {"query": '{job="web"}'})["result"]
        if one["metric"][NAME] not in {*SELDOM, TAKES_TIME}
    }


def test_its_metadata_is_read(web, theirs):
    assert wait_until(lambda: theirs.metadata("site"), within_s=8)
    assert theirs.metadata("site")["requests_total"].kind == "counter"
    assert theirs.metadata("site")["requests_total"].help == "Asked."
    assert theirs.metadata("another") == {}


def test_prometheus_knows_the_same_series_alive(web, theirs):
    store = MemoryMetricStore()
    ours = Scraper([Target("web", web.address)], store, note_drops=list)
    all_ = [Matcher("job", "=", "web")]

    for body, content_type, status in [
        (FIRST, TEXT, 200),
        (LATER, TEXT, 200),
        (LATER, TEXT, 503),
        ("# TYPE x counter\nx_total 1\n# TYPE y info\ny_info 1\n" + EOF_LINE, OPENMETRICS, 200),
        ("not { an exposition\n", TEXT, 200),
    ]:
        web.body, web.content_type, web.status = body, content_type, status
        now_ms = time.time_ns() // 1_000_000
        ours.scrape_once(now_ms)
        mine = known(store.select("site", all_, now_ms - 300_000, now_ms), now_ms)

        is_so = wait_until(lambda mine=mine: alive_at_theirs(theirs) == mine, within_s=8)

        assert is_so, (mine, alive_at_theirs(theirs))
