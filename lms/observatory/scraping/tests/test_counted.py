"""What is counted by the minute is what the site declares, and fits into a row."""

import django_prometheus.db.metrics as database
import pytest
from prometheus_client import Counter, Histogram

from lms.observatory.scraping.counting import COUNTERS, HISTOGRAMS
from lms.observatory.store.sqlite_metrics.schema import MOST_BUCKETS
from lms.telemetry import metrics

DECLARED = [
    one
    for module in (metrics, database)
    for one in vars(module).values()
    if isinstance(one, Counter | Histogram)
]
BY_NAME = {f"{one._name}_total" if isinstance(one, Counter) else one._name: one for one in DECLARED}


@pytest.mark.parametrize("name", sorted(COUNTERS))
def test_each_counter_is_declared(name):
    assert isinstance(BY_NAME[name], Counter)


@pytest.mark.parametrize("name", sorted(HISTOGRAMS))
def test_each_histogram_is_declared_and_has_room_for_its_buckets(name):
    assert isinstance(BY_NAME[name], Histogram)
    assert len(BY_NAME[name]._kwargs["buckets"]) < MOST_BUCKETS
