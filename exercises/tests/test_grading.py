"""From a queued job to exactly one grade."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from exercises import grading, tasks
from exercises.models import Enrolment, Grade, GradingJob, Submission, WorkItem
from exercises.models.grade import GradeIsFinal
from exercises.revealing import show_discussion
from exercises.reviewing import review
from exercises.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db


def _grade(submission):
    return grading.grade_job(submission.jobs.latest("run").pk)


def _expire_lease(job):
    GradingJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def _make_due(job):
    GradingJob.objects.filter(pk=job.pk).update(available_at=timezone.now() - timedelta(seconds=9))


def test_a_graded_submission_has_its_points_on_the_exercises_scale(work, hand_in):
    submission = hand_in("right")

    assert _grade(submission) == "graded"

    work.refresh_from_db()
    assert work.best_points == Decimal("3.00")
    assert work.official_grade.submission == submission


def test_eight_deliveries_of_one_job_make_one_grade(hand_in):
    submission = hand_in()

    outcomes = [_grade(submission) for _ in range(8)]

    assert outcomes == ["graded"] + ["not_due"] * 7
    assert Grade.objects.count() == 1


def test_a_crashed_workers_late_result_is_dropped(hand_in, job_of):
    submission = hand_in()
    first = grading.claim(job_of(submission).pk)
    _expire_lease(first.job)
    second = grading.claim(first.job.pk)
    evaluation = grading.evaluate(
        submission.version.specification, submission.answers, variant_seed=""
    )

    outcomes = grading.finish(second, evaluation), grading.finish(first, evaluation)

    assert outcomes == ("graded", "lease_lost")
    assert Grade.objects.count() == 1


def test_two_sweepers_make_one_grade(hand_in, job_of):
    job = job_of(hand_in())
    _make_due(job)

    tasks.sweep()
    tasks.sweep()

    assert Grade.objects.count() == 1


def test_the_sweeper_takes_a_job_whose_worker_is_gone(hand_in, job_of):
    job = job_of(hand_in())
    grading.claim(job.pk)
    _expire_lease(job)

    tasks.sweep()

    assert job_of(job.submission).state == GradingJob.State.DONE


def test_the_sweeper_leaves_a_fresh_job_to_its_hint(hand_in):
    hand_in()

    assert grading.due_jobs(limit=10) == []


def test_a_failing_grader_is_tried_again_later(hand_in, job_of):
    submission = hand_in("boom")

    assert _grade(submission) == "failed"

    job = job_of(submission)
    assert (job.state, job.tries, job.error_class) == ("queued", 1, "RuntimeError")
    assert job.available_at > timezone.now()


def _use_all_tries(submission, settings):
    for _ in range(settings.GRADING_TRIES):
        _make_due(submission.jobs.get())
        outcome = _grade(submission)
    return outcome


def test_our_own_failure_gives_the_attempt_back_for_48_hours(work, hand_in, settings):
    submission = hand_in("boom")

    assert _use_all_tries(submission, settings) == "dead"

    work.refresh_from_db()
    assert (work.attempts_used, work.given_back) == (0, 1)
    assert work.grace_until > timezone.now() + timedelta(hours=47)


def test_a_second_failure_gives_nothing_back_again(work, hand_in, settings):
    for _ in range(2):
        _use_all_tries(hand_in("boom"), settings)

    work.refresh_from_db()
    assert (work.attempts_used, work.given_back) == (1, 1)


def test_numbers_go_on_after_a_given_back_attempt(hand_in, settings):
    _use_all_tries(hand_in("boom"), settings)

    assert hand_in("right").number == 2


def test_a_job_that_kills_its_worker_each_time_is_buried(hand_in, job_of, settings):
    job = job_of(hand_in())
    for _ in range(settings.GRADING_TRIES):
        grading.claim(job.pk)
        _expire_lease(job)

    tasks.sweep()

    buried = job_of(job.submission)
    assert (buried.state, buried.error_class) == ("dead", "WorkerLost")


def test_an_unreadable_answer_charges_no_attempt(work, hand_in, job_of):
    submission = hand_in(17)

    assert _grade(submission) == "invalid"

    work.refresh_from_db()
    assert (work.attempts_used, work.given_back) == (0, 0)
    assert job_of(submission).state == GradingJob.State.INVALID


def test_a_persons_grade_outranks_a_machine_that_comes_later(work, hand_in, job_of):
    submission = hand_in("wrong")
    lease = grading.claim(job_of(submission).pk)
    evaluation = grading.evaluate(
        submission.version.specification, submission.answers, variant_seed=""
    )
    person = EnrolmentFactory(course=work.exercise.course, role=Enrolment.Role.INSTRUCTOR).user
    review(
        submission=submission,
        reviewer=person,
        scores={"w1": {"word": 1}},
        feedback="",
        head_id=None,
    )

    assert grading.finish(lease, evaluation) == "outranked"

    work.refresh_from_db()
    assert work.best_points == Decimal("3.00")


def test_provisional_points_are_proposed_and_count_nowhere(work, hand_in):
    _grade(hand_in("half"))

    work.refresh_from_db()
    assert (work.best_points, work.proposed_points) == (None, Decimal("1.50"))


def test_provisional_points_count_where_the_course_has_no_reviewer(work, hand_in):
    course = work.exercise.course
    course.provisional_counts = True
    course.save()

    _grade(hand_in("half"))

    work.refresh_from_db()
    assert (work.best_points, work.official_grade.released) == (Decimal("1.50"), False)


def test_the_best_released_submission_is_official(work, hand_in):
    for word in ("wrong", "third", "wrong"):
        _grade(hand_in(word))

    work.refresh_from_db()
    assert work.best_points == Decimal("1.01")  # 2 x 1/3 is 0.67 of 2 points, of 3: 1.005, half up


def test_a_late_fraction_is_taken_off_the_exercises_points(work, hand_in):
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    work.exercise.due_at = timezone.now() - timedelta(hours=1)
    work.exercise.late_steps = [{"until_wall": "", "until": until, "fraction": "0.5"}]
    work.exercise.save()

    _grade(hand_in("right"))

    work.refresh_from_db()
    assert work.best_points == Decimal("1.50")


def test_practice_is_graded_and_never_official(work, hand_in):
    _grade(hand_in("wrong"))
    show_discussion(work_item=work)

    assert _grade(hand_in("right")) == "graded"

    work.refresh_from_db()
    assert work.best_points == Decimal("0.00")


def test_a_newer_submission_leaves_the_older_ones_job_alone(hand_in, job_of):
    older, _newer = hand_in("wrong"), hand_in("right")

    assert job_of(older).state == GradingJob.State.QUEUED
    assert _grade(older) == "graded"


def test_one_submission_has_one_open_job(hand_in, job_of):
    job = job_of(hand_in())

    with pytest.raises(IntegrityError), transaction.atomic():
        GradingJob.objects.create(
            submission=job.submission, run=2, available_at=timezone.now(), created_at=timezone.now()
        )


def test_a_regrade_job_that_dies_gives_no_attempt_back(work, hand_in, settings):
    submission = hand_in("boom")
    submission.jobs.update(reason=GradingJob.Reason.REGRADE)

    assert _use_all_tries(submission, settings) == "dead"

    work.refresh_from_db()
    assert work.attempts_used == 1


def test_a_chain_has_one_first_grade(hand_in):
    submission = hand_in()
    _grade(submission)
    first = Grade.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Grade.objects.create(
            submission=submission, version=submission.version, source="human", items=[],
            points=0, possible=2, released=True, created_at=timezone.now(),
        )  # fmt: skip
    with pytest.raises(GradeIsFinal):
        first.save()


def test_a_stored_grade_refuses_to_change_in_the_database_too(hand_in):
    _grade(hand_in())

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE exercises_grade SET points = 0")


def test_erasing_a_person_erases_her_work(work, hand_in):
    _grade(hand_in())

    work.enrolment.user.delete()

    assert (WorkItem.objects.count(), Submission.objects.count(), Grade.objects.count()) == (
        0,
        0,
        0,
    )
