"""The states of the pages that show telemetry."""

import time
from unittest import mock

from django.test import Client
from django.urls import reverse

from exercises.tests.browser.states import state
from lms.observatory.store.base import LogPage, StoreUnavailable
from lms.observatory.store.memory import shared
from lms.observatory.tests.story import MS, hand_in, stored


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
