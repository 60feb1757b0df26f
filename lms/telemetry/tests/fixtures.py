"""What tests of telemetry share: the spans that were made, the lines that were written."""

import json
from contextlib import contextmanager

import pytest
from celery.contrib.testing.worker import start_worker
from django.contrib.auth import get_user_model
from django.test import Client

from lms.celery import app as site_app
from lms.telemetry import setup
from lms.telemetry.setup import RELAY
from lms.telemetry.tests.collector import Collector


@contextmanager
def working(app):
    """Run a worker of a test's own application in a thread.

    Celery makes that application the process's current one, and shared tasks are then its tasks:
    the site's is put back in its place.
    """
    try:
        with start_worker(app, perform_ping_check=False, shutdown_timeout=20):
            yield
    finally:
        site_app.set_current()
        site_app.set_default()


@pytest.fixture
def spans(monkeypatch):
    """Give a function that gives the spans ended so far, oldest first."""
    ended = []
    monkeypatch.setattr(RELAY, "receive", ended.append)
    return lambda: list(ended)


@pytest.fixture
def lines(capfd):
    """Give a function that gives the JSON lines written since the last call."""

    def read():
        out, _err = capfd.readouterr()
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    return read


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


@pytest.fixture
def exporting(settings, collector):
    """Export to the collector for the time of a test."""
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
    setup.start("web")
    yield collector
    setup.stop()


@pytest.fixture
def site(settings, db):
    """Give a client of the test addresses that gets a 500 page instead of the exception."""
    settings.ROOT_URLCONF = "lms.telemetry.tests.addresses"
    return Client(raise_request_exception=False)


@pytest.fixture
def person(db):
    return get_user_model().objects.create_user("canary-user-name", "canary@mail.example", "x")
