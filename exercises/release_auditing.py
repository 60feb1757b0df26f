"""Blind checks of released grades: a person's levels beside the machine's."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from exercises import auditing, release_control
from exercises.models import Grade, ReleaseAudit
from exercises.reviewing import ChainMoved, head_of, item_by_person, locked_item, review
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exercises.models import Submission
    from lms.accounts.models import User

log = get_logger(__name__)


class AlreadyDecided(Exception):
    """Somebody has done this check. audit: as she left it."""

    def __init__(self, audit: ReleaseAudit) -> None:
        super().__init__()
        self.audit = audit


def waiting_audits(submission: Submission) -> list[ReleaseAudit]:
    """Give the checks that wait for a person, on the grade that holds."""
    rows = ReleaseAudit.objects.filter(
        grade__submission=submission, grade__superseded_by=None, decided_at=None
    )
    return list(rows.select_related("grade"))


def decided_audits(submission: Submission, *, by: User) -> list[ReleaseAudit]:
    """Give the checks that a person has done, of the grade that holds."""
    rows = ReleaseAudit.objects.filter(
        grade__submission=submission,
        grade__superseded_by=None,
        decided_by=by,
        decided_at__isnull=False,
    )
    return list(rows.select_related("grade__version"))


@transaction.atomic
def decide(
    *, audit: ReleaseAudit, reviewer: User, levels: Mapping[str, Decimal | float]
) -> ReleaseAudit:
    """Write down what a person found without seeing the verdict; the grade stays. Audited.

    levels: her score by criterion id. Raises AlreadyDecided, KeyError for a missing criterion.
    The caller has checked that she may grade this submission.
    """
    submission = audit.grade.submission
    item = locked_item(submission)
    audit = ReleaseAudit.objects.select_related("grade__version", "decided_by").get(pk=audit.pk)
    if audit.decided_at is not None:
        raise AlreadyDecided(audit)
    audit.levels = {criterion: float(level) for criterion, level in levels.items()}
    audit.agrees = agrees(audit)
    audit.decided_by = reviewer
    audit.decided_at = Now()
    audit.save(update_fields=["levels", "agrees", "decided_by", "decided_at"])
    audit.refresh_from_db(fields=["decided_at"])
    auditing.record(
        "audit.decided", audit, course=item.exercise.course, actor=reviewer,
        after={"grade": audit.grade_id, "agrees": audit.agrees},
    )  # fmt: skip
    release_control.after_decision(audit)
    log.info("audit.decided", grade=audit.grade_id, part=audit.part, outcome=audit.agrees)
    return audit


def agrees(audit: ReleaseAudit) -> bool:
    """Claim that the person's levels earn the same points for the part as the machine gave.

    The audit's grade with its version must be loaded.
    """
    part = audit.grade.version.specification.part(audit.part)
    mine = item_by_person(part, audit.levels)["points"]
    machine = next(item for item in audit.grade.items if item["part"] == audit.part)["points"]
    return Decimal(mine) == Decimal(machine)


def replace_grade(*, submission: Submission, reviewer: User, feedback: str = "") -> Grade:
    """Put what the person found in place of the released grade that she checked, and say so.

    Raises ChainMoved when another grade holds by now, or nothing of hers disagrees with it.
    """
    audits = [each for each in decided_audits(submission, by=reviewer) if not each.agrees]
    if not audits:
        raise ChainMoved(head_of(submission))
    return review(
        submission=submission,
        reviewer=reviewer,
        scores={audit.part: audit.levels for audit in audits},
        feedback=_told(submission, feedback),
        head_id=audits[0].grade_id,
    )


def _told(submission: Submission, feedback: str) -> str:
    """Give the feedback with the notice that the student gets, in the course's language."""
    with translation.override(submission.work_item.exercise.course.language):
        notice = _("A person looked at this answer again and changed its grade.")
    return f"{notice}\n\n{feedback}" if feedback else notice
