"""Blind checks: a person's levels beside what the machine released or, of a decoy, proposed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from exercises import auditing, release_control
from exercises.models import ReleaseAudit
from exercises.reviewing import ChainMoved, head_of, item_by_person, locked_item, review
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from exercises.models import Grade, Submission
    from exercises.reviewing import Scores
    from lms.accounts.models import User

log = get_logger(__name__)


class AlreadyDecided(Exception):
    """Somebody has done this check. audit: as she left it."""

    def __init__(self, audit: ReleaseAudit) -> None:
        super().__init__()
        self.audit = audit


def waiting_audits(submission: Submission) -> list[ReleaseAudit]:
    """Give the checks that wait for a person, on the grade that holds."""
    rows = ReleaseAudit.objects.waiting().filter(grade__submission=submission)
    return list(rows.select_related("grade"))


def audits_named(submission: Submission, tokens: Iterable[str]) -> list[ReleaseAudit]:
    """Give a submission's checks that a form names, as they stand now."""
    rows = ReleaseAudit.objects.filter(grade__submission=submission)
    named = set(tokens)
    return [audit for audit in rows.select_related("grade") if audit.token in named]


def decided_audits(submission: Submission, *, by: User) -> list[ReleaseAudit]:
    """Give the checks that a person has done, of the grade that holds or that hers replaced."""
    head = head_of(submission)
    rows = ReleaseAudit.objects.filter(
        grade__submission=submission, decided_by=by, decided_at__isnull=False
    )
    done = list(rows.select_related("grade__version").order_by("-grade", "pk"))
    if head is None or not done or (head.pk != done[0].grade_id and head.grader_id != by.pk):
        return []
    return [audit for audit in done if audit.grade_id == done[0].grade_id]


@transaction.atomic
def decide_all(*, audits: Sequence[ReleaseAudit], reviewer: User, scores: Scores) -> Grade | None:
    """Write down what a person found blind, for each part; of the decoys it becomes the grade.

    Gives that grade, None where the machine had released all of them. audits: of one grade.
    scores: by part slug and criterion id. Raises AlreadyDecided, and ChainMoved where decoys are
    among them and another grade holds by now; then nothing is written.
    """
    # In one order everywhere, because the switches are locked.
    for audit in sorted(audits, key=lambda audit: audit.part):
        decide(audit=audit, reviewer=reviewer, levels=scores[audit.part])
    doubted = [audit for audit in audits if audit.is_decoy]
    if not doubted:
        return None
    return review(
        submission=doubted[0].grade.submission,
        reviewer=reviewer,
        scores={audit.part: scores[audit.part] for audit in doubted},
        feedback=doubted[0].grade.feedback,
        head_id=doubted[0].grade_id,
        leaves_open=True,
    )


@transaction.atomic
def decide(
    *, audit: ReleaseAudit, reviewer: User, levels: Mapping[str, Decimal | float]
) -> ReleaseAudit:
    """Write down what a person found without seeing the verdict; the grade stays.

    Of a released part it is audited, and may turn the switch; of a decoy it does neither.

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
    if audit.is_decoy:
        log.info("decoy.decided", grade=audit.grade_id, part=audit.part, outcome=audit.agrees)
        return audit
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
    head = head_of(submission)
    audits = replaceable(decided_audits(submission, by=reviewer), head=head)
    if head is None or not audits:
        raise ChainMoved(head)
    return review(
        submission=submission,
        reviewer=reviewer,
        scores={audit.part: audit.levels for audit in audits},
        feedback=_told(submission, feedback),
        head_id=head.pk,
        leaves_open=True,
    )


def replaceable(audits: Iterable[ReleaseAudit], *, head: Grade | None) -> list[ReleaseAudit]:
    """Keep the checks that disagree with a released part where the machine's still holds."""
    by_people = {item["part"] for item in head.items if item.get("by_person")} if head else set()
    return [
        audit for audit in audits if not (audit.agrees or audit.is_decoy or audit.part in by_people)
    ]


def _told(submission: Submission, feedback: str) -> str:
    """Give the feedback with the notice that the student gets, in the course's language."""
    with translation.override(submission.work_item.exercise.course.language):
        notice = _("A person looked at this answer again and changed its grade.")
    return f"{notice}\n\n{feedback}" if feedback else notice
