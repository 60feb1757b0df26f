"""A student marking her own answer against the model answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from exercises.models import SelfMark
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from exercises.models import Submission

log = get_logger(__name__)

# A mark by part slug and criterion id.
Marks = dict[tuple[str, str], "Decimal"]


class NotRevealed(Exception):
    """The model answer is not shown yet, so there is nothing to mark against."""


def mark_self(*, submission: Submission, marks: Mapping[tuple[str, str], Decimal]) -> None:
    """Store what the author says of her own answer, over what she said before.

    Her marks earn nothing and are seen by nobody else. Raises NotRevealed. May be repeated.
    """
    if not submission.work_item.is_revealed:
        raise NotRevealed
    now = timezone.now()
    SelfMark.objects.bulk_create(
        [
            SelfMark(
                submission=submission, part=part, criterion=criterion, level=level, marked_at=now
            )
            for (part, criterion), level in marks.items()
        ],
        update_conflicts=True,
        unique_fields=["submission", "part", "criterion"],
        update_fields=["level", "marked_at"],
    )
    log.info("answer.self_marked", receipt=submission.receipt, criteria=len(marks))
