"""The states of the pages that show telemetry."""

import time
from unittest import mock

from django.test import Client
from django.urls import reverse

from exercises.tests.browser.states import state
from lms.observatory.records import Drop
from lms.observatory.store.base import LogPage, StoreUnavailable
from lms.observatory.store.memory import shared
from lms.observatory.store.metric_memory import shared as measured
from lms.observatory.tests.measuring import COURSE, MINUTE_MS, a_day, keep, requests
from lms.observatory.tests.story import MS, hand_in, span, stored


def _story(scene, *, ago_s=60, **more):
    """Store a hand-in of the person who looks, and give its trace id."""
    at_ns = time.time_ns() - ago_s * 1000 * MS
    spans, lines = hand_in(
        owner=scene.who.user.pseudonym, course=scene.site.course.slug, at_ns=at_ns, **more
    )
    stored(shared(), spans, lines)
    return spans


@state("observatory:trace")
def trace(scene):
    spans = _story(scene, selects=31)
    return reverse("observatory:trace", args=[spans[0].trace_id])


@state("observatory:trace")
def trace_with_a_span(scene):
    spans = _story(scene)
    failed = next(one for one in spans if one.events)
    return reverse("observatory:trace", args=[failed.trace_id]) + f"?span={failed.span_id}"


@state("observatory:trace")
def no_trace(scene):
    return reverse("observatory:trace", args=["0" * 31 + "1"])


@state("observatory:traces")
def traces_empty(scene):
    shared().clear()
    return reverse("observatory:traces") + "?range=all"


@state("observatory:traces")
def traces(scene):
    _story(scene, trace_id="a" * 32, ago_s=300)
    _story(scene, trace_id="b" * 32, ago_s=200)
    _story(scene, trace_id="c" * 32)
    return reverse("observatory:traces")


@state("observatory:traces")
def traces_with_errors(scene):
    return reverse("observatory:traces") + "?least=-1&since=x&range=y"


@state("observatory:traces")
def traces_hidden_by_a_filter(scene):
    _story(scene)
    return reverse("observatory:traces") + "?name=GET+nothing"


@state("observatory:logs")
def logs(scene):
    _story(scene)
    scene.open(reverse("observatory:logs"))
    scene.page.locator(".ob-line summary").first.click()


@state("observatory:logs")
def logs_hidden_by_a_filter(scene):
    _story(scene)
    return reverse("observatory:logs") + "?text=absent&level=error"


@state("observatory:logs")
def logs_of_a_search_that_was_stopped(scene):
    page = LogPage(lines=(), searched_to_ns=time.time_ns() - 3600 * 1000 * MS)
    with mock.patch.object(shared(), "logs", return_value=page):
        scene.open(reverse("observatory:logs") + "?text=absent")
    assert scene.page.get_by_text("The search was stopped").is_visible()


@state("observatory:traces")
def telemetry_cannot_be_read(scene):
    trouble = StoreUnavailable("the folder of segments is locked by another process")
    client = Client()
    client.force_login(scene.who.user)
    with mock.patch.object(shared(), "traces", side_effect=trouble):
        scene.show(client.get(reverse("observatory:traces")))
    assert scene.page.get_by_text("Telemetry cannot be read").first.is_visible()


@state("exercises:course")
def pulse_open(scene):
    scene.open(scene.url("course"))
    ref = scene.page.locator("details[data-pulse]").get_attribute("data-pulse").split("/")[-2]
    _story(scene, trace_id=ref, selects=12)
    scene.page.locator("details[data-pulse] > summary").click()
    scene.page.locator(".pulse .waterfall").wait_for()


@state("exercises:course")
def pulse_waiting(scene):
    scene.open(scene.url("course"))
    scene.page.locator("details[data-pulse] > summary").click()
    scene.page.locator(".pulse [data-again]").wait_for()


def _nothing():
    shared().clear()
    measured().clear()


def _now_ms():
    return time.time_ns() // MS


def _day(minutes=1440):
    _nothing()
    return a_day(measured(), shared(), _now_ms(), minutes=minutes)


@state("observatory:overview", role="operator")
def overview_empty(scene):
    _nothing()
    return reverse("observatory:overview")


@state("observatory:overview", role="operator")
def overview_of_a_first_minute(scene):
    _nothing()
    now_ms = _now_ms()
    shared().beat((now_ms - 50_000) * MS)
    shared().beat(now_ms * MS)
    keep(measured(), now_ms, requests(now_ms // MINUTE_MS * MINUTE_MS, count=3))
    return reverse("observatory:overview") + "?range=30m"


@state("observatory:overview", role="operator")
def overview_of_a_day(scene):
    _day()
    scene.open(reverse("observatory:overview") + "?range=24h")
    for closed in scene.page.locator(".rb-defs > summary, .rb-table > summary").all():
        closed.click()


@state("observatory:overview", role="instructor")
def overview_of_an_instructor(scene):
    _day(minutes=180)
    return reverse("observatory:overview")


@state("observatory:series", role="operator")
def series_of_a_histogram(scene):
    _day()
    return (
        reverse("observatory:series", args=["http_server_request_duration_seconds"]) + "?range=24h"
    )


@state("observatory:series", role="operator")
def series_of_a_gauge(scene):
    _day(minutes=30)
    name = "grading_oldest_due_job_age_seconds"
    return reverse("observatory:series", args=[name]) + "?range=30m"


@state("observatory:store_state", role="operator")
def store_state_empty(scene):
    _nothing()
    return reverse("observatory:store_state")


@state("observatory:store_state", role="operator")
def store_state(scene):
    _day()
    until_ns = time.time_ns()
    shared().note_drops([
        Drop("metrics", "target_limit", 120, until_ns - 60 * 1000 * MS, until_ns),
        Drop("traces", "too_old", 3, until_ns - 600 * 1000 * MS, until_ns - 500 * 1000 * MS),
    ])  # fmt: skip
    return reverse("observatory:store_state")


@state("observatory:board")
def board(scene):
    _day()
    for who in range(5):
        _asked(f"{who:032x}", f"somebody{who}", ago_s=30 + who)
    for at, ms in enumerate((12, 300, 90, 4000)):
        _asked(f"{at + 9:032x}", scene.who.user.pseudonym, ms=ms, ago_s=200 + at)
    return reverse("observatory:board") + "?range=24h"


@state("observatory:board")
def board_of_too_few(scene):
    _nothing()
    _asked("1" * 32, scene.who.user.pseudonym)
    return reverse("observatory:board")


def _asked(trace_id, owner, *, ms=20, ago_s=60):
    """Store a request for a course by one person."""
    told = {
        "http.request.method": "GET", "http.response.status_code": 200, "http.route": COURSE,
    }  # fmt: skip
    at_ns = time.time_ns() - ago_s * 1000 * MS
    one = span(f"GET {COURSE}", 0, ms, trace_id=trace_id, at_ns=at_ns, kind="server", owner=owner,
               attributes=told)  # fmt: skip
    stored(shared(), [one])
