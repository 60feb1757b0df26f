from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from exercises.models import GradingJob
from exercises.tests.factories import (
    DraftFactory,
    ExerciseFactory,
    GradeFactory,
    GradingJobFactory,
    ModuleFactory,
    SubmissionFactory,
    UserFactory,
    WorkItemFactory,
)
from exercises.views.tests.pages import text_of, url

State = GradingJob.State


@pytest.fixture
def handed_in(exercise, student):
    """Give a submission by the student, in line."""
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    submission = SubmissionFactory(work_item=item)
    GradingJobFactory(submission=submission)
    return submission


def course_text(client, exercise):
    return text_of(client.get(url("course", exercise.course)))


def test_an_exercise_never_opened_says_so(as_student, exercise):
    said = course_text(as_student, exercise)

    assert "Not started" in said
    assert "Start" in said


def test_a_draft_says_that_it_is_not_handed_in(as_student, exercise, student):
    DraftFactory(work_item=WorkItemFactory(exercise=exercise, enrolment=student))

    said = course_text(as_student, exercise)

    assert "Draft, not handed in" in said
    assert "Continue" in said


def test_an_empty_draft_is_no_draft(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    DraftFactory(work_item=item, fields={"level-chosen": ["  "]})

    assert "Not started" in course_text(as_student, exercise)


def test_waiting_for_a_grade_shows_a_dash_and_no_zero(as_student, exercise, handed_in):
    said = course_text(as_student, exercise)

    assert "In line" in said
    assert "\N{EN DASH} / 3 points" in said
    assert "0 / 3" not in said
    assert "3 more being graded" in said


def test_a_graded_exercise_shows_its_points(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, official=True)

    said = course_text(as_student, exercise)

    assert "Graded" in said
    assert "3 / 3 points" in said
    assert "3 of 3 points" in said


def test_a_provisional_grade_proposes_points_that_count_nowhere(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, released=False)
    handed_in.work_item.proposed_points = Decimal("2.50")
    handed_in.work_item.save()

    said = course_text(as_student, exercise)

    assert "A person will look" in said
    assert "\N{EN DASH} / 3 points 2.5 proposed" in said
    assert "\N{EN DASH} of 3 points , 2.5 proposed, not counted yet" in said


def test_a_course_may_count_provisional_points(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, released=False)
    handed_in.work_item.proposed_points = Decimal("2.50")
    handed_in.work_item.save()
    exercise.course.provisional_counts = True
    exercise.course.save()

    assert "2.5 of 3 points , 2.5 of them provisional" in course_text(as_student, exercise)


@pytest.mark.parametrize("state", [State.DEAD, State.INVALID])
def test_our_failure_is_named_as_ours(as_student, exercise, handed_in, state):
    handed_in.jobs.update(state=state)
    handed_in.work_item.attempts_used = 0
    handed_in.work_item.save()

    said = course_text(as_student, exercise)

    assert "The fault is ours" in said
    assert "Hand in again" in said


def test_a_withheld_result_shows_neither_points_nor_doubt(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, official=True)
    exercise.release = "close"
    exercise.save()

    said = course_text(as_student, exercise)

    assert "Handed in" in said
    assert "\N{EN DASH} / 3 points" in said
    assert "3 / 3" not in said


def test_a_withheld_result_shows_after_the_close(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, official=True)
    exercise.release, exercise.due_at = "close", timezone.now() - timedelta(minutes=1)
    exercise.save()

    assert "3 / 3 points" in course_text(as_student, exercise)


def test_somebody_elses_extension_keeps_a_result_withheld(as_student, exercise, handed_in):
    GradeFactory(submission=handed_in, official=True)
    exercise.release, exercise.due_at = "close", timezone.now() - timedelta(minutes=1)
    exercise.save()
    other = WorkItemFactory(exercise=exercise).enrolment
    other.extension = timedelta(hours=1)
    other.save()

    assert "3 / 3 points" not in course_text(as_student, exercise)


def test_a_closed_exercise_says_so(as_student, exercise):
    exercise.due_at = timezone.now() - timedelta(hours=1)
    exercise.save()

    said = course_text(as_student, exercise)

    assert "Closed" in said
    assert "Look at it" in said


def test_due_times_carry_the_zone_and_the_time_left(as_student, exercise):
    exercise.due_at = timezone.now() + timedelta(days=3, hours=2, minutes=1)
    exercise.save()

    said = course_text(as_student, exercise)

    assert "Europe/Riga (in 3" in said
    assert "2 hours)" in said.replace("\N{NO-BREAK SPACE}", " ")


def test_an_extension_moves_the_due_time_that_she_sees(as_student, exercise, student):
    exercise.due_at = timezone.now() - timedelta(hours=1)
    exercise.save()
    student.extension = timedelta(days=2)
    student.save()

    assert "Not started" in course_text(as_student, exercise)


def test_module_texts_are_markdown_without_html(as_student, exercise):
    exercise.module.intro = "*Three* exercises <script>alert(1)</script>"
    exercise.module.save()

    body = as_student.get(url("course", exercise.course)).content.decode()

    assert "<em>Three</em>" in body
    assert "<script>alert" not in body


def test_somebody_elses_work_shows_nothing(as_student, exercise):
    other = SubmissionFactory(work_item=WorkItemFactory(exercise=exercise))
    GradingJobFactory(submission=other)
    GradeFactory(submission=other, official=True)

    said = course_text(as_student, exercise)

    assert "Not started" in said
    assert other.receipt not in as_student.get(url("course", exercise.course)).content.decode()


@pytest.mark.parametrize("number", [1, 30])
def test_the_course_page_takes_at_most_8_queries(
    as_student, exercise, student, number, django_assert_max_num_queries
):
    module = ModuleFactory(course=exercise.course)
    for _each in range(number):
        item = WorkItemFactory(exercise=ExerciseFactory(module=module), enrolment=student)
        DraftFactory(work_item=item)
        submission = SubmissionFactory(work_item=item)
        GradingJobFactory(submission=submission)
        GradeFactory(submission=submission, official=True)

    with django_assert_max_num_queries(8):
        response = as_student.get(url("course", exercise.course))

    assert text_of(response).count("Read feedback") >= number


def test_one_course_is_gone_to_at_once(as_student, exercise):
    response = as_student.get("/")

    assert response["Location"] == url("course", exercise.course)


def test_no_course_says_how_to_join_one(client, db):
    client.force_login(UserFactory())

    assert "You are in no course yet" in text_of(client.get("/"))
