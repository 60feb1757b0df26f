"""What the grading objective is counted from."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY

from exercises import grading
from exercises.models import GradingJob
from exercises.tests.factories import GradingJobFactory


@pytest.fixture
def grown():
    """Give how much a sample of a metric has grown since the test began."""
    names = [
        "grading_verdict_delay_seconds_count", "grading_verdict_delay_seconds_sum",
        "grading_verdicts_missed_total",
    ]  # fmt: skip
    before = {name: REGISTRY.get_sample_value(name) for name in names}
    return lambda name: REGISTRY.get_sample_value(name) - before[name]


@pytest.fixture
def grade(django_capture_on_commit_callbacks):
    def _grade(submission):
        with django_capture_on_commit_callbacks(execute=True):
            return grading.grade_job(submission.jobs.order_by("pk").last().pk)

    return _grade


def test_a_verdict_is_timed_from_its_receipt(hand_in, grade, grown):
    submission = hand_in()
    later = submission.received_at + timedelta(seconds=40)

    with mock.patch.object(timezone, "now", return_value=later):
        grade(submission)

    assert grown("grading_verdict_delay_seconds_count") == 1
    assert grown("grading_verdict_delay_seconds_sum") == pytest.approx(40)


def test_a_verdict_that_is_not_written_is_not_timed(hand_in, grown):
    # The test's own transaction never ends, as one that is taken back.
    grading.grade_job(hand_in().jobs.get().pk)

    assert grown("grading_verdict_delay_seconds_count") == 0


def test_a_regrade_is_no_hand_in(hand_in, grade, grown):
    submission = hand_in()
    grade(submission)
    GradingJobFactory(submission=submission, reason=GradingJob.Reason.REGRADE, run=2)

    grade(submission)

    assert grown("grading_verdict_delay_seconds_count") == 1


def test_a_job_without_tries_left_is_a_missed_verdict(hand_in, grade, grown, settings):
    settings.GRADING_TRIES = 1

    outcome = grade(hand_in("boom"))

    assert outcome == "dead"
    assert grown("grading_verdicts_missed_total") == 1
    assert grown("grading_verdict_delay_seconds_count") == 0
