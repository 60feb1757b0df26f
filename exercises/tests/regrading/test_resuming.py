"""Killed, poisoned and broken batches go on; memory and statements stay bounded."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises import grading, regrading, tasks
from exercises.batches import applying, candidates, leasing, previewing, running
from exercises.models import Grade, RegradeBatch, RegradeRow
from exercises.submitting import open_work
from exercises.tests.factories import EnrolmentFactory, UserFactory
from exercises.tests.regrading.steps import begin, new_version, previewed, row_of, work_off

State, Skip = RegradeBatch.State, RegradeRow.Skip


@pytest.fixture
def many(work, graded):
    """Seven wrong answers of seven people."""
    people = [EnrolmentFactory(course=work.exercise.course) for _ in range(6)]
    items = [work, *(open_work(enrolment=one, exercise=work.exercise) for one in people)]
    return [graded("wrong", item=item)[0] for item in items]


def _abandon(batch):
    """Let the holder's lease run out, as a killed worker does."""
    RegradeBatch.objects.filter(pk=batch.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_preview_whose_worker_was_killed_goes_on_and_repeats_nothing(work, many, monkeypatch):
    monkeypatch.setattr(previewing, "CHUNK", 3)
    batch = begin(work.exercise)
    lease = leasing.claim(batch.pk)
    assert previewing.preview_chunk(lease, until=1e12)
    _abandon(batch)

    batch = work_off(batch)

    assert (batch.state, batch.looked_at, batch.rows.count()) == (State.READY, 7, 7)


def test_an_apply_whose_worker_was_killed_goes_on_and_writes_each_once(work, many):
    batch = previewed(work.exercise, version=new_version(work.exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    lease = leasing.claim(batch.pk)
    rows = list(batch.rows.select_related("submission", "base"))
    assert all(applying.apply_row(lease, row) for row in rows[:3])
    _abandon(batch)

    work_off(batch)

    assert Grade.objects.filter(batch=batch).count() == 7


def test_a_worker_that_lost_its_lease_writes_nothing(work, many):
    batch = previewed(work.exercise, version=new_version(work.exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    late = leasing.claim(batch.pk)
    row = batch.rows.select_related("submission", "base").first()
    _abandon(batch)
    assert leasing.claim(batch.pk)

    assert not applying.apply_row(late, row)
    assert not Grade.objects.filter(batch=batch).exists()


def test_two_processes_never_hold_a_batch_at_once(work):
    batch = begin(work.exercise)

    assert leasing.claim(batch.pk)
    assert leasing.claim(batch.pk) is None


def test_an_answer_that_kills_its_workers_is_left_out(work, many, settings):
    batch = begin(work.exercise)
    for _ in range(settings.GRADING_TRIES):
        assert leasing.claim(batch.pk)
        _abandon(batch)

    batch = work_off(batch)

    row = row_of(batch, many[0])
    assert (row.reason, row.error_class) == (Skip.GRADER_FAILED, "WorkerLost")
    assert batch.state == State.READY
    assert batch.rows.filter(outcome="skipped").count() == 1


def test_a_batch_that_only_breaks_is_given_up_by_name(work, many, monkeypatch):
    def broken(*_args, **_more):
        raise LookupError("no such thing")

    monkeypatch.setattr(running, "_STEPS", dict.fromkeys(running._STEPS, broken))

    batch = work_off(begin(work.exercise))

    assert (batch.state, batch.error_class) == (State.FAILED, "LookupError")


def test_a_batch_whose_message_was_lost_is_found_by_beat(work, many, monkeypatch):
    batch = begin(work.exercise)
    sent = []
    monkeypatch.setattr(tasks, "send_regrade_hint", lambda pk, **_more: sent.append(pk))
    tasks.regrade()
    assert batch.rows.count() == 0
    long_ago = timezone.now() - timedelta(minutes=1)
    RegradeBatch.objects.filter(pk=batch.pk).update(available_at=long_ago)

    tasks.regrade()

    batch.refresh_from_db()
    assert batch.rows.count() == 7
    assert sent in ([], [batch.pk])


def test_a_second_message_for_the_same_slice_does_nothing(work, many, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "send_regrade_hint", lambda pk, **_more: sent.append(pk))
    monkeypatch.setattr(previewing, "CHUNK", 1)
    monkeypatch.setattr(running, "SLICE_S", 0.000001)
    batch = begin(work.exercise)

    tasks.regrade(batch.pk)
    tasks.regrade(batch.pk)

    assert sent == [batch.pk]


def test_no_more_rows_are_read_at_a_time_than_a_chunk(work, many, monkeypatch):
    sizes = []
    read = candidates.candidates_of
    monkeypatch.setattr(previewing, "CHUNK", 3)

    def measured(batch, *, size):
        found = read(batch, size=size)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(previewing, "candidates_of", measured)

    previewed(work.exercise)

    assert sizes == [3, 3, 1, 0]


@pytest.mark.parametrize("size", [2, 6])
def test_a_preview_chunk_asks_as_much_whatever_its_size(work, many, monkeypatch, size):
    monkeypatch.setattr(previewing, "CHUNK", size)
    lease = leasing.claim(begin(work.exercise, version=new_version(work.exercise)).pk)
    with CaptureQueriesContext(connection) as ran:
        previewing.preview_chunk(lease, until=1e12)

    asked = [one["sql"] for one in ran if one["sql"].split()[0] in ("SELECT", "UPDATE", "INSERT")]
    assert len(asked) <= 6


@pytest.mark.parametrize("size", [2, 6])
def test_an_applied_row_asks_as_much_however_many_there_are(work, many, monkeypatch, size):
    monkeypatch.setattr(applying, "CHUNK", size)
    batch = previewed(work.exercise, version=new_version(work.exercise))
    regrading.apply(batch=batch, actor=UserFactory())
    lease = leasing.claim(batch.pk)
    with CaptureQueriesContext(connection) as ran:
        applying.apply_chunk(lease, until=1e12)

    asked = [one["sql"] for one in ran if one["sql"].split()[0] in ("SELECT", "UPDATE", "INSERT")]
    # Five of a row's are the draw of blind checks, which goes on with the next grade.
    assert len(asked) <= 2 + 13 * size


def test_a_slice_ends_in_time(work, many, monkeypatch):
    monkeypatch.setattr(running, "SLICE_S", 0.000001)
    batch = begin(work.exercise)

    assert running.run_slice(batch.pk) == running.PAUSE
    assert batch.rows.count() == 1


def test_an_answer_that_waits_for_its_grade_stops_a_slice(work, many, monkeypatch):
    asked = iter([False, True])
    monkeypatch.setattr(previewing, "CHUNK", 2)
    monkeypatch.setattr(grading, "is_job_due", lambda: next(asked))
    batch = begin(work.exercise)

    assert running.run_slice(batch.pk) == running.STAND_BACK
    assert batch.rows.count() == 2
