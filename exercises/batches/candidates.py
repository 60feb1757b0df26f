"""The answers that a batch looks at, read by the chunk with what its preview needs of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.models import Grade, GradingJob, PolicyOverride, Submission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from exercises.models import RegradeBatch

BY_PERSON = (Grade.Source.HUMAN, Grade.Source.OVERRIDE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One stored answer. head: the grade that holds. is_by_person: a person judged it.

    is_in_line: its first grading is not over.
    """

    submission: Submission
    head: Grade | None
    is_by_person: bool
    override: PolicyOverride | None
    is_in_line: bool


def submissions_of(batch: RegradeBatch) -> QuerySet[Submission]:
    """Give the counted submissions of the exercise that the batch's dates and person leave."""
    found = Submission.objects.filter(work_item__exercise=batch.exercise_id, counted=True)
    if batch.enrolment_id is not None:
        found = found.filter(work_item__enrolment=batch.enrolment_id)
    if batch.received_from is not None:
        found = found.filter(received_at__gte=batch.received_from)
    if batch.received_until is not None:
        found = found.filter(received_at__lte=batch.received_until)
    return found


def candidates_of(batch: RegradeBatch, *, size: int) -> list[Candidate]:
    """Give the next candidates after the batch's cursor, in at most five queries."""
    submissions = list(
        submissions_of(batch)
        .filter(pk__gt=batch.cursor)
        .select_related("version", "work_item__enrolment")
        .defer("version__content")
        .order_by("pk")[:size]
    )
    heads = _heads(submissions)
    judged = judged_by_person([pk for pk, head in heads.items() if _is_copy(head)])
    overrides = _overrides(batch, submissions) if batch.is_policy else {}
    in_line = _in_line([each.pk for each in submissions if each.pk not in heads])
    return [
        Candidate(
            submission=each,
            head=heads.get(each.pk),
            is_by_person=_is_by_person(heads.get(each.pk), judged),
            override=overrides.get(each.work_item.enrolment_id),
            is_in_line=each.pk in in_line,
        )
        for each in submissions
    ]


def judged_by_person(submission_ids: list[int]) -> set[int]:
    """Give those submissions whose verdict is a person's, whatever policy grades came after it."""
    if not submission_ids:
        return set()
    verdicts = (
        Grade.objects.filter(submission__in=submission_ids)
        .exclude(source=Grade.Source.POLICY)
        .order_by("pk")
        .values_list("submission_id", "source")
    )
    return {pk for pk, source in dict(verdicts).items() if source in BY_PERSON}


def _is_copy(head: Grade) -> bool:
    return head.source == Grade.Source.POLICY


def _is_by_person(head: Grade | None, judged: set[int]) -> bool:
    if head is None:
        return False
    return head.submission_id in judged if _is_copy(head) else head.source in BY_PERSON


def _heads(submissions: list[Submission]) -> dict[int, Grade]:
    known = {each.pk: each for each in submissions}
    heads = {}
    for head in Grade.objects.heads().filter(submission__in=list(known)):
        head.submission = known[head.submission_id]
        heads[head.submission_id] = head
    return heads


def _overrides(batch: RegradeBatch, submissions: list[Submission]) -> dict[int, PolicyOverride]:
    people = {each.work_item.enrolment_id for each in submissions}
    found = PolicyOverride.objects.filter(exercise=batch.exercise_id, enrolment__in=people)
    return {override.enrolment_id: override for override in found}


def _in_line(submission_ids: list[int]) -> set[int]:
    if not submission_ids:
        return set()
    jobs = GradingJob.objects.filter(submission__in=submission_ids, state__in=GradingJob.OPEN)
    return set(jobs.values_list("submission_id", flat=True))
