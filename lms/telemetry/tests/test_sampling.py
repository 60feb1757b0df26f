"""Beat's looks leave no span; what they find does, and other people's work always."""

from types import SimpleNamespace

import pytest
from celery import Celery
from opentelemetry import trace

from lms.telemetry import traces
from lms.telemetry.logs import get_logger
from lms.telemetry.sampling import routine_tasks
from lms.telemetry.tests.fixtures import working
from lms.telemetry.tests.test_tasks import wait_until

log = get_logger("lms.telemetry.tests")
STORED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNRECORDED = STORED[:-2] + "00"


@pytest.fixture(scope="module")
def worker():
    """A worker with one task, which finds work or does not."""
    app = Celery("look", broker="memory://", set_as_current=False)
    app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)
    done = []

    @app.task(name="look.around")
    def look(found=None):
        with traces.span("claim"):
            log.info("job.claimed", job=1)
        if found == "batch":
            with traces.own_trace("regrade slice", link_to=[STORED]):
                pass
        if found == "job":
            with traces.continued(STORED, "grade submission"):
                pass
        done.append(found)

    with working(app):
        yield SimpleNamespace(
            send=app.tasks["look.around"].delay,
            wait=lambda found: wait_until(lambda: found in done),
        )


@pytest.fixture
def looks(worker, monkeypatch):
    """The worker, its task being one that beat sends."""
    monkeypatch.setattr(trace.get_tracer_provider().sampler, "_routine", {"look.around"})
    return worker


def test_what_beat_sends_is_routine():
    assert {"exercises.regrade", "exercises.sweep"} <= routine_tasks()
    assert trace.get_tracer_provider().sampler._routine == routine_tasks()


def test_a_look_that_finds_nothing_leaves_no_span_and_its_lines_name_none(looks, spans, lines):
    looks.send("nothing")
    looks.wait("nothing")

    assert spans() == []
    claimed = next(line for line in lines() if line["event"] == "job.claimed")
    assert "trace_id" not in claimed


def test_a_found_batch_begins_a_trace_of_its_own(looks, spans):
    looks.send("batch")
    looks.wait("batch")
    wait_until(spans)

    (slice_,) = spans()
    assert slice_.parent is None
    assert [trace.format_trace_id(link.context.trace_id) for link in slice_.links] == [STORED[3:35]]


def test_a_found_job_continues_its_own_trace_without_a_link(looks, spans):
    looks.send("job")
    looks.wait("job")
    wait_until(spans)

    (graded,) = spans()
    assert trace.format_trace_id(graded.context.trace_id) == STORED[3:35]
    assert graded.links == ()


def test_who_sends_a_routine_task_by_hand_has_that_in_her_trace_and_no_more(looks, spans):
    with traces.span("POST regrades"):
        looks.send("by hand")
    looks.wait("by hand")

    assert [span.name for span in spans()] == ["apply_async/look.around", "POST regrades"]


def test_a_span_that_was_not_recorded_is_neither_continued_nor_linked(spans):
    with traces.continued(UNRECORDED, "grade submission", links=[UNRECORDED]):
        pass

    (graded,) = spans()
    assert graded.parent is None
    assert graded.links == ()
