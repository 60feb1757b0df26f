"""What becomes of a result that waits beside a grade: it is taken or dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from exercises import auditing, revealing, summaries
from exercises.models import Grade, GradeProposal
from exercises.reviewing import ChainMoved, head_of, locked_item, record_grade
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from exercises.access import Membership
    from exercises.models import Submission, WorkItem
    from lms.accounts.models import User

log = get_logger(__name__)


class AlreadyDecided(Exception):
    """Somebody has taken or dismissed this proposal."""


def undecided(submission: Submission) -> list[GradeProposal]:
    """Give what waits beside the submission's grade, oldest first."""
    rows = GradeProposal.objects.filter(submission=submission, decision="")
    return list(rows.select_related("grader", "version").order_by("pk"))


def may_decide(viewer: Membership, proposal: GradeProposal, *, head: Grade | None) -> bool:
    """Claim that the viewer is one of the two whose results these are, or an instructor."""
    theirs = {proposal.grader_id, head.grader_id if head else None} - {None}
    return viewer.is_instructor or viewer.user.pk in theirs


@transaction.atomic
def take(*, proposal: GradeProposal, by: User, head_id: int | None) -> Grade:
    """Write a new grade of the person's from a proposal, over the one she saw; audited.

    Raises AlreadyDecided, and ChainMoved when another grade holds by now.
    """
    submission = proposal.submission
    item = locked_item(submission)
    proposal = _open(proposal)
    head = head_of(submission)
    if (head.pk if head else None) != head_id:
        raise ChainMoved(head)
    grade = Grade.objects.create(
        submission=submission,
        version=proposal.version,
        source=Grade.Source.HUMAN,
        grader=by,
        **_values(proposal),
        points=proposal.points,
        possible=proposal.possible,
        feedback=_words(proposal, head),
        supersedes=head,
        created_at=timezone.now(),
    )
    summaries.recompute(item)
    revealing.settle(item)
    record_grade(item, grade=grade, head=head, reviewer=by)
    _settle(proposal, item, decision=GradeProposal.Decision.TAKEN, by=by)
    return grade


@transaction.atomic
def dismiss(*, proposal: GradeProposal, by: User) -> None:
    """Let the grade stay that holds; audited. Raises AlreadyDecided."""
    item = locked_item(proposal.submission)
    _settle(_open(proposal), item, decision=GradeProposal.Decision.DISMISSED, by=by)


def _open(proposal: GradeProposal) -> GradeProposal:
    """Give the proposal as stored, under the work item's lock."""
    stored = GradeProposal.objects.select_related("version").get(pk=proposal.pk)
    if stored.decision:
        raise AlreadyDecided
    return stored


def _values(proposal: GradeProposal) -> dict[str, Any]:
    """Give items and released. Who takes the machine's has looked: its doubts end here."""
    if proposal.source != Grade.Source.AUTO:
        return {"items": proposal.items, "released": proposal.released}
    confirmed = [{**entry, "certain": True, "by_person": True} for entry in proposal.items]
    return {"items": confirmed, "released": True}


def _words(proposal: GradeProposal, head: Grade | None) -> str:
    """Give the words to the student: the proposing person's; beside the machine's the earlier."""
    if proposal.source == Grade.Source.AUTO:
        return head.feedback if head else ""
    return proposal.feedback


def _settle(proposal: GradeProposal, item: WorkItem, *, decision: str, by: User) -> None:
    proposal.decision, proposal.decided_by, proposal.decided_at = decision, by, Now()
    proposal.save(update_fields=["decision", "decided_by", "decided_at"])
    auditing.record(
        f"proposal.{decision}", proposal, course=item.exercise.course, actor=by,
        after={"submission": proposal.submission_id, "points": str(proposal.points)},
    )  # fmt: skip
    log.info("proposal.decided", submission=proposal.submission_id, outcome=decision)
