"""What a batch would make of one answer. Reads nothing and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exercises import grading, release_control
from exercises.contract import UnreadableAnswer
from exercises.models import Policy, RegradeBatch, RegradeRow
from exercises.summaries import scaled

if TYPE_CHECKING:
    from exercises.batches.candidates import Candidate
    from exercises.grading import Evaluation
    from exercises.models import ExerciseVersion, Grade
    from exercises.specification import Part, Specification

Outcome, Skip, Standing = RegradeRow.Outcome, RegradeRow.Skip, RegradeBatch.Standing


class _LeftOut(Exception):
    """The answer cannot be regraded. skip: why. error_class: of a grader's own failure."""

    def __init__(self, skip: RegradeRow.Skip, error_class: str = "") -> None:
        super().__init__(skip.value)
        self.skip, self.error_class = skip, error_class


def is_taken(batch: RegradeBatch, candidate: Candidate) -> bool:
    """Claim that the batch's filters on the grade that holds let this answer in."""
    if batch.standings and standing_of(candidate) not in batch.standings:
        return False
    return not batch.grader or batch.grader in _graders(candidate.head)


def standing_of(candidate: Candidate) -> RegradeBatch.Standing:
    if candidate.head is None:
        return Standing.UNGRADED
    if candidate.is_by_person:
        return Standing.PERSON
    return Standing.FINAL if candidate.head.released else Standing.PROVISIONAL


def row_for(
    batch: RegradeBatch, candidate: Candidate, *, off: frozenset[release_control.PartKey]
) -> RegradeRow:
    """Give the row, not yet stored, of what the batch finds for an answer.

    off: what is not released: a regrade releases no more than a first grading does.
    """
    row = RegradeRow(batch=batch, submission=candidate.submission, base=candidate.head)
    if candidate.head is not None:
        row.old_points = _worth(batch, candidate.head.points, candidate.head.possible,
                                candidate.head.kept)  # fmt: skip
    try:
        if batch.is_policy:
            _by_policy(row, candidate)
        else:
            _by_graders(row, candidate, off=off)
    except _LeftOut as left_out:
        return skipped(row, left_out.skip, error_class=left_out.error_class)
    return row


def skipped(row: RegradeRow, skip: RegradeRow.Skip, *, error_class: str = "") -> RegradeRow:
    """Make the row one that is left out."""
    row.outcome, row.reason, row.error_class = Outcome.SKIPPED, skip, error_class[:100]
    return row


