"""Recomputing what the database says of itself, row by row, without writing anything."""

from __future__ import annotations

import hmac
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Any

from django.db import transaction

from exercises import release_auditing, release_verifying
from exercises.models import (
    ExerciseVersion,
    Grade,
    GradeProposal,
    GradingJob,
    ReleaseAudit,
    Submission,
    WorkItem,
)
from exercises.models.exercise import digest
from exercises.submitting import answers_hash
from exercises.summaries import summary_of
from exercises.verifying_regrades import differences_of_regrades

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Rows of so many work items are in memory at a time, without their answers and verdicts.
ITEMS_AT_A_TIME = 100
ROWS_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit. row: model name and id. stored, expected: ids and numbers."""

    check: str
    row: str
    stored: str
    expected: str

    def __str__(self) -> str:
        return f"{self.row} {self.check}: stored {self.stored}, expected {self.expected}"


@dataclass(slots=True)
class _Rows:
    """What belongs to one work item. seen: what reading the long columns showed."""

    submissions: list[Submission] = field(default_factory=list)
    jobs: list[GradingJob] = field(default_factory=list)
    grades: list[Grade] = field(default_factory=list)
    seen: list[Difference] = field(default_factory=list)


def differences() -> Iterator[Difference]:
    """Give whatever in the database does not follow from its rows, one after the other.

    May run beside a working site: what looks wrong is read again under the work item's lock,
    which hand-in and grading hold too, before it is called a difference. Memory is bounded.
    """
    yield from _versions()
    for check, row, stored, expected in release_verifying.misfits():
        yield Difference(check, row, stored, expected)
    after = 0
    while items := list(_items().filter(pk__gt=after).order_by("pk")[:ITEMS_AT_A_TIME]):
        after = items[-1].pk
        rows = _rows_of(items)
        for item in items:
            if any(_of_item(item, rows[item.pk])):
                yield from _again(item.pk)
    for found in differences_of_regrades():
        yield Difference(*found)


@transaction.atomic
def _again(pk: int) -> list[Difference]:
    item = _items().select_for_update(of=("self",)).filter(pk=pk).first()
    return list(_of_item(item, _rows_of([item])[pk])) if item else []


def _items() -> Any:
    return WorkItem.objects.select_related("exercise__course")


def _versions() -> Iterator[Difference]:
    rows = ExerciseVersion.objects.order_by("pk").only("pk", "content", "sha256")
    for version in rows.iterator(chunk_size=ROWS_AT_A_TIME):
        expected = digest(version.content)
        if version.sha256 != expected:
            yield Difference(
                "sha256", f"exerciseversion:{version.pk}", version.sha256[:12], expected[:12]
            )


def _rows_of(items: Iterable[WorkItem]) -> dict[int, _Rows]:
    rows: dict[int, _Rows] = defaultdict(_Rows)
    of = {"work_item__in": [item.pk for item in items]}
    submissions: dict[int, Submission] = {}
    for submission in _streamed(Submission.objects.filter(**of)):
        mine = rows[submission.work_item_id]
        mine.seen += _hash_differences(submission)
        del submission.answers, submission.policy
        submissions[submission.pk] = submission
        mine.submissions.append(submission)
    theirs = {f"submission__{name}": value for name, value in of.items()}
    for job in _streamed(GradingJob.objects.filter(**theirs)):
        # Handed in since the submissions were read: its work item is not judged on half of it.
        if job.submission_id in submissions:
            rows[submissions[job.submission_id].work_item_id].jobs.append(job)
    for grade in _streamed(Grade.objects.filter(**theirs)):
        if grade.submission_id in submissions:
            grade.submission = submissions[grade.submission_id]
            mine = rows[grade.submission.work_item_id]
            mine.seen += _sum_differences(grade)
            del grade.items, grade.feedback
            mine.grades.append(grade)
    for proposal in _streamed(GradeProposal.objects.filter(**theirs).select_related("against")):
        if proposal.submission_id in submissions:
            mine = rows[submissions[proposal.submission_id].work_item_id]
            mine.seen += [*_sum_differences(proposal), *_proposal_differences(proposal)]
    decided = ReleaseAudit.objects.filter(
        grade__submission__work_item__in=of["work_item__in"], decided_at__isnull=False
    ).select_related("grade__version", "grade__submission")
    for audit in _streamed(decided):
        rows[audit.grade.submission.work_item_id].seen += _audit_differences(audit)
    return rows


def _streamed(rows: Any) -> Iterator[Any]:
    streamed: Iterator[Any] = rows.order_by("pk").iterator(chunk_size=ROWS_AT_A_TIME)
    return streamed


def _of_item(item: WorkItem, rows: _Rows) -> Iterator[Difference]:
    yield from rows.seen
    yield from _attempts(item, rows)
    yield from _numbers(item, rows)
    yield from _jobs(rows)
    yield from _chains(rows)
    yield from _summary(item, rows)


def _hash_differences(submission: Submission) -> Iterator[Difference]:
    expected = answers_hash(submission.answers)
    if not hmac.compare_digest(submission.answers_hash, expected):
        yield Difference(
            "answers_hash",
            f"submission:{submission.pk}",
            submission.answers_hash[:12],
            expected[:12],
        )


def _sum_differences(grade: Grade | GradeProposal) -> Iterator[Difference]:
    row = f"{type(grade).__name__.lower()}:{grade.pk}"
    for name in ("points", "possible"):
        stored = getattr(grade, name)
        try:
            total = sum((Decimal(entry[name]) for entry in grade.items), Decimal(0))
        except (DecimalException, LookupError, TypeError, ValueError):
            yield Difference(f"{name} of items", row, str(stored), "readable items")
            continue
        if total != stored:
            yield Difference(f"{name} of items", row, str(stored), str(total))


def _proposal_differences(proposal: GradeProposal) -> Iterator[Difference]:
    """A proposal waits beside a grade of its own submission."""
    against = proposal.against
    if against is not None and against.submission_id != proposal.submission_id:
        yield Difference(
            "grade beside a proposal",
            f"gradeproposal:{proposal.pk}",
            f"grade:{against.pk} of another submission",
            f"one of submission:{proposal.submission_id}",
        )


def _audit_differences(audit: ReleaseAudit) -> Iterator[Difference]:
    """Whether person and machine agree follows from her levels and the grade's points."""
    row = f"releaseaudit:{audit.pk}"
    try:
        expected = release_auditing.agrees(audit)
    except (DecimalException, LookupError, StopIteration, TypeError, ValueError):
        yield Difference("levels", row, "unreadable", f"one for each criterion of {audit.part}")
        return
    if audit.agrees != expected:
        yield Difference("agreement", row, str(audit.agrees), str(expected))


