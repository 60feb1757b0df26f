"""People grading what the machine was unsure of."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from exercises import grading
from exercises.models import AuditEvent, Enrolment, Grade, GradingJob, ReviewRequest, WorkItem
from exercises.queries.waiting import Waiting
from exercises.reviewing import ChainMoved, answer_request, ask_for_review, review
from exercises.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(work):
    return EnrolmentFactory(course=work.exercise.course, role=Enrolment.Role.ASSISTANT).user


@pytest.fixture
def doubtful(hand_in):
    """A submission that the machine graded provisionally."""
    submission = hand_in("half")
    grading.grade_job(submission.jobs.get().pk)
    return submission


def _review(submission, reviewer, *, score=1, head_id="head"):
    if head_id == "head":
        head_id = Grade.objects.heads().get(submission=submission).pk
    return review(
        submission=submission, reviewer=reviewer, scores={"w1": {"word": score}},
        feedback="Well put.", head_id=head_id,
    )  # fmt: skip


def _reasons(work):
    return [entry.reason for entry in _queue(work)]


def _queue(work):
    return Waiting(work.exercise.course).part_of(0, 50)


def test_a_persons_grade_is_released_counts_and_is_audited(work, doubtful, reviewer):
    grade = _review(doubtful, reviewer)

    work.refresh_from_db()
    assert (work.official_grade, work.best_points) == (grade, Decimal("3.00"))
    assert AuditEvent.objects.get().target == f"submission:{doubtful.pk}"


def test_the_chain_stays_linear_when_two_people_grade(doubtful, reviewer):
    seen = Grade.objects.get().pk
    first = _review(doubtful, reviewer, head_id=seen)

    with pytest.raises(ChainMoved) as moved:
        _review(doubtful, reviewer, score=0, head_id=seen)

    assert moved.value.head == first


def test_a_certain_part_that_is_left_out_keeps_its_verdict(hand_in, reviewer):
    submission = hand_in("wrong")
    grading.grade_job(submission.jobs.get().pk)
    head = Grade.objects.get()

    grade = review(
        submission=submission, reviewer=reviewer, scores={}, feedback="", head_id=head.pk
    )

    assert grade.items == head.items


def test_a_doubtful_part_cannot_be_left_out(doubtful, reviewer):
    head = Grade.objects.get()

    with pytest.raises(KeyError):
        review(submission=doubtful, reviewer=reviewer, scores={}, feedback="", head_id=head.pk)

    assert Grade.objects.heads().get() == head


def test_a_provisional_answer_waits_only_when_the_student_is_done(work, doubtful):
    assert _reasons(work) == []

    WorkItem.objects.filter(pk=work.pk).update(attempts_used=3)

    assert _reasons(work) == ["doubtful"]


def test_a_provisional_answer_waits_after_the_close(work, doubtful):
    work.exercise.due_at = timezone.now() - timedelta(hours=1)
    work.exercise.save()

    assert _reasons(work) == ["doubtful"]


def test_a_student_who_asks_is_heard_once(work, doubtful):
    assert ask_for_review(submission=doubtful) == ask_for_review(submission=doubtful)

    assert _reasons(work) == ["asked"]


def test_of_one_students_doubtful_answers_one_waits(work, hand_in):
    for _ in range(3):
        grading.grade_job(hand_in("half").jobs.get().pk)

    assert len(_queue(work)) == 1


def test_a_dead_job_waits_until_a_person_grades_it(work, hand_in, reviewer):
    submission = hand_in("boom")
    submission.jobs.update(state=GradingJob.State.DEAD)

    assert _reasons(work) == ["dead"]

    _review(submission, reviewer, head_id=None)
    assert _reasons(work) == []


def test_the_queue_holds_its_query_count(work, hand_in, django_assert_num_queries):
    for _ in range(3):
        submission = hand_in("half")
        grading.grade_job(submission.jobs.get().pk)
        ask_for_review(submission=submission)

    with django_assert_num_queries(2):
        assert len(_queue(work)) == 3


def test_a_reviewed_answer_waits_no_more(work, doubtful, reviewer):
    ask_for_review(submission=doubtful)

    _review(doubtful, reviewer)

    assert _reasons(work) == []


def test_a_grade_answers_the_students_request_with_its_feedback(doubtful, reviewer):
    ask_for_review(submission=doubtful, reason="I meant the disk.")

    grade = _review(doubtful, reviewer)

    request = ReviewRequest.objects.get()
    assert (request.reply, request.answered_by) == ("Well put.", reviewer)
    assert request.answered_at >= grade.created_at


def test_an_answered_request_keeps_its_answer(doubtful, reviewer):
    ask_for_review(submission=doubtful)
    _review(doubtful, reviewer)
    before = ReviewRequest.objects.get()

    assert not answer_request(submission=doubtful, reviewer=reviewer, reply="Other words.")

    assert ReviewRequest.objects.get().reply == before.reply


def test_a_request_after_a_persons_grade_waits_again(work, doubtful, reviewer):
    _review(doubtful, reviewer, score=0)

    ask_for_review(submission=doubtful, reason="The first line says it.")

    assert _reasons(work) == ["asked"]


def test_the_upgrade_marks_requests_that_were_answered_before(doubtful, reviewer):
    ask_for_review(submission=doubtful)
    grade = _review(doubtful, reviewer)
    ReviewRequest.objects.update(answered_at=None, answered_by=None, reply="")

    import_module("exercises.migrations.0003_release_control").answer_those_graded(apps, None)

    request = ReviewRequest.objects.get()
    assert (request.reply, request.answered_at) == ("Well put.", grade.created_at)
