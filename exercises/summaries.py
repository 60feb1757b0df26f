"""The summary that a work item keeps of its grades."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from exercises.models import Grade
from lms.database.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exercises.models import WorkItem

CENT = Decimal("0.01")


def rounded(points: Decimal) -> Decimal:
    """Round points to two places, half up."""
    return points.quantize(CENT, rounding=ROUND_HALF_UP)


def worth(grade: Grade, *, exercise_points: Decimal) -> Decimal:
    """Give a grade's points on the exercise's scale, after lateness.

    The grade's submission must be loaded.
    """
    return scaled(grade.points, grade.possible, exercise_points=exercise_points, kept=grade.kept)


def scaled(
    points: Decimal, possible: Decimal, *, exercise_points: Decimal, kept: Decimal
) -> Decimal:
    """Give points of `possible` on the exercise's scale, of which lateness leaves `kept`."""
    return rounded(exercise_points * points / possible * kept)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a work item keeps of its grades: the values of its columns of the same names."""

    official_grade: Grade | None
    best_points: Decimal | None
    proposed_points: Decimal | None


def summary_of(
    heads: Iterable[Grade], *, exercise_points: Decimal, provisional_counts: bool
) -> Summary:
    """Give the summary of the chains' heads of counted submissions, in the submissions' order.

    Provisional grades count only where the course says so; a released one wins a tie, then the
    earlier one. The grades' submissions must be loaded.
    """
    rated = [(worth(head, exercise_points=exercise_points), head) for head in heads]
    counting = [each for each in rated if each[1].released or provisional_counts]
    best = max(counting, key=lambda each: (each[0], each[1].released), default=None)
    return Summary(
        official_grade=best[1] if best else None,
        best_points=best[0] if best else None,
        proposed_points=max((points for points, head in rated if not head.released), default=None),
    )


_heads_of: Prepared[Grade] = Prepared(
    lambda item: (
        Grade.objects.heads()
        .filter(submission__work_item=item, submission__counted=True)
        .select_related("submission")
        .defer("submission__answers", "submission__policy")
        .order_by("submission__number")
    ),
    item=int,
)


def recompute(work_item: WorkItem) -> None:
    """Set official grade, best and proposed points from the chains' heads. May be repeated.

    The caller holds the work item's lock. Its exercise and course must be loaded.
    """
    heads = _heads_of.all(item=work_item.pk)
    summary = summary_of(
        heads,
        exercise_points=work_item.exercise.points,
        provisional_counts=work_item.exercise.course.provisional_counts,
    )
    work_item.official_grade = summary.official_grade
    work_item.best_points = summary.best_points
    work_item.proposed_points = summary.proposed_points
    work_item.save(update_fields=["best_points", "official_grade", "proposed_points"])