def _attempts(item: WorkItem, rows: _Rows) -> Iterator[Difference]:
    returned = {job.submission_id for job in rows.jobs if job.attempt_returned}
    counted = [one for one in rows.submissions if one.counted]
    expected = sum(one.pk not in returned for one in counted)
    name = f"workitem:{item.pk}"
    if item.attempts_used != expected:
        yield Difference("attempts_used", name, str(item.attempts_used), str(expected))
    if max(item.attempts_used, expected) > item.attempts_max:
        yield Difference(
            "attempts_max", name, str(item.attempts_max), f"at least {item.attempts_used}"
        )


def _numbers(item: WorkItem, rows: _Rows) -> Iterator[Difference]:
    numbers = sorted(one.number for one in rows.submissions if one.number is not None)
    if numbers != list(range(1, len(numbers) + 1)):
        yield Difference(
            "numbers",
            f"workitem:{item.pk}",
            ", ".join(map(str, numbers)),
            f"1 to {len(numbers)}",
        )
    for one in rows.submissions:
        if one.counted != (one.number is not None):
            yield Difference(
                "number", f"submission:{one.pk}", str(one.number), f"counted is {one.counted}"
            )


def _jobs(rows: _Rows) -> Iterator[Difference]:
    by_submission = defaultdict(list)
    for job in rows.jobs:
        by_submission[job.submission_id].append(job)
    graded = {grade.job_id for grade in rows.grades}
    by_person = {g.submission_id for g in rows.grades if g.source != Grade.Source.AUTO}
    for submission in rows.submissions:
        jobs = by_submission[submission.pk]
        name = f"submission:{submission.pk}"
        if not any(job.run == 1 and job.reason == GradingJob.Reason.SUBMIT for job in jobs):
            yield Difference("first job", name, "none", "one")
        open_jobs = sum(job.is_open for job in jobs)
        if open_jobs > 1:
            yield Difference("open jobs", name, str(open_jobs), "at most 1")
    for job in rows.jobs:
        is_done = job.state == GradingJob.State.DONE
        # The machine writes nothing over a person's grade.
        if is_done and job.pk not in graded and job.submission_id not in by_person:
            yield Difference("grade of a done job", f"gradingjob:{job.pk}", "none", "one")
        if not is_done and job.pk in graded:
            yield Difference("state of a graded job", f"gradingjob:{job.pk}", job.state, "done")


