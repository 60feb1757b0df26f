from datetime import timedelta

import pytest
from django.utils import timezone

from exercises.models import Enrolment, WorkItem
from exercises.tests.factories import (
    DraftFactory,
    ExerciseFactory,
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    VersionFactory,
    WorkItemFactory,
    choice_part,
    content,
)
from exercises.views.tests.pages import text_of, url


def opened(client, exercise):
    return client.get(url("exercise", exercise))


def checked(response):
    """Give the values of the checked radio buttons."""
    body = response.content.decode()
    return [tag.split('value="')[1].split('"')[0] for tag in body.split("<input")
            if 'type="radio"' in tag.split(">")[0] and "checked" in tag.split(">")[0]]  # fmt: skip


def test_opening_shows_statement_question_and_attempts(as_student, exercise):
    said = text_of(opened(as_student, exercise))

    assert "A login service writes one event" in said
    assert "Which level fits?" in said
    assert "Hand in attempt 1 of 3" in said
    assert "3 of 3" in said


def test_opening_makes_the_work_item_once(as_student, exercise, student):
    opened(as_student, exercise)
    opened(as_student, exercise)

    assert WorkItem.objects.filter(enrolment=student).count() == 1


def test_nothing_shown_before_answering_earns_points(as_student, exercise):
    body = opened(as_student, exercise).content.decode()

    assert "Which level fits?" in body
    assert "Off by default." not in body
    assert "The right option" not in body
    assert "Back at INFO" not in body


def test_a_draft_is_back_in_the_form(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    DraftFactory(work_item=item, fields={"level-chosen": ["info"]}, revision=6)

    response = opened(as_student, exercise)

    assert checked(response) == ["info"]
    assert "revision 6" in text_of(response)


def test_a_draft_is_carried_to_a_newer_version_by_part_slug(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    DraftFactory(work_item=item, fields={"level-chosen": ["info"]})
    parts = [choice_part("first"), choice_part("level")]
    exercise.current_version = VersionFactory(exercise=exercise, content=content(parts=parts))
    exercise.save()

    response = opened(as_student, exercise)

    assert checked(response) == ["info"]
    assert "carried over where the questions are the same" in text_of(response)


def test_a_further_attempt_starts_from_the_last_answer(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    submission = SubmissionFactory(work_item=item, answers={"level": {"chosen": ["error"]}})
    GradingJobFactory(submission=submission)

    response = opened(as_student, exercise)

    assert checked(response) == ["error"]
    assert "Hand in attempt 2 of 3" in text_of(response)


def test_an_attempt_given_back_adds_one_to_the_last_number(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    GradingJobFactory(submission=SubmissionFactory(work_item=item), state="dead")
    item.attempts_used, item.given_back = 0, 1
    item.grace_until = timezone.now() + timedelta(hours=48)
    item.save()

    said = text_of(opened(as_student, exercise))

    assert "Hand in attempt 2 of 4" in said
    assert "gave the attempt back" in said


def test_after_the_reveal_it_says_practice(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student, revealed_at=timezone.now())
    GradingJobFactory(submission=SubmissionFactory(work_item=item))

    said = text_of(opened(as_student, exercise))

    assert "graded but count nowhere" in said
    assert "Hand in for practice" in said


def test_before_it_opens_nothing_of_it_is_shown(as_student, exercise):
    exercise.opens_at = timezone.now() + timedelta(days=1)
    exercise.save()

    said = text_of(opened(as_student, exercise))

    assert "This exercise opens" in said
    assert "A login service writes" not in said
    assert "Hand in" not in said


def test_the_people_who_run_the_course_read_it_before_it_opens(as_student, exercise, student):
    exercise.opens_at = timezone.now() + timedelta(days=1)
    exercise.save()
    student.role = Enrolment.Role.ASSISTANT
    student.save()

    assert "A login service writes" in text_of(opened(as_student, exercise))


def test_after_the_close_there_is_no_button(as_student, exercise):
    exercise.due_at = timezone.now() - timedelta(hours=1)
    exercise.save()

    response = opened(as_student, exercise)

    assert "This exercise closed" in text_of(response)
    assert '<form class="answer"' not in response.content.decode()


def test_a_late_step_says_what_is_kept(as_student, exercise):
    now = timezone.now()
    exercise.due_at = now - timedelta(minutes=4)
    until = (now + timedelta(days=2)).isoformat()
    exercise.late_steps = [{"until_wall": "2026-11-29T23:59", "until": until, "fraction": "0.50"}]
    exercise.save()

    said = text_of(opened(as_student, exercise)).replace("\N{NO-BREAK SPACE}", " ")

    assert "The due time passed 4 minutes ago." in said
    assert "keeps 50 % of its points" in said


def test_without_attempts_there_is_no_button(as_student, exercise, student):
    WorkItemFactory(exercise=exercise, enrolment=student, attempts_used=3)

    said = text_of(opened(as_student, exercise))

    assert "All your attempts are used." in said
    assert "Hand in attempt" not in said


def test_enter_in_a_field_presses_a_button_that_does_nothing(as_student, exercise):
    body = opened(as_student, exercise).content.decode()

    form = body[body.index('<form class="answer"') :]
    assert form[form.index("<button") :].startswith("<button disabled hidden>")


@pytest.mark.parametrize("number", [1, 30])
def test_the_exercise_page_takes_at_most_10_queries(
    as_student, exercise, student, number, django_assert_max_num_queries
):
    for _each in range(number):
        ExerciseFactory(module=exercise.module)
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    DraftFactory(work_item=item)
    for _each in range(2):
        submission = SubmissionFactory(work_item=item)
        GradingJobFactory(submission=submission)
        GradeFactory(submission=submission)

    with django_assert_max_num_queries(10):
        response = opened(as_student, exercise)

    assert "Hand in attempt 3 of 3" in text_of(response)


def test_the_first_opening_takes_at_most_10_queries(
    as_student, exercise, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        opened(as_student, exercise)
