"""Keeping a result that may not enter the chain by itself beside the grade that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils import timezone

from exercises.models import Grade, GradeProposal
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exercises.models import ExerciseVersion
    from lms.accounts.models import User

log = get_logger(__name__)


def propose(
    *,
    against: Grade,
    source: Grade.Source,
    version: ExerciseVersion,
    values: Mapping[str, Any],
    kind_versions: Mapping[str, str] | None = None,
    grader: User | None = None,
    feedback: str = "",
) -> GradeProposal:
    """Keep a result until somebody decides; the same one again changes nothing.

    against: the grade that holds. values: items, points, possible, released. The caller holds the
    work item's lock, which numbers the runs.
    """
    said = {"items": values["items"], "feedback": feedback, "grader": grader, "against": against}
    mine = GradeProposal.objects.filter(submission=against.submission_id, source=source)
    for earlier in mine.filter(decision="").select_related("grader", "against"):
        if all(getattr(earlier, name) == value for name, value in said.items()):
            return earlier
    proposal = GradeProposal.objects.create(
        submission_id=against.submission_id,
        version=version,
        source=source,
        run=(mine.aggregate(last=Max("run"))["last"] or 0) + 1,
        kind_versions=dict(kind_versions or {}),
        created_at=timezone.now(),
        **{**values, **said},
    )
    log.info("grade.proposed", submission=against.submission_id, grade=against.pk)
    return proposal
