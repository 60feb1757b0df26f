"""The page behind a number: a metric's series."""

import time
from unittest import mock

import pytest

from lms.observatory.store import metric_memory
from lms.observatory.store.metric_base import TooMuch
from lms.observatory.tests.measuring import COURSE, HAND_IN, MINUTE_MS, SAID, a_day, keep, requests
from lms.observatory.tests.story import MS
from lms.observatory.views.tests.reading_pages import words

NAME = "http_server_request_duration_seconds"


@pytest.fixture
def minute_ms():
    return time.time_ns() // MS // MINUTE_MS * MINUTE_MS


@pytest.fixture
def see(client, people):
    def _see(path, role="operator"):
        client.force_login(people[role])
        return client.get(f"/observe/metrics/{path}")

    return _see


def test_a_histogram_is_shown_step_by_step_and_by_label_set(see, measured, minute_ms):
    keep(
        measured,
        minute_ms,
        requests(minute_ms, count=7),
        requests(minute_ms, count=5, route=HAND_IN),
    )

    text = words(see(f"{NAME}/?range=30m").content.decode())

    assert "12 in all" in text
    assert "20 ms 17.5 ms 24.2 ms" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "status_class=&quot;2xx&quot; 7" in text


def test_labels_of_the_address_narrow_it(see, measured, minute_ms):
    keep(
        measured,
        minute_ms,
        requests(minute_ms, count=7),
        requests(minute_ms, count=5, route=HAND_IN),
    )

    text = words(see(f"{NAME}/?route={COURSE}&range=30m").content.decode())

    assert "7 in all" in text
    assert "12" not in text.split("Series")[1]


def test_a_gauge_is_drawn_from_its_samples(see, measured, telemetry):
    a_day(measured, telemetry, time.time_ns() // MS, minutes=30)

    text = words(see("grading_oldest_due_job_age_seconds/?range=30m").content.decode())

    assert "Age of the oldest job that is due. (gauge)" in text
    assert "At most 20.0 s" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_counter_is_drawn_as_its_rate(see, measured):
    now_ms = time.time_ns() // MS
    for back in range(40, -1, -1):
        value = 1000.0 - 30 * back
        keep(measured, now_ms - back * 15_000, metadata=SAID,
             samples=[("collector_records_stored_total", value, {"signal": "logs"})])  # fmt: skip

    text = words(see("collector_records_stored_total/?range=30m").content.decode())

    assert "rate() of each series over 5 minutes" in text
    assert "now 2/s" in text


def test_what_the_board_leads_to_is_there_before_anything_was_counted(see):
    for name in ("up", "grading_oldest_due_job_age_seconds", "django_db_errors_total"):
        assert see(f"{name}/").status_code == 200


def test_a_name_that_nobody_showed_is_not_found(see):
    assert see("no_such_metric/").status_code == 404


def test_too_much_is_said_and_what_to_narrow(see, measured):
    keep(measured, time.time_ns() // MS, samples=[("up", 1.0, {})], metadata=SAID)
    with mock.patch.object(metric_memory.shared(), "select", side_effect=TooMuch.series()):
        text = see("up/").content.decode()

    assert "name the metric, or add labels" in text


def test_samples_are_drawn_for_a_day_at_most(see, measured):
    keep(measured, time.time_ns() // MS, samples=[("up", 1.0, {})], metadata=SAID)

    assert "choose a shorter time" in see("up/?range=7d").content.decode()


@pytest.mark.parametrize("query", ["range=zz", "a-b=1", "route=" + "x" * 400, "__name__=up"])
def test_a_made_up_address_breaks_nothing(see, measured, minute_ms, query):
    keep(measured, minute_ms, requests(minute_ms, count=7))

    assert see(f"{NAME}/?{query}").status_code == 200
