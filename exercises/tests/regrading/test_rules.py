"""What a regrade finds, writes and takes back, rule by rule."""

from decimal import Decimal

import pytest

from exercises import grading
from exercises.models import Grade, GradeProposal, GradingJob, RegradeBatch, RegradeRow, WorkItem
from exercises.submitting import new_key, submit
from exercises.tests.factories import VersionFactory, choice_part
from exercises.tests.fake_kind import FakeKind, fake_content
from exercises.tests.regrading.steps import (
    applied,
    by_person,
    head_of,
    new_version,
    previewed,
    row_of,
    undone,
)

Outcome, Skip, State = RegradeRow.Outcome, RegradeRow.Skip, RegradeBatch.State


def test_a_preview_says_who_changes_by_how_much_and_writes_no_grade(work, graded):
    wrong, right, half = graded("wrong", "right", "half")
    before = WorkItem.objects.values().get()

    batch = previewed(work.exercise, version=new_version(work.exercise))

    found = {row.submission_id: (row.outcome, row.difference) for row in batch.rows.all()}
    assert found == {
        wrong.pk: (Outcome.RAISED, Decimal(3)),
        right.pk: (Outcome.LOWERED, Decimal(-3)),
        half.pk: (Outcome.SAME, Decimal(0)),
    }
    assert batch.state == State.READY
    assert Grade.objects.count() == 3
    assert WorkItem.objects.values().get() == before


def test_applying_writes_exactly_the_previewed_results(work, graded, monkeypatch):
    wrong, right = graded("wrong", "right")
    batch = previewed(work.exercise, version=new_version(work.exercise))
    monkeypatch.setattr(FakeKind, "grade", lambda *_a, **_k: pytest.fail("graded again"))

    batch = applied(batch)

    head = head_of(wrong)
    assert (head.points, head.source, head.batch, head.job) == (2, Grade.Source.AUTO, batch, None)
    assert head.items == row_of(batch, wrong).items
    assert head.version == work.exercise.current_version
    assert head_of(right).points == 0
    work.refresh_from_db()
    assert (work.official_grade, work.best_points) == (head, 3)


def test_an_unchanged_answer_gets_no_grade(work, graded):
    graded("right")

    batch = applied(previewed(work.exercise))

    assert batch.state == State.APPLIED
    assert Grade.objects.count() == 1


def test_other_reasons_for_the_same_points_are_written(work, graded, monkeypatch):
    (submission,) = graded("right")
    grade = FakeKind.grade

    def friendlier(self, spec, answer, *, variant=None):
        verdict = grade(self, spec, answer, variant=variant)
        return type(verdict)(**{name: getattr(verdict, name) for name in verdict.__slots__}
                             | {"feedback": "Well said."})  # fmt: skip

    monkeypatch.setattr(FakeKind, "grade", friendlier)
    batch = applied(previewed(work.exercise))

    assert row_of(batch, submission).outcome == Outcome.REASONS
    assert head_of(submission).items[0]["feedback"] == "Well said."


def test_never_lower_keeps_what_would_be_lowered(work, graded):
    wrong, right = graded("wrong", "right")

    batch = applied(previewed(work.exercise, version=new_version(work.exercise), never_lower=True))

    assert row_of(batch, right).outcome == Outcome.KEPT
    assert (head_of(right).points, head_of(wrong).points) == (2, 2)


def test_losing_the_release_counts_as_lowered(work, graded, monkeypatch):
    (submission,) = graded("right")
    grade = FakeKind.grade

    def doubtful(self, spec, answer, *, variant=None):
        verdict = grade(self, spec, answer, variant=variant)
        return type(verdict)(score=1.0, criteria=verdict.criteria, certain=False)

    monkeypatch.setattr(FakeKind, "grade", doubtful)

    kept = previewed(work.exercise, never_lower=True)

    assert row_of(kept, submission).outcome == Outcome.KEPT


def test_a_person_s_grade_gets_a_proposal_and_stays(work, graded):
    (submission,) = graded("wrong")
    hers = by_person(submission, "0.5")

    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))

    proposal = GradeProposal.objects.get()
    assert head_of(submission) == hers
    assert (proposal.against, proposal.points, proposal.source) == (hers, 2, "auto")
    assert row_of(batch, submission).proposal == proposal


def test_undoing_dismisses_a_waiting_proposal(work, graded):
    (submission,) = graded("wrong")
    by_person(submission, "0.5")

    undone(applied(previewed(work.exercise, version=new_version(work.exercise))))

    assert GradeProposal.objects.get().decision == GradeProposal.Decision.DISMISSED


def test_a_second_proposal_is_numbered_on(work, graded):
    (submission,) = graded("wrong")
    by_person(submission, "0.5")

    for _ in range(2):
        applied(previewed(work.exercise, version=new_version(work.exercise)))

    assert list(GradeProposal.objects.values_list("run", flat=True)) == [1, 2]


def test_a_person_s_grade_with_the_same_points_needs_no_proposal(work, graded):
    (submission,) = graded("wrong")
    by_person(submission, 1)

    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))

    assert row_of(batch, submission).outcome == Outcome.SAME
    assert not GradeProposal.objects.exists()


