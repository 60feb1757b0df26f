"""Scrapes as the tests need them, and the stores that take them."""

from dataclasses import replace

from lms.observatory.samples import NAME, Labels, Scrape, labels_of
from lms.observatory.store.matching import Matcher

TENANT = "site"
TARGET = "web 127.0.0.1:9000"
# A whole minute; of the present, because Prometheus takes nothing much older than its newest.
STEP_MS = 15_000


def series(name: str, **labels: str) -> Labels:
    return labels_of({NAME: name, "job": "web", "instance": "127.0.0.1:9000", **labels})


def scrape(time_ms: int, samples: dict[Labels, float], **more) -> Scrape:
    return replace(Scrape(TENANT, TARGET, time_ms, samples), **more)


def named(name: str, *more: Matcher) -> list[Matcher]:
    return [Matcher(NAME, "=", name), *more]


def rows(found):
    """Give selected series as plain lists, to compare."""
    return [(one.labels, list(zip(one.times, one.values, strict=True))) for one in found]
