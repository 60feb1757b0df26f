"""How long people took lately, so that a student knows what to expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Q, Subquery

from exercises.agreement import ENOUGH
from exercises.models import Grade, GradingJob

if TYPE_CHECKING:
    from datetime import datetime

    from exercises.models import Course

LATELY = timedelta(days=30)
# The newest decisions that are read.
DECISIONS_READ = 1000


@dataclass(frozen=True, slots=True)
class UsualWait:
    """What n decisions took: half of them up to median, nine in ten up to ninetieth."""

    median: timedelta
    ninetieth: timedelta
    n: int


def usual_wait(course: Course, *, at: datetime) -> UsualWait | None:
    """Give the waits that ended in a course in the last 30 days, None of fewer than 5; one query.

    A wait goes from the student's request, else from the machine's provisional grade or its
    failure, to a person's grade. A grade that nobody waited for is left out.
    """
    dead = GradingJob.objects.filter(
        submission=OuterRef("submission"), state=GradingJob.State.DEAD, finished_at__isnull=False
    )
    decisions = (
        Grade.objects.filter(
            Q(supersedes__isnull=True)
            | Q(supersedes__released=False)
            | Q(submission__review_request__isnull=False),
            source=Grade.Source.HUMAN,
            released=True,
            created_at__range=(at - LATELY, at),
            submission__counted=True,
            submission__work_item__exercise__course=course,
        )
        .annotate(died_at=Subquery(dead.order_by("-run").values("finished_at")[:1]))
        .order_by("-created_at")
        .values(
            "created_at",
            "died_at",
            "supersedes",
            "supersedes__created_at",
            "supersedes__released",
            "submission__review_request__created_at",
            "submission__review_request__answered_at",
        )[:DECISIONS_READ]
    )
    waits = [row["created_at"] - since for row in decisions if (since := _since(row)) is not None]
    return _usual(sorted(waits))


def _usual(waits: list[timedelta]) -> UsualWait | None:
    """Sum up waits in ascending order."""
    if len(waits) < ENOUGH:
        return None
    middle = timedelta(seconds=median(wait.total_seconds() for wait in waits))
    return UsualWait(median=middle, ninetieth=waits[ceil(0.9 * len(waits)) - 1], n=len(waits))


def _since(row: dict[str, Any]) -> datetime | None:
    """Give since when a decision was waited for, None when it was not."""
    asked = row["submission__review_request__created_at"]
    answered = row["submission__review_request__answered_at"]
    if answered is not None and asked < row["created_at"] <= answered:
        return asked  # type: ignore[no-any-return]
    if row["supersedes"] is None:
        return row["died_at"]  # type: ignore[no-any-return]
    return None if row["supersedes__released"] else row["supersedes__created_at"]
