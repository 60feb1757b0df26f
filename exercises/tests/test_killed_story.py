"""A worker killed in mid-grade on the running site: what its student's trace tells of it."""

import signal
import time
from itertools import pairwise

import pytest

from exercises.tests.http_student import hand_in, signed_in
from exercises.tests.test_faults import ANSWER, _job
from lms.telemetry.tests.collector import Collector, attributes_of
from lms.testing.site import running_site, wait_until

pytestmark = pytest.mark.process
LEASE_S = 3


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Let a worker be killed with an answer in hand; give the spans of that answer's trace, and
    how many spans the site made in the idle seconds after."""
    gate = tmp_path_factory.mktemp("gate") / "closed"
    with Collector() as collector:
        settings = {
            "DJANGO_SETTINGS_MODULE": "exercises.tests.gated_site",
            "GRADER_GATE": str(gate),
            "GRADING_LEASE_S": str(LEASE_S),
            "GRADING_SWEEP_S": "0.5",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        }
        with running_site(tmp_path_factory.mktemp("site"), **settings) as site:
            gate.touch()
            session = signed_in(site, "student1")
            receipt, _took = hand_in(site, session, ANSWER)
            assert wait_until(lambda: _job(site, receipt) == ("running", 1), within_s=20)
            for process in site.child("worker").children(recursive=True):
                process.send_signal(signal.SIGKILL)
            site.child("worker").send_signal(signal.SIGKILL)
            gate.unlink()
            assert wait_until(lambda: _job(site, receipt)[0] == "done", within_s=40)
            time.sleep(2)  # what is queued leaves each second
            seen = len(collector.spans)
            time.sleep(5)
            idle = len(collector.spans) - seen
    post = next(span for span in collector.spans if "hand-in" in span.name)
    mine = {span.span_id: span for span in collector.spans if span.trace_id == post.trace_id}
    return post, list(mine.values()), idle


def _named(spans, name):
    return next(span for span in spans if span.name == name)


def _ms(span):
    return (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6


def test_the_lost_try_lasts_as_long_as_its_lease(story):
    _post, spans, _idle = story
    lost = _named(spans, "lost try")

    assert _ms(lost) == pytest.approx(LEASE_S * 1000, abs=2)
    assert lost.status.message == "never reported back"
    assert attributes_of(lost)["watchers.try_number"] == 1


def test_the_story_has_no_hole_between_the_tries(story):
    _post, spans, _idle = story
    told = [
        _named(spans, name)
        for name in ("queue wait", "lost try", "wait before try 2", "grade submission")
    ]

    for earlier, later in pairwise(told):
        hole_ns = later.start_time_unix_nano - earlier.end_time_unix_nano
        assert hole_ns / 1e6 == pytest.approx(0, abs=100), (earlier.name, later.name)


def test_one_try_alone_was_told_by_the_worker_that_made_it(story):
    _post, spans, _idle = story

    tries = [attributes_of(s)["watchers.try_number"] for s in spans if s.name == "grade submission"]
    assert tries == [2]
    assert len([span for span in spans if not span.parent_span_id]) == 1


def test_a_site_at_rest_makes_no_span(story):
    _post, _spans, idle = story

    assert idle == 0
