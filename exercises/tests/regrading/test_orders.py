"""Which answers a batch takes, and what it may be told in which state."""

import pytest
from django.db import IntegrityError, transaction

from exercises import grading, regrading
from exercises.batches import applying, leasing, running
from exercises.models import Grade, GradingJob, RegradeBatch, RegradeRow, WorkItem
from exercises.submitting import open_work
from exercises.tests.factories import EnrolmentFactory, UserFactory
from exercises.tests.regrading.steps import (
    Standing,
    applied,
    begin,
    by_person,
    new_version,
    previewed,
    undone,
    work_off,
)

State = RegradeBatch.State


@pytest.mark.parametrize(
    ("standing", "word"),
    [(Standing.FINAL, "wrong"), (Standing.PROVISIONAL, "half"), (Standing.PERSON, "third")],
)
def test_a_batch_takes_the_standing_that_it_was_told(work, graded, standing, word):
    found = dict(zip(("wrong", "half", "third"), graded("wrong", "half", "third"), strict=True))
    by_person(found["third"], 1)

    batch = previewed(work.exercise, standings=(standing,))

    assert [row.submission for row in batch.rows.all()] == [found[word]]


def test_a_batch_takes_one_person_s_answers(work, graded):
    graded("wrong")
    other = EnrolmentFactory(course=work.exercise.course)
    (hers,) = graded("wrong", item=open_work(enrolment=other, exercise=work.exercise))

    batch = previewed(work.exercise, enrolment=other)

    assert [row.submission for row in batch.rows.all()] == [hers]


def test_a_batch_takes_the_dates_that_it_was_told(work, graded):
    first, second = graded("wrong", "wrong")

    batch = previewed(
        work.exercise, received_from=second.received_at, received_until=second.received_at
    )

    assert [row.submission for row in batch.rows.all()] == [second]
    assert first.received_at < second.received_at


@pytest.mark.parametrize(("grader", "count"), [("fake 1", 1), ("fake 2", 0)])
def test_a_batch_takes_the_grader_version_that_it_was_told(work, graded, grader, count):
    graded("wrong")

    assert previewed(work.exercise, grader=grader).rows.count() == count


def test_practice_is_left_alone(work, graded):
    graded("right")
    graded("wrong")

    batch = previewed(work.exercise)

    assert batch.rows.count() == batch.total == 1


def test_one_batch_of_an_exercise_is_active_at_a_time(work):
    begin(work.exercise)

    with pytest.raises(regrading.RegradeRefused):
        begin(work.exercise)


def test_the_database_refuses_a_second_active_batch(work):
    batch = begin(work.exercise)
    batch.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        batch.save()


def test_a_cancelled_preview_writes_nothing_more(work, graded):
    graded("wrong")
    batch = begin(work.exercise)
    lease = leasing.claim(batch.pk)

    regrading.cancel(batch=batch, actor=UserFactory())

    assert not running.preview_chunk(lease, until=0)
    assert not RegradeRow.objects.exists()


def test_a_batch_cancelled_in_mid_apply_can_be_undone(work, graded):
    graded("wrong", "wrong")
    batch = previewed(work.exercise, version=new_version(work.exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    lease = leasing.claim(batch.pk)
    first, second = batch.rows.select_related("submission", "base")
    assert applying.apply_row(lease, first)
    regrading.cancel(batch=batch, actor=UserFactory())

    assert not applying.apply_row(lease, second)
    assert Grade.objects.filter(batch=batch).count() == 1
    undone(batch)
    assert WorkItem.objects.get().best_points == 0


def test_a_batch_that_is_over_takes_no_orders(work):
    batch = applied(previewed(work.exercise))

    for order in (regrading.apply, regrading.cancel, regrading.undo):
        with pytest.raises(regrading.RegradeRefused):
            order(batch=batch, actor=UserFactory())


def test_a_fresh_answer_goes_first(work, graded, hand_in):
    graded("wrong")
    batch = begin(work.exercise)
    hand_in("right")

    pause = running.run_slice(batch.pk)

    assert pause == running.STAND_BACK
    assert not RegradeRow.objects.exists()
    grading.grade_job(GradingJob.objects.latest("pk").pk)
    assert work_off(batch).state == State.READY
