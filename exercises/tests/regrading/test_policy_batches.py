"""Extra time and moved due times, worked into stored grades without running a grader."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from exercises import grading
from exercises.models import Grade, PolicyOverride, RegradeRow, WorkItem
from exercises.tests.fake_kind import FakeKind
from exercises.tests.regrading.steps import (
    What,
    applied,
    by_person,
    head_of,
    previewed,
    row_of,
    undone,
)

Outcome = RegradeRow.Outcome


@pytest.fixture
def late(work, graded):
    """A right answer, a day late in an exercise that keeps half for two days."""
    now = timezone.now()
    work.exercise.due_at = now - timedelta(days=1)
    until = (now + timedelta(days=1)).isoformat()
    work.exercise.late_steps = [{"until": until, "until_wall": "", "fraction": "0.5"}]
    work.exercise.save()
    (submission,) = graded("right", item=work)
    return submission


def _grant(work, **time):
    PolicyOverride.objects.create(
        exercise=work.exercise, enrolment=work.enrolment, extra_time=timedelta(**time), reason="ill"
    )


def test_extra_time_granted_afterwards_is_worked_in_without_a_grader(work, late, monkeypatch):
    assert WorkItem.objects.get().best_points == Decimal("1.50")
    _grant(work, days=3)
    monkeypatch.setattr(FakeKind, "grade", lambda *_a, **_k: pytest.fail("graded again"))

    batch = applied(previewed(work.exercise, what=What.POLICY))

    head = head_of(late)
    assert (head.source, head.kept_fraction, head.batch) == (Grade.Source.POLICY, 1, batch)
    assert head.items == head.supersedes.items
    assert WorkItem.objects.get().best_points == 3


def test_a_policy_grade_over_a_person_s_keeps_her_verdict(work, late):
    hers = by_person(late, "0.5")
    _grant(work, days=3)

    applied(previewed(work.exercise, what=What.POLICY))

    head = head_of(late)
    assert (head.items, head.feedback, head.grader) == (
        hers.items, hers.feedback, hers.grader,
    )  # fmt: skip
    assert WorkItem.objects.get().best_points == Decimal("1.50")


def test_a_person_s_verdict_under_a_policy_grade_is_still_hers(work, late):
    by_person(late, "0.5")
    _grant(work, days=3)
    applied(previewed(work.exercise, what=What.POLICY))
    head = head_of(late)

    batch = applied(previewed(work.exercise))

    assert row_of(batch, late).outcome == Outcome.PROPOSAL
    assert head_of(late) == head


def test_extra_time_outlives_a_later_grade(work, late):
    _grant(work, days=3)
    applied(previewed(work.exercise, what=What.POLICY))

    by_person(late, 1)

    assert head_of(late).kept == 1
    assert WorkItem.objects.get().best_points == 3


def test_undoing_a_policy_batch_restores_the_fraction(work, late):
    _grant(work, days=3)

    undone(applied(previewed(work.exercise, what=What.POLICY)))

    assert head_of(late).kept == Decimal("0.5")
    assert head_of(late).source == Grade.Source.AUTO
    assert WorkItem.objects.get().best_points == Decimal("1.50")


def test_never_lower_holds_against_an_earlier_due_time(work, graded):
    (submission,) = graded("right")
    work.exercise.due_at = timezone.now() - timedelta(days=1)
    work.exercise.save()

    batch = applied(previewed(work.exercise, what=What.POLICY, never_lower=True))

    assert row_of(batch, submission).outcome == Outcome.KEPT
    assert WorkItem.objects.get().best_points == 3


def test_an_attempt_given_back_counts_as_in_time_in_a_policy_batch(work, graded):
    (submission,) = graded("right")
    now = timezone.now()
    work.exercise.due_at = now - timedelta(days=1)
    work.exercise.save()
    WorkItem.objects.update(given_back=1, grace_until=now + grading.GRACE - timedelta(hours=1))

    batch = previewed(work.exercise, what=What.POLICY)

    assert row_of(batch, submission).outcome == Outcome.SAME
