"""The state that a student reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises.models import Grade, GradingJob
from exercises.status import Status, status_of

NOW = timezone.now()


def _status(*, job=None, head=None, hides_result=False):
    return status_of(job=job, head=head, hides_result=hides_result, at=NOW)


def _job(state, *, tries=0, lease_s=20):
    lease = NOW + timedelta(seconds=lease_s)
    return GradingJob(state=state, tries=tries, lease_until=lease, reason="submit")


@pytest.mark.parametrize(
    ("job", "status"),
    [
        (_job("queued"), Status.QUEUED),
        (_job("queued", tries=1), Status.RETRYING),
        (_job("running", tries=1), Status.GRADING),
        (_job("running", tries=2), Status.RETRYING),
        (_job("running", tries=1, lease_s=-1), Status.RETRYING),
        (_job("dead", tries=3), Status.DEAD),
        (_job("invalid", tries=1), Status.INVALID),
    ],
)
def test_before_a_grade_the_first_job_speaks(job, status):
    assert _status(job=job) == status


@pytest.mark.parametrize(
    ("released", "status"), [(True, Status.GRADED), (False, Status.PROVISIONAL)]
)
def test_after_a_grade_the_chain_alone_speaks(released, status):
    head = Grade(released=released)

    assert _status(job=_job("dead"), head=head) == status


def test_a_withheld_result_says_only_that_it_is_there():
    assert _status(head=Grade(released=False), hides_result=True) == Status.HELD


def test_only_waiting_states_make_the_page_look_again():
    moving = {status for status in Status if status.is_moving}

    assert moving == {Status.QUEUED, Status.GRADING, Status.RETRYING}
