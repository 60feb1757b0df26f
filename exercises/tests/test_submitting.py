"""Taking answers in."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from exercises import tasks
from exercises.models import GradingJob, Submission, WorkItem
from exercises.models.submission import SubmissionIsFinal
from exercises.revealing import show_discussion
from exercises.submitting import (
    AttemptsUsed,
    Closed,
    KeyInvalid,
    KeyReused,
    NotOpenYet,
    TooManyHandIns,
    new_key,
    open_work,
)
from exercises.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db


def _move_due(item, **delta):
    item.exercise.due_at = timezone.now() + timedelta(**delta)
    item.exercise.save(update_fields=["due_at"])


def test_hand_in_stores_submission_job_and_attempt_together(work, hand_in, job_of):
    submission = hand_in("right")

    work.refresh_from_db()
    assert (submission.number, work.attempts_used) == (1, 1)
    assert job_of(submission).state == GradingJob.State.QUEUED


def test_a_failure_inside_the_transaction_stores_nothing(work, hand_in, monkeypatch):
    monkeypatch.setattr(GradingJob.objects, "create", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        hand_in()

    work.refresh_from_db()
    assert (Submission.objects.count(), work.attempts_used) == (0, 0)


def test_the_same_key_gives_the_same_receipt(work, hand_in):
    key = new_key(work)

    first, second = hand_in(key=key), hand_in(key=key)

    assert first.receipt == second.receipt
    assert Submission.objects.count() == 1


def test_the_same_key_with_other_answers_is_refused_with_what_is_stored(work, hand_in):
    key = new_key(work)
    stored = hand_in("right", key=key)

    with pytest.raises(KeyReused) as refusal:
        hand_in("wrong", key=key)

    assert refusal.value.submission == stored
    assert Submission.objects.count() == 1


def test_a_key_made_for_another_person_is_refused(work, hand_in):
    other = open_work(
        enrolment=EnrolmentFactory(course=work.exercise.course), exercise=work.exercise
    )

    with pytest.raises(KeyInvalid):
        hand_in(key=new_key(other))


@pytest.mark.parametrize("key", ["", "x", "1.2.abc", "1.2.abc:forged"])
def test_a_forged_key_is_refused(hand_in, key):
    with pytest.raises(KeyInvalid):
        hand_in(key=key or "none")


def test_an_exercise_that_opens_later_takes_nothing(work, hand_in):
    work.exercise.opens_at = timezone.now() + timedelta(hours=1)
    work.exercise.save()

    with pytest.raises(NotOpenYet):
        hand_in()


def test_a_closed_exercise_takes_nothing(work, hand_in):
    _move_due(work, seconds=-1)

    with pytest.raises(Closed):
        hand_in()


def test_an_extension_keeps_the_exercise_open_for_its_holder(work, hand_in):
    _move_due(work, hours=-1)
    work.enrolment.extension = timedelta(hours=2)
    work.enrolment.save()

    assert hand_in().kept_fraction == 1


def test_a_late_answer_keeps_the_late_steps_fraction(work, hand_in):
    _move_due(work, hours=-1)
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    work.exercise.late_steps = [{"until_wall": "", "until": until, "fraction": "0.5"}]
    work.exercise.save()

    assert hand_in().kept_fraction == Decimal("0.5")


def test_a_held_post_counts_from_its_first_receipt(work, hand_in):
    _move_due(work, seconds=-1)

    submission = hand_in(received_at=timezone.now() - timedelta(minutes=5))

    assert submission.received_at < submission.stored_at
    assert submission.kept_fraction == 1


def test_a_held_post_from_before_the_reveal_still_counts(work, hand_in):
    received_at = timezone.now() - timedelta(minutes=5)
    WorkItem.objects.filter(pk=work.pk).update(
        revealed_at=timezone.now() - timedelta(minutes=1), reveal_reason="closed"
    )

    assert hand_in(received_at=received_at).counted
    assert not hand_in().counted


def test_no_attempt_left_takes_nothing(work, hand_in):
    WorkItem.objects.filter(pk=work.pk).update(attempts_used=3)

    with pytest.raises(AttemptsUsed):
        hand_in()


def test_after_the_reveal_an_answer_is_practice(work, hand_in):
    hand_in("wrong")
    show_discussion(work_item=work)

    practice = hand_in("right")

    work.refresh_from_db()
    assert (practice.counted, practice.number, work.attempts_used) == (False, None, 1)


def test_attempts_added_after_a_reveal_count_only_when_the_instructor_says_so(work, hand_in):
    hand_in("wrong")
    show_discussion(work_item=work)
    WorkItem.objects.filter(pk=work.pk).update(counts_after_reveal=True)

    assert hand_in("right").counted


def test_the_eleventh_answer_in_a_minute_is_slowed(work, hand_in):
    hand_in("wrong")
    show_discussion(work_item=work)
    for _ in range(9):
        hand_in("wrong")

    with pytest.raises(TooManyHandIns):
        hand_in("wrong")


def test_a_given_back_attempt_may_be_used_past_the_close_without_a_late_loss(work, hand_in):
    _move_due(work, hours=-1)
    work.grace_until = timezone.now() + timedelta(hours=1)
    work.save()

    assert hand_in().kept_fraction == 1


def test_a_lowered_limit_never_goes_below_what_was_used(work, hand_in):
    hand_in("wrong")
    hand_in("wrong")
    work.exercise.attempts = 1
    work.exercise.save()

    again = open_work(enrolment=work.enrolment, exercise=work.exercise)

    assert (again.attempts_max, again.attempts_used) == (2, 2)


def test_a_broker_that_is_gone_costs_the_hint_and_nothing_else(
    hand_in, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(_job_id):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks._Hints, "paused_until", 0.0)
    monkeypatch.setattr(tasks.grade, "delay", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        submission = hand_in()

    assert submission.jobs.get().state == GradingJob.State.QUEUED


def test_a_stored_submission_refuses_to_change(hand_in):
    submission = hand_in()

    with pytest.raises(SubmissionIsFinal):
        submission.save()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE exercises_submission SET answers = '{}'")
