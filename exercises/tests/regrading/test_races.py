"""Sixteen writers on one chain, on SQLite and on PostgreSQL: it stays one line."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from exercises import grading, regrading, reviewing
from exercises.batches import running
from exercises.models import Grade, GradingJob, RegradeBatch
from exercises.submitting import new_key, open_work, submit
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, UserFactory
from exercises.tests.fake_kind import fake_content
from exercises.tests.regrading.steps import begin, new_version, previewed, work_off

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT_ONCE = 16
State = RegradeBatch.State


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Let batches work although the tests' own jobs are due."""
    monkeypatch.setattr(grading, "is_job_due", lambda: False)


def _together(act):
    barrier = Barrier(AT_ONCE)

    def run(index):
        try:
            barrier.wait(timeout=30)
            return act(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def _graded(exercise):
    item = open_work(enrolment=EnrolmentFactory(course=exercise.course), exercise=exercise)
    answers = {"w1": {"word": "wrong"}}
    submission = submit(
        work_item=item, key=new_key(item), version=exercise.current_version, answers=answers
    )
    grading.grade_job(submission.jobs.get().pk)
    return submission


def _review(submission, head_id, reviewer):
    try:
        return reviewing.review(
            submission=submission, reviewer=reviewer, scores={"w1": {"word": 1}}, feedback="",
            head_id=head_id,
        )  # fmt: skip
    except reviewing.ChainMoved:
        return None


@pytest.mark.parametrize("round_", range(3))
def test_regrade_review_and_grading_at_once_keep_the_chain_linear(fake_kind, round_):
    exercise = ExerciseFactory(content=fake_content())
    submission = _graded(exercise)
    head_id = Grade.objects.get().pk
    batch = previewed(exercise, version=new_version(exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    now = timezone.now()
    job = GradingJob.objects.create(
        submission=submission, run=2, reason="regrade", available_at=now, created_at=now
    )
    reviewers = [UserFactory() for _ in range(AT_ONCE)]
    acts = [
        lambda i: _review(submission, head_id, reviewers[i]),
        lambda _i: running.run_slice(batch.pk),
        lambda _i: grading.grade_job(job.pk),
    ]

    _together(lambda i: acts[(i + round_) % 3](i))
    work_off(batch)

    assert Grade.objects.heads().count() == 1
    assert Grade.objects.filter(supersedes__isnull=True).count() == 1
    over_a_person = Grade.objects.filter(source="auto", supersedes__source="human")
    assert not over_a_person.exists()
    assert Grade.objects.filter(batch=batch).count() <= 1


def test_sixteen_workers_apply_each_row_once(fake_kind):
    exercise = ExerciseFactory(content=fake_content())
    for _ in range(8):
        _graded(exercise)
    batch = previewed(exercise, version=new_version(exercise))
    regrading.apply(batch=batch, actor=UserFactory())

    _together(lambda _i: running.run_slice(batch.pk))
    batch = work_off(batch)

    assert batch.state == State.APPLIED
    assert Grade.objects.filter(batch=batch).count() == 8


def test_a_cancel_among_workers_leaves_whole_rows(fake_kind):
    exercise = ExerciseFactory(content=fake_content())
    for _ in range(8):
        _graded(exercise)
    batch = previewed(exercise, version=new_version(exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    actor = UserFactory()

    def act(index):
        if index == 7:
            regrading.cancel(batch=batch, actor=actor)
        else:
            running.run_slice(batch.pk)

    with contextlib.suppress(regrading.RegradeRefused):  # the workers may be through before it
        _together(act)

    batch.refresh_from_db()
    assert batch.state in (State.CANCELLED, State.APPLIED)
    written = Grade.objects.filter(batch=batch).count()
    assert batch.rows.filter(written__batch=batch, handled_at__isnull=False).count() == written
    assert batch.state == State.CANCELLED or written == 8


def test_sixteen_instructors_begin_one_batch(fake_kind):
    exercise = ExerciseFactory(content=fake_content())
    actors = [UserFactory() for _ in range(AT_ONCE)]

    def act(index):
        try:
            return begin(exercise, actor=actors[index]).pk
        except regrading.RegradeRefused:
            return None

    begun = [pk for pk in _together(act) if pk]

    assert len(begun) == RegradeBatch.objects.count() == 1
    assert RegradeBatch.objects.filter(available_at__gt=F("created_at")).count() == 0