def test_a_chain_that_moved_since_the_preview_is_left_out_and_listed(work, graded):
    wrong, other = graded("wrong", "wrong")
    batch = previewed(work.exercise, version=new_version(work.exercise))
    hers = by_person(wrong, "0.5")

    batch = applied(batch)

    row = row_of(batch, wrong)
    assert (row.outcome, row.reason, row.written) == (Outcome.SKIPPED, Skip.CHAIN_MOVED, None)
    assert head_of(wrong) == hers
    assert head_of(other).batch == batch


def test_versions_whose_parts_differ_are_left_out_and_listed(work, graded):
    (submission,) = graded("wrong")

    batch = applied(previewed(work.exercise, version=new_version(work.exercise, parts=2)))

    row = row_of(batch, submission)
    assert (row.outcome, row.reason) == (Outcome.SKIPPED, Skip.PART_MISSING)
    assert Grade.objects.count() == 1


def test_a_part_of_another_kind_is_left_out(work, graded):
    (submission,) = graded("wrong")
    other = fake_content()
    other["parts"] = [choice_part("w1", points="2.00")]

    batch = previewed(work.exercise, version=VersionFactory(exercise=work.exercise, content=other))

    assert row_of(batch, submission).reason == Skip.KIND_DIFFERS


def test_one_part_alone_is_judged_and_the_others_stay(work, job_of):
    first = new_version(work.exercise, right="right", parts=2)
    answers = {"w1": {"word": "wrong"}, "w2": {"word": "wrong"}}
    submission = submit(work_item=work, key=new_key(work), version=first, answers=answers)
    grading.grade_job(job_of(submission).pk)

    applied(previewed(work.exercise, version=new_version(work.exercise, parts=2), part="w2"))

    points = {item["part"]: item["points"] for item in head_of(submission).items}
    assert points == {"w1": "0.00", "w2": "2.00"}


def test_a_grader_that_breaks_leaves_its_answer_out(work, graded, monkeypatch):
    (wrong,) = graded("wrong")
    monkeypatch.setattr(FakeKind, "grade", lambda *_a, **_k: 1 / 0)

    batch = previewed(work.exercise)

    row = row_of(batch, wrong)
    assert (row.reason, row.error_class) == (Skip.GRADER_FAILED, "ZeroDivisionError")


def test_an_answer_that_is_still_in_line_is_left_out(work, hand_in, monkeypatch):
    submission = hand_in("right")
    monkeypatch.setattr(grading, "is_job_due", lambda: False)

    batch = previewed(work.exercise)

    assert row_of(batch, submission).reason == Skip.IN_LINE


def test_an_answer_whose_grading_died_gets_its_first_grade(work, hand_in):
    submission = hand_in("right")
    GradingJob.objects.update(state=GradingJob.State.DEAD)

    batch = applied(previewed(work.exercise))

    assert head_of(submission).batch == batch
    work.refresh_from_db()
    assert work.best_points == 3


def test_a_first_grade_cannot_be_undone_and_is_listed(work, hand_in):
    submission = hand_in("right")
    GradingJob.objects.update(state=GradingJob.State.DEAD)

    batch = undone(applied(previewed(work.exercise)))

    assert row_of(batch, submission).undo_skip == Skip.FIRST_GRADE
    assert Grade.objects.count() == 1


def test_undoing_restores_what_held_before(work, graded):
    wrong, right = graded("wrong", "right")
    before = {one.pk: (head_of(one).points, head_of(one).items) for one in (wrong, right)}
    best = WorkItem.objects.get().best_points

    batch = undone(applied(previewed(work.exercise, version=new_version(work.exercise))))

    assert {one.pk: (head_of(one).points, head_of(one).items) for one in (wrong, right)} == before
    assert Grade.objects.count() == 6
    assert WorkItem.objects.get().best_points == best
    assert batch.state == State.UNDONE
    assert {head_of(one).source for one in (wrong, right)} == {Grade.Source.AUTO}


def test_undoing_leaves_alone_what_a_person_graded_since(work, graded):
    wrong, other = graded("wrong", "wrong")
    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))
    hers = by_person(wrong, "0.5")

    batch = undone(batch)

    assert head_of(wrong) == hers
    assert row_of(batch, wrong).undo_skip == Skip.CHAIN_MOVED
    assert head_of(other).points == 0


def test_full_marks_by_a_regrade_do_not_reveal(work, graded):
    graded("wrong")

    applied(previewed(work.exercise, version=new_version(work.exercise)))

    work.refresh_from_db()
    assert work.best_points == work.exercise.points
    assert not work.is_revealed


def test_a_regrade_that_grades_the_last_attempt_reveals(work, hand_in):
    WorkItem.objects.update(attempts_max=1)
    hand_in("wrong")
    GradingJob.objects.update(state=GradingJob.State.DEAD)

    applied(previewed(work.exercise))

    work.refresh_from_db()
    assert work.reveal_reason == WorkItem.RevealReason.NO_ATTEMPT_LEFT


def test_neither_apply_nor_undo_hides_what_was_revealed(work, graded):
    graded("right")
    work.refresh_from_db()
    seen = work.revealed_at
    assert seen

    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))
    undone(batch)

    work.refresh_from_db()
    assert work.revealed_at == seen
