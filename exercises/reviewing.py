"""People grading: what waits for them, and the grade they write."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exercises import revealing, summaries
from exercises.contract import CriterionVerdict, Verdict
from exercises.grading import item_of
from exercises.models import (
    AuditEvent,
    Grade,
    GradingJob,
    Policy,
    PolicyOverride,
    ReviewRequest,
    Submission,
    WorkItem,
)
from lms.telemetry import metrics
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from exercises.models import Course
    from exercises.specification import Part
    from lms.accounts.models import User

log = get_logger(__name__)


class ChainMoved(Exception):
    """Somebody graded since. head: the grade that holds now; nothing was written."""

    def __init__(self, head: Grade | None) -> None:
        super().__init__()
        self.head = head


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One submission that waits for a person.

    reason: doubtful, asked or dead. since: when it began to wait, aware. proposed: the
    machine's points on the exercise's scale, None without a machine's grade.
    """

    submission: Submission
    reason: str
    reason_label: str | _StrPromise
    since: datetime
    proposed: Decimal | None


REASONS = {
    "doubtful": _("The machine was not sure"),
    "asked": _("The student asked for a person"),
    "dead": _("The machine failed"),
}


def review_queue(course: Course, *, at: datetime | None = None) -> list[QueueEntry]:
    """Give what waits for a person in a course, oldest first, in a fixed number of queries.

    Of one student's provisional submissions only the one with most proposed points waits, and
    only once no attempt is left, the exercise has closed for her, she revealed or she asked.
    """
    at = at or timezone.now()
    entries = [*_doubtful(course, at), *_asked(course), *_dead(course)]
    unique: dict[int, QueueEntry] = {}
    for entry in entries:
        unique.setdefault(entry.submission.pk, entry)
    return sorted(unique.values(), key=lambda entry: entry.since)


@transaction.atomic
def review(
    *,
    submission: Submission,
    reviewer: User,
    scores: Mapping[str, Mapping[str, Decimal | float]],
    feedback: str,
    head_id: int | None,
) -> Grade:
    """Write a person's grade over the one she saw; audited.

    scores: by part slug and criterion id; a part that is left out keeps the verdict that holds, if
    that is certain, else KeyError. head_id: the grade she saw, None for none. Raises ChainMoved
    when another one holds by now. The caller has checked that she may grade this submission.
    """
    item = _locked_item(submission)
    head = Grade.objects.heads().filter(submission=submission).first()
    if (head.pk if head else None) != head_id:
        raise ChainMoved(head)
    items = _items(submission, scores, head)
    grade = Grade.objects.create(
        submission=submission,
        version=submission.version,
        source=Grade.Source.HUMAN,
        grader=reviewer,
        items=items,
        points=sum((Decimal(entry["points"]) for entry in items), Decimal(0)),
        possible=submission.version.specification.possible,
        released=True,
        feedback=feedback,
        supersedes=head,
        created_at=timezone.now(),
    )
    summaries.recompute(item)
    revealing.settle(item)
    if grade.released:
        answer_request(submission=submission, reviewer=reviewer, reply=feedback)
    _record(item, grade=grade, head=head, reviewer=reviewer)
    return grade


def answer_request(*, submission: Submission, reviewer: User, reply: str = "") -> bool:
    """Note what a person says to the student's open request, in the caller's transaction.

    Gives whether one was open; an answered one stays as it is. The caller holds the work item's
    lock, so that no request comes in unseen beside a person's grade.
    """
    waiting = ReviewRequest.objects.filter(submission=submission, answered_at__isnull=True)
    answered = waiting.update(reply=reply, answered_at=timezone.now(), answered_by=reviewer)
    if answered:
        log.info("review.answered", receipt=submission.receipt)
    return bool(answered)


@transaction.atomic
def ask_for_review(*, submission: Submission, reason: str = "") -> ReviewRequest:
    """Note a student's wish that a person looks; once per submission, repeating changes nothing."""
    _locked_item(submission)
    request, made = ReviewRequest.objects.get_or_create(
        submission=submission, defaults={"reason": reason, "created_at": timezone.now()}
    )
    if made:
        log.info("review.requested", receipt=submission.receipt)
    return request


def _items(submission: Submission, scores: Any, head: Grade | None) -> list[dict[str, Any]]:
    machine = {entry["part"]: entry for entry in head.items} if head else {}
    return [
        _by_person(part, scores[part.slug])
        if part.slug in scores or not machine.get(part.slug, {}).get("certain")
        else machine[part.slug]
        for part in submission.version.specification.parts
    ]