def _chains(rows: _Rows) -> Iterator[Difference]:
    """Walk each submission's chain from its first grade: every grade once, none of elsewhere."""
    by_submission = defaultdict(list)
    for grade in rows.grades:
        by_submission[grade.submission_id].append(grade)
    for submission_id, grades in by_submission.items():
        name = f"submission:{submission_id}"
        mine = {grade.pk for grade in grades}
        for grade in grades:
            if grade.supersedes_id is not None and grade.supersedes_id not in mine:
                yield Difference(
                    "superseded grade",
                    f"grade:{grade.pk}",
                    f"grade:{grade.supersedes_id} of another submission",
                    f"one of {name}",
                )
        followers = Counter(grade.supersedes_id for grade in grades)
        forked = sum(count > 1 for count in followers.values())
        yield from _fractions(grades)
        reached = _reached(grades)
        if forked or reached != len(grades):
            yield Difference(
                "grade chain", name, f"{forked} forks, {reached} in line", f"{len(grades)} in line"
            )


def _fractions(grades: list[Grade]) -> Iterator[Difference]:
    """Only a regrade and its undo change what lateness leaves; other grades hand it on."""
    by_pk = {grade.pk: grade for grade in grades}
    for grade in grades:
        before = by_pk.get(grade.supersedes_id or 0)
        handed_on = before.kept if before else grade.submission.kept_fraction
        if grade.batch_id is None and grade.kept != handed_on:
            yield Difference(
                "kept_fraction", f"grade:{grade.pk}", str(grade.kept_fraction), str(handed_on)
            )


def _reached(grades: list[Grade]) -> int:
    """Count the grades on the way from a first one, at most each once."""
    next_of = {grade.supersedes_id: grade for grade in grades}
    count, at = 0, next_of.get(None)
    while at is not None and count < len(grades):
        count, at = count + 1, next_of.get(at.pk)
    return count


def _summary(item: WorkItem, rows: _Rows) -> Iterator[Difference]:
    superseded = {grade.supersedes_id for grade in rows.grades}
    heads = [g for g in rows.grades if g.pk not in superseded and g.submission.counted]
    summary = summary_of(
        sorted(heads, key=lambda head: head.submission.number or 0),
        exercise_points=item.exercise.points,
        provisional_counts=item.exercise.course.provisional_counts,
    )
    official = summary.official_grade.pk if summary.official_grade else None
    pairs = {
        "official_grade": (item.official_grade_id, official),
        "best_points": (item.best_points, summary.best_points),
        "proposed_points": (item.proposed_points, summary.proposed_points),
    }
    for check, (stored, expected) in pairs.items():
        if stored != expected:
            yield Difference(check, f"workitem:{item.pk}", str(stored), str(expected))
