"""People grading: the grade they write, and what becomes of the one that came second."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from exercises import proposing, revealing, summaries
from exercises.contract import CriterionVerdict, Verdict
from exercises.grading import item_of
from exercises.models import AuditEvent, Grade, ReviewRequest, Submission, WorkItem
from lms.telemetry import metrics
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exercises.models import GradeProposal
    from exercises.specification import Part
    from lms.accounts.models import User

    Scores = Mapping[str, Mapping[str, Decimal | float]]

log = get_logger(__name__)


class ChainMoved(Exception):
    """Somebody graded since. head: the grade that holds now; nothing was written."""

    def __init__(self, head: Grade | None) -> None:
        super().__init__()
        self.head = head


@transaction.atomic
def review(
    *,
    submission: Submission,
    reviewer: User,
    scores: Scores,
    feedback: str,
    head_id: int | None,
    leaves_open: bool = False,
) -> Grade:
    """Write a person's grade over the one she saw; audited. The same again changes nothing.

    scores: by part slug and criterion id; a part that is left out keeps the verdict that holds, if
    that is certain or leaves_open allows its doubt to stay, else KeyError. head_id: the grade she
    saw, None for none. Raises ChainMoved when another one holds by now. The caller has checked
    that she may grade this submission.
    """
    item = locked_item(submission)
    head = head_of(submission)
    if (head.pk if head else None) != head_id:
        if head and _is_repeated(head, scores, feedback, reviewer=reviewer, head_id=head_id):
            return head
        raise ChainMoved(head)
    items = _items(submission, scores, head, leaves_open=leaves_open)
    grade = Grade.objects.create(
        submission=submission,
        version=submission.version,
        source=Grade.Source.HUMAN,
        grader=reviewer,
        **values_of(items, submission),
        feedback=feedback,
        supersedes=head,
        created_at=timezone.now(),
    )
    summaries.recompute(item)
    revealing.settle(item)
    if grade.released:
        answer_request(submission=submission, reviewer=reviewer, reply=feedback)
    record_grade(item, grade=grade, head=head, reviewer=reviewer)
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
def keep_beside(
    *, submission: Submission, reviewer: User, scores: Scores, feedback: str
) -> GradeProposal | None:
    """Keep the decision of whoever came second beside the grade of whoever came first.

    Parts that she left out are proposed as they hold now. None, and nothing kept, where the grade
    that holds is the machine's or her own: over those she may simply save again.
    """
    locked_item(submission)
    head = head_of(submission)
    if head is None or head.source not in Grade.BY_PEOPLE or head.grader_id == reviewer.pk:
        return None
    items = _items(submission, scores, head, leaves_open=True)
    return proposing.propose(
        against=head,
        source=Grade.Source.HUMAN,
        version=submission.version,
        values=values_of(items, submission),
        grader=reviewer,
        feedback=feedback,
    )


@transaction.atomic
def ask_for_review(*, submission: Submission, reason: str = "") -> ReviewRequest:
    """Note a student's wish that a person looks; once per submission, repeating changes nothing."""
    locked_item(submission)
    request, made = ReviewRequest.objects.get_or_create(
        submission=submission, defaults={"reason": reason, "created_at": timezone.now()}
    )
    if made:
        log.info("review.requested", receipt=submission.receipt)
    return request


def head_of(submission: Submission) -> Grade | None:
    """Give the grade that holds."""
    return Grade.objects.heads().filter(submission=submission).first()


def grade_by_id(submission: Submission, seen: str) -> Grade | None:
    """Give the grade of a submission that a form names, by its id as text."""
    grades = Grade.objects.filter(submission=submission)
    return next((grade for grade in grades if str(grade.pk) == seen), None)


def values_of(items: list[dict[str, Any]], submission: Submission) -> dict[str, Any]:
    """Give the columns that follow from a person's items: a grade's and a proposal's."""
    return {
        "items": items,
        "points": sum((Decimal(entry["points"]) for entry in items), Decimal(0)),
        "possible": submission.version.specification.possible,
        "released": all(entry["certain"] for entry in items),
    }


def _is_repeated(
    head: Grade, scores: Scores, feedback: str, *, reviewer: User, head_id: int | None
) -> bool:
    """Claim that the head is this very decision: a key pressed twice, a form sent again."""
    if (head.grader_id, head.supersedes_id, head.feedback) != (reviewer.pk, head_id, feedback):
        return False
    decided = {entry["part"]: entry for entry in head.items}
    parts = head.submission.version.specification.parts
    return all(
        decided.get(part.slug) == item_by_person(part, scores[part.slug])
        for part in parts
        if part.slug in scores
    )


def _items(
    submission: Submission, scores: Scores, head: Grade | None, *, leaves_open: bool
) -> list[dict[str, Any]]:
    held = {entry["part"]: entry for entry in head.items} if head else {}
    return [
        item_by_person(part, scores[part.slug])
        if part.slug in scores or not _may_stay(held.get(part.slug), leaves_open=leaves_open)
        else held[part.slug]
        for part in submission.version.specification.parts
    ]


def _may_stay(entry: Mapping[str, Any] | None, *, leaves_open: bool) -> bool:
    return entry is not None and (leaves_open or bool(entry["certain"]))


def item_by_person(part: Part, scores: Mapping[str, Decimal | float]) -> dict[str, Any]:
    """Give a part's entry in Grade.items as a person decided it. Raises KeyError."""
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


def locked_item(submission: Submission) -> WorkItem:
    """Lock the submission's work item, as everybody does who writes grades."""
    return (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("exercise__course", "official_grade")
        .get(pk=submission.work_item_id)
    )


def record_grade(item: WorkItem, *, grade: Grade, head: Grade | None, reviewer: User) -> None:
    """Note that a person wrote a grade."""
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
