"""Who looks at what: soft claims that tell the others and keep nobody out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import ExpressionWrapper, Q
from django.db.models.fields import DateTimeField
from django.db.models.functions import Now

from exercises.models import ReviewClaim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from exercises.models import Course, Submission
    from lms.accounts.models import User

LASTS = timedelta(minutes=10)


@transaction.atomic
def claim(submission: Submission, *, reviewer: User) -> None:
    """Say that the reviewer looks at this now, for ten minutes; she leaves what she had before.

    Opening it again keeps the time since when, unless that claim has run out.
    """
    course = submission.work_item.exercise.course_id
    left = ~Q(submission=submission) | Q(until__lte=Now())
    _of(reviewer, course).filter(left).delete()
    ReviewClaim.objects.bulk_create(
        [
            ReviewClaim(
                submission=submission,
                reviewer=reviewer,
                since=Now(),
                until=ExpressionWrapper(Now() + LASTS, output_field=DateTimeField()),
            )
        ],
        update_conflicts=True,
        unique_fields=["submission", "reviewer"],
        update_fields=["until"],
    )


def release(course: Course, *, reviewer: User) -> None:
    """Say that the reviewer looks at nothing of the course any more."""
    _of(reviewer, course.pk).delete()


def others_claims(submissions: Iterable[int], *, viewer: User) -> dict[int, list[ReviewClaim]]:
    """Give the claims that hold of everybody else, by submission id, oldest first, in one query."""
    claims = (
        ReviewClaim.objects.filter(submission__in=list(submissions), until__gt=Now())
        .exclude(reviewer=viewer)
        .select_related("reviewer")
        .order_by("since", "pk")
    )
    found: dict[int, list[ReviewClaim]] = {}
    for each in claims:
        found.setdefault(each.submission_id, []).append(each)
    return found


def _of(reviewer: User, course_id: int) -> QuerySet[ReviewClaim]:
    return ReviewClaim.objects.filter(
        reviewer=reviewer, submission__work_item__exercise__course=course_id
    )