def is_same(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> bool:
    """Claim that two results say the same, whichever version of a grader said it."""
    return [_said(item) for item in old] == [_said(item) for item in new]


def _by_policy(row: RegradeRow, candidate: Candidate) -> None:
    head, batch = candidate.head, row.batch
    if head is None:
        raise _LeftOut(Skip.IN_LINE if candidate.is_in_line else Skip.NO_GRADE)
    kept = _kept_by_policy(batch, candidate)
    row.points, row.possible, row.released = head.points, head.possible, head.released
    row.kind_versions, row.kept_fraction = _kind_versions(head.items), kept
    row.new_points = _worth(batch, head.points, head.possible, kept)
    row.outcome = Outcome.SAME if kept == head.kept else _compared(row, head)


def _kept_by_policy(batch: RegradeBatch, candidate: Candidate) -> Decimal:
    """Give what the present policy leaves of an answer handed in when it was.

    An attempt that our failure gave back counts as in time while its grace lasted, as at hand-in.
    """
    item, at = candidate.submission.work_item, candidate.submission.received_at
    policy = Policy.for_enrolment(batch.exercise, item.enrolment, candidate.override)
    until = item.grace_until
    if policy.is_closed(at) and until is not None and until - grading.GRACE <= at <= until:
        return Decimal(1)
    return policy.fraction_at(at)


def _by_graders(
    row: RegradeRow, candidate: Candidate, *, off: frozenset[release_control.PartKey]
) -> None:
    head, batch = candidate.head, row.batch
    if head is None and candidate.is_in_line:
        raise _LeftOut(Skip.IN_LINE)
    if head is None and batch.part:
        raise _LeftOut(Skip.NO_GRADE)
    version = batch.version or candidate.submission.version
    evaluation = _evaluated(batch, candidate, version, off=off)
    items = _merged(head, evaluation, version)
    row.items = items
    row.points = sum((Decimal(item["points"]) for item in items), Decimal(0))
    row.possible = sum((Decimal(item["possible"]) for item in items), Decimal(0))
    row.released = all(item["certain"] for item in items)
    row.kind_versions = _kind_versions(items)
    kept = head.kept if head else candidate.submission.kept_fraction
    row.new_points = _worth(batch, row.points, row.possible, kept)
    row.outcome = _outcome(row, candidate)
    if row.outcome == Outcome.SAME:
        row.items = []


def _outcome(row: RegradeRow, candidate: Candidate) -> RegradeRow.Outcome:
    head = candidate.head
    if head is None:
        return Outcome.RAISED
    is_new = (row.points, row.possible, row.released) != (head.points, head.possible, head.released)
    if candidate.is_by_person:
        # Her reasons are her own: another verdict than hers is one with other points.
        return Outcome.PROPOSAL if row.new_points != row.old_points else Outcome.SAME
    if not is_new and is_same(head.items, row.items):
        return Outcome.SAME
    return _compared(row, head)


def _compared(row: RegradeRow, head: Grade) -> RegradeRow.Outcome:
    """Say what a result does to the grade that holds: points that no longer count are lost too."""
    old, new = row.old_points or Decimal(0), row.new_points or Decimal(0)
    if new < old or (head.released and not row.released):
        return Outcome.KEPT if row.batch.never_lower else Outcome.LOWERED
    return Outcome.RAISED if new > old else Outcome.REASONS


def _evaluated(
    batch: RegradeBatch,
    candidate: Candidate,
    version: ExerciseVersion,
    *,
    off: frozenset[release_control.PartKey],
) -> Evaluation:
    submission = candidate.submission
    specification = version.specification
    parts = _agreeing(batch.part, submission.version.specification, specification)
    judging = replace(specification, parts=parts)
    try:
        evaluation = grading.evaluate(
            judging, submission.answers, variant_seed=submission.work_item.variant_seed
        )
    except UnreadableAnswer:
        raise _LeftOut(Skip.UNREADABLE) from None
    except Exception as error:  # noqa: BLE001 - whatever a grader raises, the batch goes on
        raise _LeftOut(Skip.GRADER_FAILED, type(error).__name__) from None
    return replace(
        evaluation,
        items=release_control.held_back(evaluation.items, specification=judging, off=off),
    )


def _agreeing(part: str, answered: Specification, judging: Specification) -> tuple[Part, ...]:
    """Give the parts that judge, in the answered version's order: each of the same slug and kind.

    Raises _LeftOut where the versions do not agree on what is judged.
    """
    asked = {each.slug: each for each in answered.parts if part in ("", each.slug)}
    with_rules = {each.slug: each for each in judging.parts if part in ("", each.slug)}
    if not asked or asked.keys() != with_rules.keys():
        raise _LeftOut(Skip.PART_MISSING)
    if any(with_rules[slug].kind.slug != each.kind.slug for slug, each in asked.items()):
        raise _LeftOut(Skip.KIND_DIFFERS)
    return tuple(with_rules[slug] for slug in asked)


def _merged(
    head: Grade | None, evaluation: Evaluation, version: ExerciseVersion
) -> list[dict[str, Any]]:
    """Give the new items in place of the old ones of their parts; the others stay as they are."""
    fresh = {item["part"]: {**item, "version": version.number} for item in evaluation.items}
    kept = [fresh.pop(item["part"], item) for item in head.items] if head else []
    return [*kept, *fresh.values()]


def _worth(batch: RegradeBatch, points: Decimal, possible: Decimal, kept: Decimal) -> Decimal:
    return scaled(points, possible, exercise_points=batch.exercise.points, kept=kept)


def _graders(head: Grade | None) -> set[str]:
    versions = _kind_versions(head.items) if head else {}
    return {f"{kind} {version}" for kind, version in versions.items()}


def _kind_versions(items: list[dict[str, Any]]) -> dict[str, str]:
    return {item["kind"]: item["kind_version"] for item in items if "kind" in item}


def _said(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in ("kind_version", "version")}
