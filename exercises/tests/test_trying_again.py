"""The story of the tries: lost ones and waits from the job's row, and nothing else invented."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises import grading, tasks, trying_again
from exercises.models import GradingJob
from lms.telemetry import traces
from lms.telemetry.spans import redacted
from lms.telemetry.tests.fixtures import spans

__all__ = ["spans"]  # a fixture

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=20)


@pytest.fixture
def received(hand_in, job_of):
    """Hand in inside a request's span; give the job."""

    def _received(word="right"):
        with traces.span("POST hand-in"):
            submission = hand_in(word)
        return job_of(submission)

    return _received


def _lose(job, *, seconds_ago):
    """Claim a job and let its worker die so long ago."""
    grading.claim(job.pk)
    begun = timezone.now() - timedelta(seconds=seconds_ago)
    GradingJob.objects.filter(pk=job.pk).update(started_at=begun, lease_until=begun + LEASE)
    return begun


def _story(spans, *names):
    """Give (name, try number, start, end) of the spans of these names, by start, as exported."""
    kept = [redacted(span, span.resource) for span in spans() if span.name.startswith(names)]
    return sorted(kept, key=lambda span: span.start_time)


def _try_of(span):
    return span.attributes["watchers.try_number"]


def _moment(nanoseconds):
    return nanoseconds // 1_000_000


def _ns(moment):
    return _moment(int(moment.timestamp() * 1_000_000) * 1000)


def test_the_first_try_has_one_wait_from_the_hand_in_to_the_claim(received, spans, job_of):
    job = received()
    grading.grade_job(job.pk)

    job.refresh_from_db()
    (wait, graded) = _story(spans, "queue wait", "lost try", "wait before", "grade submission")
    assert (wait.name, graded.name) == ("queue wait", "grade submission")
    assert (_moment(wait.start_time), _moment(wait.end_time)) == (
        _ns(job.created_at), _ns(job.started_at),
    )  # fmt: skip
    assert (_try_of(wait), _try_of(graded)) == (1, 1)


def test_the_wait_stands_beside_the_try_and_below_the_hand_in(received, spans):
    grading.grade_job(received().pk)

    post = next(span for span in spans() if span.name == "POST hand-in")
    for span in _story(spans, "queue wait", "grade submission"):
        assert span.parent.span_id == post.context.span_id


def test_a_late_sweep_ends_the_wait_at_its_claim_and_not_before(received, spans):
    job = received()
    long_ago = timezone.now() - timedelta(seconds=90)
    GradingJob.objects.filter(pk=job.pk).update(created_at=long_ago, available_at=long_ago)

    tasks.sweep()

    (wait,) = _story(spans, "queue wait")
    assert wait.end_time - wait.start_time > 89_000_000_000


def test_a_killed_workers_try_is_told_by_the_next_one(received, spans):
    job = received()
    begun = _lose(job, seconds_ago=30)

    tasks.sweep()

    lost, wait, graded = _story(spans, "lost try", "wait before", "grade submission")
    assert [lost.name, wait.name, graded.name] == [
        "lost try", "wait before try 2", "grade submission",
    ]  # fmt: skip
    assert (_moment(lost.start_time), _moment(lost.end_time)) == (_ns(begun), _ns(begun + LEASE))
    assert wait.start_time == lost.end_time
    assert (_try_of(lost), _try_of(wait), _try_of(graded)) == (1, 2, 2)
    assert (lost.status.status_code.name, lost.status.description) == (
        "ERROR", "never reported back",
    )  # fmt: skip
    assert lost.attributes["watchers.computed"] is wait.attributes["watchers.computed"] is True
    assert "watchers.computed" not in graded.attributes


def test_the_wait_that_a_killed_worker_may_have_kept_to_itself_is_told_again_as_the_same_span(
    received, spans
):
    job = received()
    earlier = timezone.now() - timedelta(seconds=31)
    GradingJob.objects.filter(pk=job.pk).update(created_at=earlier)
    begun = _lose(job, seconds_ago=30)
    job.refresh_from_db()
    trying_again.record_past(job)  # as the first worker did before it was killed

    tasks.sweep()

    first, again = _story(spans, "queue wait")
    assert first.context.span_id == again.context.span_id
    assert (first.start_time, first.end_time) == (again.start_time, again.end_time)
    assert _moment(first.end_time) == _ns(begun)
    assert _try_of(first) == _try_of(again) == 1


def test_an_orderly_failure_is_followed_by_its_pause_and_its_wait_in_line(received, spans):
    job = received("boom")
    GradingJob.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=30))
    grading.grade_job(job.pk)
    earlier = timezone.now() - timedelta(seconds=9)
    GradingJob.objects.filter(pk=job.pk).update(
        failed_at=earlier, available_at=earlier + timedelta(seconds=2)
    )

    tasks.sweep()

    told = _story(spans, "lost try", "wait before", "queue wait")
    assert [(span.name, _try_of(span)) for span in told] == [
        ("queue wait", 1), ("wait before try 2", 2), ("queue wait", 2),
    ]  # fmt: skip
    assert told[1].end_time - told[1].start_time == 2_000_000_000
    assert told[2].start_time == told[1].end_time


def test_a_failed_try_after_a_lost_one_forgets_the_lost_one(received, job_of):
    job = received("boom")
    _lose(job, seconds_ago=30)
    grading.grade_job(job.pk)
    job.refresh_from_db()
    assert job.lost_started_at is not None
    GradingJob.objects.filter(pk=job.pk).update(available_at=timezone.now())

    grading.claim(job.pk)

    job.refresh_from_db()
    assert (job.lost_started_at, job.lost_lease_until) == (None, None)


def test_burying_tells_the_last_lost_try_once(received, spans, settings):
    settings.GRADING_TRIES = 2
    job = received()
    for _ in range(2):
        _lose(job, seconds_ago=30)

    tasks.sweep()
    tasks.sweep()

    (lost,) = _story(spans, "lost try")
    assert _try_of(lost) == 2
    (buried,) = _story(spans, "give up grading")
    assert buried.context.trace_id == lost.context.trace_id


def test_a_try_names_its_student_and_course_even_if_the_hand_ins_span_is_lost(
    received, spans, work
):
    grading.grade_job(received().pk)

    (graded,) = _story(spans, "grade submission")
    assert graded.attributes["watchers.owner"] == work.enrolment.user.pseudonym
    assert graded.attributes["watchers.course"] == work.exercise.course.slug
