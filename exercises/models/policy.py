"""The rules of one exercise as they hold for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from exercises.models.course import Enrolment
    from exercises.models.exercise import Exercise


class PolicyOverride(models.Model):
    """More time or more attempts for one person in one exercise, with its reason and granter."""

    exercise = models.ForeignKey(
        "exercises.Exercise", on_delete=models.CASCADE, related_name="overrides"
    )
    enrolment = models.ForeignKey(
        "exercises.Enrolment", on_delete=models.CASCADE, related_name="overrides"
    )
    extra_time = models.DurationField(
        default=timedelta(0), help_text=_("Added to the due and late times, beside the extension.")
    )
    extra_attempts = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)]
    )
    counts_after_reveal = models.BooleanField(
        default=False,
        help_text=_("Let the extra attempts count although the discussion was already shown."),
    )
    reason = models.CharField(max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exercise", "enrolment"], name="override_once"),
            models.CheckConstraint(
                condition=models.Q(extra_time__gte=timedelta(0)), name="override_time_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.pk}"


@dataclass(frozen=True, slots=True)
class LateStep:
    """Handed in up to `until`, an answer keeps `fraction` (0 to 1) of its points."""

    until: datetime
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Policy:
    """When one person may hand in, how often, and what lateness costs. Instants are aware."""

    opens_at: datetime | None
    due_at: datetime | None
    steps: tuple[LateStep, ...]
    attempts: int
    reveal: str
    release: str

    @classmethod
    def of(
        cls, exercise: Exercise, *, extension: timedelta, override: PolicyOverride | None = None
    ) -> Policy:
        """Give the policy of an exercise with a person's extra time and attempts worked in."""
        extra = extension + (override.extra_time if override else timedelta(0))
        return cls(
            opens_at=exercise.opens_at,
            due_at=exercise.due_at + extra if exercise.due_at else None,
            steps=tuple(
                LateStep(datetime.fromisoformat(s["until"]) + extra, Decimal(s["fraction"]))
                for s in exercise.late_steps
            ),
            attempts=exercise.attempts + (override.extra_attempts if override else 0),
            reveal=exercise.reveal,
            release=exercise.release,
        )

    @classmethod
    def for_enrolment(
        cls, exercise: Exercise, enrolment: Enrolment, override: PolicyOverride | None
    ) -> Policy:
        """Give the policy of an exercise for an enrolment and its override, if it has one."""
        return cls.of(exercise, extension=enrolment.extension, override=override)

    @property
    def closes_at(self) -> datetime | None:
        """The last instant at which an answer is taken; None for never."""
        return self.steps[-1].until if self.steps else self.due_at

    def is_open(self, at: datetime) -> bool:
        return not self.is_before(at) and not self.is_closed(at)

    def is_before(self, at: datetime) -> bool:
        return self.opens_at is not None and at < self.opens_at

    def is_closed(self, at: datetime) -> bool:
        return self.closes_at is not None and at > self.closes_at

    def fraction_at(self, at: datetime) -> Decimal:
        """Give the fraction of the points kept at that instant, 0 after the close."""
        if self.due_at is None or at <= self.due_at:
            return Decimal(1)
        return next((step.fraction for step in self.steps if at <= step.until), Decimal(0))

    def snapshot(self) -> dict[str, Any]:
        """Give the policy as JSON, kept with each submission."""
        return {
            "opens_at": _iso(self.opens_at),
            "due_at": _iso(self.due_at),
            "steps": [{"until": _iso(s.until), "fraction": str(s.fraction)} for s in self.steps],
            "attempts": self.attempts,
            "reveal": self.reveal,
            "release": self.release,
        }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
