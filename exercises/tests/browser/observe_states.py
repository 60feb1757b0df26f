"""The states of the pages that show telemetry."""

import time

from django.urls import reverse

from exercises.tests.browser.states import state
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
