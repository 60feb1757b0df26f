"""From the web to Celery and back into the log: one trace, one request id, one line per task."""

import time

import pytest
import structlog
from celery import Celery, current_app

from exercises import tasks
from lms.celery import app as site_app
from lms.telemetry import traces
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import TASK_SECONDS
from lms.telemetry.tests.fixtures import working

log = get_logger("lms.telemetry.tests")


@pytest.fixture(scope="module")
def celery_app():
    app = Celery("try", broker="memory://", set_as_current=False)
    app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)

    @app.task(name="try.grade")
    def grade(answer):
        log.info("job.claimed", job=1)
        if answer.startswith("fail"):
            raise ValueError(answer)

    with working(app):
        yield app


@pytest.fixture
def run(celery_app, spans):
    """Give a function that runs the task in a worker thread, queued by a request's span."""

    def run_task(answer="fine"):
        with traces.span("POST hand-in"):
            celery_app.tasks["try.grade"].delay(answer)
        wait_until(lambda: any(span.name == "run/try.grade" for span in spans()))
        return {span.name: span for span in spans()}

    return run_task


def wait_until(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_web_and_task_are_one_trace(run):
    made = run()

    request, publish, task = (
        made[name] for name in ("POST hand-in", "apply_async/try.grade", "run/try.grade")
    )
    assert publish.parent.span_id == request.context.span_id
    assert task.parent.span_id == publish.context.span_id
    assert task.context.trace_id == request.context.trace_id


def test_a_task_ends_in_one_line_in_the_same_trace(run, lines):
    made = run()

    said = {line["event"]: line for line in lines()}
    finished = said["task.finished"]
    assert (finished["task"], finished["outcome"]) == ("try.grade", "success")
    assert finished["trace_id"] == f"{made['run/try.grade'].context.trace_id:032x}"
    assert finished["task_id"] == said["job.claimed"]["task_id"]


def test_the_request_id_follows_into_the_task(run, lines):
    with structlog.contextvars.bound_contextvars(request_id="ab12" * 8, pseudonym="c3d4"):
        run()

    claimed = next(line for line in lines() if line["event"] == "job.claimed")
    assert (claimed["request_id"], claimed["pseudonym"]) == ("ab12" * 8, "c3d4")


def test_a_failing_task_tells_type_and_place_only(run, lines, capfd):
    before = TASK_SECONDS.labels(task="try.grade", outcome="failure")._sum.get()

    made = run("fail: I would page nobody")

    said = lines()
    failed = next(line for line in said if line["event"] == "task.failed")
    assert failed["exception"]["type"] == "ValueError"
    assert "page nobody" not in str(said)
    assert made["run/try.grade"].status.status_code.name == "ERROR"
    assert TASK_SECONDS.labels(task="try.grade", outcome="failure")._sum.get() > before


def test_a_worker_of_a_test_leaves_the_site_s_application_in_its_place():
    app = Celery("passing", broker="memory://", set_as_current=False)
    with working(app):
        pass

    assert current_app._get_current_object() is site_app
    assert tasks.sweep.Request == site_app.Task.Request