def _by_person(part: Part, scores: Mapping[str, Decimal | float]) -> dict[str, Any]:
    criteria = part.kind.criteria(part.spec)
    given = {criterion.id: float(scores[criterion.id]) for criterion in criteria}
    verdict = Verdict(
        score=part.kind.combine(part.spec, given),
        criteria=tuple(
            CriterionVerdict(
                id=criterion.id,
                score=given[criterion.id],
                feedback=criterion.feedback.get(given[criterion.id], ""),
            )
            for criterion in criteria
        ),
        certain=True,
    )
    return {**item_of(part, verdict), "by_person": True}


def _record(item: WorkItem, *, grade: Grade, head: Grade | None, reviewer: User) -> None:
    AuditEvent.objects.create(
        course_id=item.exercise.course_id,
        actor=reviewer,
        action="grade.written",
        target=f"submission:{grade.submission_id}",
        before={"grade": head.pk, "points": str(head.points)} if head else {},
        after={"grade": grade.pk, "points": str(grade.points)},
    )
    metrics.REVIEWS.inc()
    log.info("submission.reviewed", receipt=grade.submission.receipt, grade=grade.pk)


def _doubtful(course: Course, at: datetime) -> list[QueueEntry]:
    heads = list(
        Grade.objects.heads()
        .filter(
            released=False, submission__counted=True, submission__work_item__exercise__course=course
        )
        .select_related(*_WITH_WORK)
    )
    overrides = {
        (o.exercise_id, o.enrolment_id): o
        for o in PolicyOverride.objects.filter(exercise__course=course)
    }
    best: dict[int, tuple[Decimal, Grade]] = {}
    for head in heads:
        item = head.submission.work_item
        points = summaries.worth(head, exercise_points=item.exercise.points)
        if _is_over(item, overrides, at) and (item.pk not in best or points > best[item.pk][0]):
            best[item.pk] = (points, head)
    return [
        _entry(head.submission, "doubtful", head.created_at, points)
        for points, head in best.values()
    ]


def _is_over(
    item: WorkItem, overrides: dict[tuple[int, int], PolicyOverride], at: datetime
) -> bool:
    override = overrides.get((item.exercise_id, item.enrolment_id))
    policy = Policy.for_enrolment(item.exercise, item.enrolment, override)
    return item.attempts_left <= 0 or item.is_revealed or policy.is_closed(at)


def _asked(course: Course) -> list[QueueEntry]:
    requests = (
        ReviewRequest.objects.filter(
            submission__work_item__exercise__course=course, answered_at__isnull=True
        )
        .select_related(*_WITH_WORK)
        .order_by("created_at")
    )
    heads = _heads([request.submission_id for request in requests])
    return [
        _entry(r.submission, "asked", r.created_at, _proposed(r.submission, heads))
        for r in requests
    ]


def _dead(course: Course) -> list[QueueEntry]:
    jobs = (
        GradingJob.objects.filter(
            state=GradingJob.State.DEAD,
            submission__grades__isnull=True,
            submission__counted=True,
            submission__work_item__exercise__course=course,
        )
        .select_related(*_WITH_WORK)
        .order_by("finished_at")
    )
    return [_entry(job.submission, "dead", job.finished_at or job.created_at, None) for job in jobs]


_WITH_WORK = (
    "submission__version",
    "submission__work_item__enrolment",
    "submission__work_item__exercise__current_version",
)


def _heads(submission_ids: list[int]) -> dict[int, Grade]:
    heads = Grade.objects.heads().filter(submission__in=submission_ids)
    return {head.submission_id: head for head in heads}


def _proposed(submission: Submission, heads: dict[int, Grade]) -> Decimal | None:
    head = heads.get(submission.pk)
    if head is None:
        return None
    head.submission = submission
    return summaries.worth(head, exercise_points=submission.work_item.exercise.points)


def _entry(
    submission: Submission, reason: str, since: datetime, proposed: Decimal | None
) -> QueueEntry:
    return QueueEntry(submission, reason, REASONS[reason], since, proposed)


def _locked_item(submission: Submission) -> WorkItem:
    return (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("exercise__course", "official_grade")
        .get(pk=submission.work_item_id)
    )
