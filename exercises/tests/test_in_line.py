"""Where an answer stands, and for how long such things took lately."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises.access import Membership
from exercises.in_line import line_of
from exercises.models import Enrolment, Grade, GradingJob, ReviewRequest, WorkItem
from exercises.queries.submission_page import submission_for, submission_page
from exercises.queries.waits import usual_wait
from exercises.reviewing import ask_for_review
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    WorkItemFactory,
    grade_item,
)
from exercises.tests.review_pages.rows import doubtful

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def exercise():
    return ExerciseFactory(attempts=1)


def line(submission):
    enrolment = submission.work_item.enrolment
    member = Membership(
        course=submission.work_item.exercise.course, user=enrolment.user, enrolment=enrolment
    )
    found = submission_for(member, submission.receipt)
    return line_of(submission_page(member, found, at=timezone.now()))


def decided(exercise, waited, *, at=NOW, **machine):
    """Store a person's grade after a provisional one that waited so long."""
    first = GradeFactory(
        submission__work_item__exercise=exercise, created_at=at - waited,
        **{"released": False, **machine},
    )  # fmt: skip
    return GradeFactory(
        submission=first.submission, source="human", supersedes=first, created_at=at
    )


def test_the_longest_waiting_stands_first(exercise):
    first, _grade = doubtful(exercise)
    second, _grade = doubtful(exercise)

    places = [line(each) for each in (first, second)]

    assert [(place.position, place.length) for place in places] == [(1, 2), (2, 2)]


def test_what_waits_in_another_course_is_not_counted(exercise):
    doubtful(ExerciseFactory(attempts=1))

    assert line(doubtful(exercise)[0]).length == 1


def test_while_attempts_are_left_it_is_not_in_line():
    exercise = ExerciseFactory(attempts=2)
    submission, _grade = doubtful(exercise)

    assert (line(submission).position, line(submission).has_other) == (None, False)


def test_of_ones_own_answers_the_better_one_stands_in_line():
    exercise = ExerciseFactory(attempts=2)
    item = WorkItemFactory(exercise=exercise)
    worse, better = (SubmissionFactory(work_item=item) for _ in range(2))
    items = [grade_item(score=0.0, points="0.00", certain=False)]
    GradeFactory(submission=worse, items=items, points=0, released=False)
    GradeFactory(submission=better, released=False)

    assert (line(worse).position, line(worse).has_other) == (None, True)
    assert (line(better).position, line(better).has_other) == (1, False)


def test_a_dead_one_is_in_line(exercise):
    submission = SubmissionFactory(work_item__exercise=exercise)
    GradingJobFactory(submission=submission, state=GradingJob.State.DEAD, finished_at=NOW)

    assert line(submission).position == 1


@pytest.mark.parametrize("more", [{}, {"released": False, "submission__counted": False}])
def test_what_nobody_will_look_at_has_no_line(exercise, more):
    assert line(GradeFactory(submission__work_item__exercise=exercise, **more).submission) is None


def test_a_released_answer_that_is_asked_about_is_in_line(exercise):
    items = [grade_item(score=0.0, points="0.00")]
    grade = GradeFactory(submission__work_item__exercise=exercise, items=items, points=0)
    ask_for_review(submission=grade.submission, reason="Look.")

    assert line(grade.submission).position == 1


def test_four_decisions_say_nothing_of_time(exercise):
    for hours in range(4):
        decided(exercise, hours * HOUR)

    assert usual_wait(exercise.course, at=NOW) is None


def test_five_say_half_and_nine_in_ten(exercise):
    for hours in (1, 2, 3, 10, 40):
        decided(exercise, hours * HOUR)

    usual = usual_wait(exercise.course, at=NOW)

    assert (usual.median, usual.ninetieth, usual.n) == (3 * HOUR, 40 * HOUR, 5)


def test_nine_in_ten_leave_out_the_longest_of_ten(exercise):
    for hours in range(1, 11):
        decided(exercise, hours * HOUR)

    usual = usual_wait(exercise.course, at=NOW)

    assert (usual.median, usual.ninetieth) == (5.5 * HOUR, 9 * HOUR)


def test_only_waits_of_this_course_and_of_30_days_count(exercise):
    for _ in range(5):
        decided(exercise, HOUR, at=NOW - timedelta(days=31))
        decided(ExerciseFactory(), HOUR)

    assert usual_wait(exercise.course, at=NOW) is None


def test_a_grade_that_nobody_waited_for_counts_nothing(exercise):
    for _ in range(5):
        decided(exercise, HOUR, released=True)

    assert usual_wait(exercise.course, at=NOW) is None


def test_a_request_counts_from_when_she_asked(exercise):
    for _ in range(5):
        grade = decided(exercise, 50 * HOUR, released=True)
        ReviewRequest.objects.create(
            submission=grade.submission, created_at=NOW - 2 * HOUR, answered_at=NOW
        )

    assert usual_wait(exercise.course, at=NOW).median == 2 * HOUR


def test_a_failure_counts_from_the_failure(exercise):
    for _ in range(5):
        submission = SubmissionFactory(work_item__exercise=exercise)
        GradingJobFactory(
            submission=submission, state=GradingJob.State.DEAD, finished_at=NOW - 3 * HOUR
        )
        GradeFactory(submission=submission, source="human", created_at=NOW)

    assert usual_wait(exercise.course, at=NOW).median == 3 * HOUR


def test_the_page_tells_it_in_words(client, exercise):
    for hours in (1, 2, 3, 10, 40):
        decided(exercise, hours * HOUR)
    submission, _grade = doubtful(exercise)
    client.force_login(submission.work_item.enrolment.user)

    page = client.get(f"/courses/{exercise.course.slug}/submissions/{submission.receipt}/")

    said = " ".join(page.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())
    assert "half of such waits took up to 3 hours, nine in ten up to 1 day, 16 hours (5 in" in said


@pytest.mark.parametrize("waiting", [1, 20])
def test_a_provisional_page_takes_the_same_queries_at_any_length(
    client, exercise, django_assert_num_queries, waiting
):
    for _ in range(waiting):
        doubtful(exercise)
        decided(exercise, HOUR)
    submission, _grade = doubtful(exercise)
    WorkItem.objects.update(revealed_at=None)
    client.force_login(submission.work_item.enrolment.user)

    with django_assert_num_queries(15):
        client.get(f"/courses/{exercise.course.slug}/submissions/{submission.receipt}/")


def test_nothing_of_another_person_is_told(client, exercise):
    other, _grade = doubtful(exercise)
    submission, _grade = doubtful(exercise)
    EnrolmentFactory(course=exercise.course, role=Enrolment.Role.ASSISTANT)
    client.force_login(submission.work_item.enrolment.user)

    page = client.get(
        f"/courses/{exercise.course.slug}/submissions/{submission.receipt}/"
    ).content.decode()

    assert "Number 2 of 2" in page
    assert Grade.objects.filter(released=False).count() == 2
    assert other.receipt not in page
    assert other.work_item.enrolment.pseudonym not in page
