"""The page of the store's own state."""

import time
from unittest import mock

import pytest

from lms.observatory.records import Drop
from lms.observatory.store import metric_memory
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.tests.measuring import MINUTE_MS, a_day, counted, keep
from lms.observatory.tests.story import MS
from lms.observatory.views.tests.reading_pages import words


@pytest.fixture
def state(client, people):
    def _state(role="operator"):
        client.force_login(people[role])
        body = client.get("/observe/store/").content.decode()
        return (
            words(body).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
        )

    return _state


def test_an_empty_store_says_that_nothing_is_recorded(state):
    text = state()

    assert "No collector has run on this store yet" in text
    assert "spans 0 none none" in text
    assert "The collector dropped nothing that it knows of." in text


def test_each_signal_has_its_rows_and_what_is_taken_in(state, keep, measured, telemetry):
    keep()
    a_day(measured, telemetry, time.time_ns() // MS, minutes=30)

    text = state()

    assert "spans 16 " in text
    assert "log lines 4 " in text
    assert f"samples of metrics {measured.state().rows} " in text
    assert measured.state().rows > 0
    assert "2.7/s 800 " in text
    assert "85.3/s 26 880" in text
    assert "Series shown now 1 280" in text
    assert "The collector runs." in text


def test_losses_are_listed_with_their_reason(state, telemetry, measured):
    now_ns = time.time_ns()
    telemetry.note_drops([
        Drop("metrics", "target_limit", 1200, now_ns - 1000, now_ns),
        Drop("traces", "sideways", 3, now_ns - 1000, now_ns),
    ])  # fmt: skip
    minute_ms = now_ns // MS // MINUTE_MS * MINUTE_MS
    keep_ = counted("telemetry_dropped_total", minute_ms, 9, signal="logs", reason="queue_full")
    keep(measured, minute_ms, keep_)

    text = state()

    assert "more different series than are taken of one target_limit 1 200" in text
    assert "Samples refused by that 1 200" in text
    assert "traces sideways 3" in text
    assert "logs: 9 made and not sent in the last 24 hours, more came than could be sent" in text


def test_settings_of_retention_are_shown(state, settings):
    settings.TELEMETRY_KEEP_DAYS, settings.TELEMETRY_MOST_BYTES = 12, 2_000_000_000

    text = state()

    assert "Kept for 12 days" in text
    assert "At most 2 GB" in text


def test_metrics_that_cannot_be_read_leave_dashes_and_the_reason(state):
    trouble = StoreUnavailable("no route to the server")
    with mock.patch.object(metric_memory.shared(), "select", side_effect=trouble):
        text = state()

    assert "no route to the server" in text
    assert "Series shown now \N{EN DASH}" in text
