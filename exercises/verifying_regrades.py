"""Holding what regrade batches wrote against their rows, without writing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from exercises.models import Grade, RegradeRow, WorkItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exercises.models import GradeProposal

# So many rows with their grades are in memory at a time.
ROWS_AT_A_TIME = 50

# The values of verifying.Difference: check, row, stored and expected.
Found = tuple[str, str, str, str]

_VERDICT = ("items", "points", "possible", "released")


def differences_of_regrades() -> Iterator[Found]:
    """Give what does not fit, as the values of a verifying.Difference. May run beside a site.

    What looks wrong is read again under its work item's lock. Memory is bounded.
    """
    after = 0
    while rows := list(_rows().filter(pk__gt=after).order_by("pk")[:ROWS_AT_A_TIME]):
        after = rows[-1].pk
        for row in rows:
            if any(_of_row(row)):
                yield from _again(row)
    yield from _strangers()


@transaction.atomic
def _again(row: RegradeRow) -> list[Found]:
    WorkItem.objects.select_for_update().filter(pk=row.submission.work_item_id).first()
    fresh = _rows().filter(pk=row.pk).first()
    return list(_of_row(fresh)) if fresh else []


def _rows() -> Any:
    return RegradeRow.objects.select_related(
        "batch", "submission", "base", "written", "proposal", "undo_grade"
    ).defer("submission__answers", "submission__policy")


def _of_row(row: RegradeRow) -> Iterator[Found]:
    if row.written is not None:
        yield from _written(row, row.written)
    if row.proposal is not None:
        yield from _proposed(row, row.proposal)
    if row.undo_grade is not None:
        yield from _undone(row, row.undo_grade)
    elif row.written is not None and row.undone_at is not None and not row.undo_skip:
        yield _found(row, "undo grade", "none", "one")
    is_due = row.handled_at is not None and row.outcome in (
        *RegradeRow.WRITABLE, RegradeRow.Outcome.PROPOSAL
    )  # fmt: skip
    if is_due and row.written is None and row.proposal is None:
        yield _found(row, "written grade", "none", "one")


def _written(row: RegradeRow, grade: Grade) -> Iterator[Found]:
    """The written grade carries exactly the row's result, over the grade that the preview saw."""
    yield from _place(row, grade, over=row.base_id)
    is_policy = row.batch.is_policy and row.base is not None
    expected = {name: getattr(row, name) for name in _VERDICT}
    if row.base is not None and is_policy:
        expected["items"] = row.base.items
    source = Grade.Source.POLICY if is_policy else Grade.Source.AUTO
    kept = row.kept_fraction if is_policy else _kept(row, row.base)
    yield from _compared(row, grade, expected | {"source": source, "kept": kept})


def _undone(row: RegradeRow, grade: Grade) -> Iterator[Found]:
    """The undoing grade carries what held before, over the one that the batch wrote."""
    yield from _place(row, grade, over=row.written_id)
    if row.base is None:
        yield _found(row, "undo grade", f"grade:{grade.pk}", "none: nothing held before")
        return
    expected = {name: getattr(row.base, name) for name in (*_VERDICT, "source", "feedback")}
    yield from _compared(row, grade, expected | {"kept": _kept(row, row.base)})


def _proposed(row: RegradeRow, proposal: GradeProposal) -> Iterator[Found]:
    expected = {name: getattr(row, name) for name in _VERDICT}
    for name, value in expected.items():
        if getattr(proposal, name) != value:
            yield _found(row, f"{name} of proposal", f"gradeproposal:{proposal.pk}", "the row's")
    if proposal.submission_id != row.submission_id:
        yield _found(row, "submission of proposal", str(proposal.submission_id),
                     str(row.submission_id))  # fmt: skip


def _place(row: RegradeRow, grade: Grade, *, over: int | None) -> Iterator[Found]:
    pairs = {
        "submission": (grade.submission_id, row.submission_id),
        "batch": (grade.batch_id, row.batch_id),
        "superseded grade": (grade.supersedes_id, over),
    }
    for name, (stored, expected) in pairs.items():
        if stored != expected:
            yield _found(row, f"{name} of grade:{grade.pk}", str(stored), str(expected))


def _compared(row: RegradeRow, grade: Grade, expected: dict[str, Any]) -> Iterator[Found]:
    grade.submission = row.submission
    for name, value in expected.items():
        stored = getattr(grade, name)
        if stored != value:
            texts = ("other items", "the row's") if name == "items" else (str(stored), str(value))
            yield _found(row, f"{name} of grade:{grade.pk}", *texts)


def _kept(row: RegradeRow, base: Grade | None) -> Any:
    if base is None:
        return row.submission.kept_fraction
    base.submission = row.submission
    return base.kept


def _strangers() -> Iterable[Found]:
    """Grades that name a batch which has no row for them."""
    strangers = Grade.objects.filter(
        batch__isnull=False, regrade_row__isnull=True, undone_row__isnull=True
    )
    for pk, batch in strangers.order_by("pk").values_list("pk", "batch_id").iterator():
        yield ("row of a regrade's grade", f"grade:{pk}", "none", f"one of regradebatch:{batch}")


def _found(row: RegradeRow, check: str, stored: str, expected: str) -> Found:
    return (check, f"regraderow:{row.pk}", stored, expected)
