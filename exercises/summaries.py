"""The summary that a work item keeps of its grades."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from exercises.models import Grade

if TYPE_CHECKING:
    from exercises.models import WorkItem

CENT = Decimal("0.01")


def rounded(points: Decimal) -> Decimal:
    """Round points to two places, half up."""
    return points.quantize(CENT, rounding=ROUND_HALF_UP)


def worth(grade: Grade, *, exercise_points: Decimal) -> Decimal:
    """Give a grade's points on the exercise's scale, after lateness.

    The grade's submission must be loaded.
    """
    kept = grade.submission.kept_fraction
    return rounded(exercise_points * grade.points / grade.possible * kept)


def recompute(work_item: WorkItem) -> None:
    """Set official grade, best and proposed points from the chains' heads. May be repeated.

    Provisional grades count only where the course says so; a released one wins a tie. The caller
    holds the work item's lock. Its exercise and course must be loaded.
    """
    heads = (
        Grade.objects.heads()
        .filter(submission__work_item=work_item, submission__counted=True)
        .select_related("submission")
        .order_by("submission__number")
    )
    rated = [(worth(head, exercise_points=work_item.exercise.points), head) for head in heads]
    provisional_counts = work_item.exercise.course.provisional_counts
    counting = [each for each in rated if each[1].released or provisional_counts]
    best = max(counting, key=lambda each: (each[0], each[1].released), default=None)
    proposed = max((points for points, head in rated if not head.released), default=None)
    work_item.best_points, work_item.official_grade = best or (None, None)
    work_item.proposed_points = proposed
    work_item.save(update_fields=["best_points", "official_grade", "proposed_points"])
