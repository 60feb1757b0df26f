"""When the model answer may be seen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises import grading, revealing, tasks
from exercises.models import PolicyOverride, WorkItem
from exercises.revealing import RevealRefused, show_discussion
from exercises.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db


def _grade(*submissions):
    for submission in submissions:
        grading.grade_job(submission.jobs.get().pk)


def _reason(work):
    work.refresh_from_db()
    return work.reveal_reason


def _close(work, **ago):
    work.exercise.due_at = timezone.now() - timedelta(**ago)
    work.exercise.save()


def test_full_marks_reveal(work, hand_in):
    _grade(hand_in("right"))

    assert _reason(work) == "full_marks"


def test_a_wrong_answer_with_attempts_left_reveals_nothing(work, hand_in):
    _grade(hand_in("wrong"))

    assert _reason(work) == ""


def test_the_last_attempt_reveals_only_when_every_submission_has_a_grade(work, hand_in):
    first, second, last = (hand_in("wrong") for _ in range(3))
    _grade(first, last)

    assert _reason(work) == ""

    _grade(second)
    assert _reason(work) == "no_attempt_left"


def test_provisional_full_marks_reveal_nothing(work, hand_in):
    _grade(hand_in("half"))

    assert _reason(work) == ""


def test_asking_for_the_discussion_ends_the_counted_attempts(work, hand_in):
    hand_in("wrong")

    item = show_discussion(work_item=work)

    assert (item.reveal_reason, item.is_practice) == ("asked", True)


def test_the_discussion_needs_an_answer_first(work):
    with pytest.raises(RevealRefused):
        show_discussion(work_item=work)


def test_a_reveal_is_set_once(work, hand_in):
    hand_in("wrong")
    first = show_discussion(work_item=work).revealed_at

    assert show_discussion(work_item=work).revealed_at == first


@pytest.mark.parametrize("rule", [{"reveal": "close"}, {"release": "close"}])
def test_an_exercise_that_reveals_at_its_close_reveals_nothing_before(work, hand_in, rule):
    type(work.exercise).objects.filter(pk=work.exercise_id).update(**rule)
    work.exercise.refresh_from_db()
    _grade(hand_in("right"))

    with pytest.raises(RevealRefused):
        show_discussion(work_item=work)
    assert _reason(work) == ""


def test_the_close_reveals_to_everyone(work):
    _close(work, seconds=1)

    tasks.reveal_closed()

    assert _reason(work) == "closed"


def test_the_close_waits_for_the_last_person_with_an_extension(work):
    _close(work, hours=1)
    EnrolmentFactory(course=work.exercise.course, extension=timedelta(hours=2))

    tasks.reveal_closed()

    assert _reason(work) == ""


def test_the_close_waits_for_the_last_override_of_this_exercise_alone(work):
    _close(work, hours=1)
    person = EnrolmentFactory(course=work.exercise.course, extension=timedelta(minutes=30))
    PolicyOverride.objects.create(
        exercise=work.exercise, enrolment=person, extra_time=timedelta(hours=1), reason="ill"
    )

    assert not revealing.closed_for_everyone(work.exercise, timezone.now())
    assert revealing.closed_for_everyone(work.exercise, timezone.now() + timedelta(hours=1))


def test_the_close_leaves_a_given_back_attempt_usable(work):
    _close(work, hours=1)
    WorkItem.objects.filter(pk=work.pk).update(grace_until=timezone.now() + timedelta(hours=1))

    tasks.reveal_closed()

    assert _reason(work) == ""


def test_results_held_until_the_close_are_hidden_until_then(work):
    work.exercise.release = "close"
    work.exercise.due_at = timezone.now() + timedelta(hours=1)
    now = timezone.now()

    assert revealing.hides_result(work.exercise, now)
    assert not revealing.hides_result(work.exercise, now + timedelta(hours=2))
