"""What our code says at DEBUG to an operator who asks why an answer waits."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises import grading, tasks
from exercises.drafting import DraftConflict, save_draft
from exercises.models import GradingJob
from lms.telemetry.tests.fixtures import lines

pytestmark = pytest.mark.django_db
__all__ = ["lines"]  # a fixture


@pytest.fixture(autouse=True)
def debug():
    """Set the loggers of this file to DEBUG."""
    loggers = [logging.getLogger(f"exercises.{n}") for n in ("grading", "tasks", "drafting")]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield loggers
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def said(lines):
    """Give a function that gives the lines of an event since the last call."""
    return lambda name: [line for line in lines() if line["event"] == name]


def test_a_job_that_is_not_due_says_when_it_will_be(hand_in, job_of, said):
    job = job_of(hand_in())
    GradingJob.objects.update(available_at=timezone.now() + timedelta(seconds=60))

    grading.grade_job(job.pk)

    [line] = said("job.claim_refused")
    assert (line["job"], line["state"], line["try_number"]) == (job.pk, "queued", 0)
    assert 55 < line["wait_s"] <= 60


def test_a_job_that_another_worker_has_says_until_when(hand_in, job_of, said, settings):
    job = job_of(hand_in())
    grading.claim(job.pk)

    grading.claim(job.pk)

    [line] = said("job.claim_refused")
    assert (line["state"], line["try_number"]) == ("running", 1)
    assert 0 < line["wait_s"] <= settings.GRADING_LEASE.total_seconds()


@pytest.mark.parametrize("end", ["finish", "fail"])
def test_a_lost_lease_says_how_the_job_stands(hand_in, job_of, said, end):
    submission = hand_in()
    lease = grading.claim(job_of(submission).pk)
    GradingJob.objects.update(lease_token="another's", tries=2)

    if end == "fail":
        grading.fail(lease, error_class="ValueError")
    else:
        version = submission.version
        found = grading.evaluate(version.specification, submission.answers, variant_seed="x")
        grading.finish(lease, found)

    [line] = said("job.lease_compared")
    assert (line["state"], line["try_number"]) == ("running", 2)


def test_a_job_that_is_gone_is_told_by_its_number(said):
    grading.grade_job(999)

    assert [line["job"] for line in said("job.claim_refused")] == [999]


def test_the_question_for_the_line_is_asked_at_debug_alone(hand_in, job_of, debug):
    job = job_of(hand_in())
    grading.claim(job.pk)
    counts = []
    for level in (logging.DEBUG, logging.NOTSET):
        debug[0].setLevel(level)
        with CaptureQueriesContext(connection) as queries:
            grading.claim(job.pk)
        counts.append(len(queries))

    assert counts[0] == counts[1] + 1


def test_each_part_says_how_long_its_grader_took(hand_in, job_of, said):
    grading.grade_job(job_of(hand_in()).pk)

    [line] = said("part.graded")
    assert (line["part"], line["kind"]) == ("w1", "fake")
    assert line["duration_ms"] >= 0
    assert not {"score", "points", "certain"} & line.keys()


def test_a_hint_that_is_not_sent_says_for_how_long(said, monkeypatch):
    monkeypatch.setattr(tasks._Hints, "paused_until", tasks.time.monotonic() + 5)

    tasks.send_hint(7)

    [line] = said("job.hint_paused")
    assert line["job"] == 7
    assert 0 < line["wait_s"] <= 5


def test_a_sweep_says_how_much_it_found(hand_in, said):
    hand_in()
    GradingJob.objects.update(available_at=timezone.now() - timedelta(minutes=1))

    tasks.sweep()

    assert [line["count"] for line in said("sweep.found")] == [1]


def test_a_sweep_without_time_says_what_it_left(hand_in, said, monkeypatch):
    hand_in()
    GradingJob.objects.update(available_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(tasks, "SWEEP_BUDGET_S", -1)

    tasks.sweep()

    assert [line["count"] for line in said("sweep.cut_short")] == [1]


def test_a_draft_from_a_stale_page_says_both_revisions(work, said):
    version = work.exercise.current_version
    save_draft(work_item=work, version=version, fields={"w1-word": ["canary"]}, revision=0)
    with pytest.raises(DraftConflict):
        save_draft(work_item=work, version=version, fields={"w1-word": ["x"]}, revision=0)

    [line] = said("draft.refused")
    assert (line["work_item"], line["revision"], line["number"]) == (work.pk, 0, 1)
    assert "canary" not in str(line)
