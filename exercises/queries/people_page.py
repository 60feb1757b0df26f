"""The roster of a course, and one person of it with her extra time and attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Lower, Now

from exercises.models import (
    Enrolment,
    Exercise,
    InvitationCode,
    Policy,
    PolicyOverride,
    WorkItem,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from exercises.models import Course

CODES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class PersonExercise:
    """One exercise as its policy holds for one person. item: None before she opened it."""

    exercise: Exercise
    policy: Policy
    override: PolicyOverride | None
    item: WorkItem | None

    @property
    def title(self) -> str:
        version = self.exercise.current_version
        return version.title if version else self.exercise.slug

    @property
    def is_revealed(self) -> bool:
        return self.item is not None and self.item.is_revealed

    @property
    def attempts_used(self) -> int:
        return self.item.attempts_used if self.item else 0


def roster(course: Course, *, search: str = "") -> QuerySet[Enrolment]:
    """Give the people of a course with `overrides_count`: staff first, then by user name.

    search: words that all stand in her name, user name or pseudonym.
    """
    found = Q()
    for word in search.split():
        found &= (
            Q(user__username__icontains=word)
            | Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
            | Q(pseudonym__icontains=word)
        )
    order = [Enrolment.Role.INSTRUCTOR, Enrolment.Role.ASSISTANT]
    rank = Case(
        *(When(role=role, then=Value(at)) for at, role in enumerate(order)),
        default=Value(len(order)),
    )
    return (
        Enrolment.objects.filter(found, course=course)
        .select_related("user")
        .annotate(overrides_count=Count("overrides"))
        .order_by(rank, Lower("user__username"), "pk")
    )


def codes_of(course: Course) -> list[InvitationCode]:
    """Give the newest codes of a course, each with `is_usable`; usable ones first."""
    usable = Q(revoked_at__isnull=True, expires_at__gt=Now(), uses__lt=F("uses_max"))
    codes = InvitationCode.objects.filter(course=course).annotate(
        is_usable=Case(When(usable, then=Value(True)), default=Value(False))
    )
    return list(codes.order_by("-is_usable", "-pk")[:CODES_SHOWN])


def person_of(course: Course, enrolment_id: int) -> Enrolment | None:
    """Give one person of a course; None when there is no such person in it."""
    return (
        Enrolment.objects.select_related("user", "course")
        .filter(course=course, pk=enrolment_id)
        .first()
    )


def exercises_of(person: Enrolment) -> list[PersonExercise]:
    """Give every published exercise with what holds for this person, in three queries."""
    exercises = (
        Exercise.objects.filter(course=person.course_id, current_version__isnull=False)
        .select_related("current_version", "course")
        .order_by("module__position", "position", "pk")
    )
    overrides = {o.exercise_id: o for o in PolicyOverride.objects.filter(enrolment=person)}
    items = {item.exercise_id: item for item in WorkItem.objects.filter(enrolment=person)}
    return [
        PersonExercise(
            exercise=exercise,
            policy=Policy.for_enrolment(exercise, person, overrides.get(exercise.pk)),
            override=overrides.get(exercise.pk),
            item=items.get(exercise.pk),
        )
        for exercise in exercises
    ]
