"""Exercises, and the immutable versions of what they say."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from exercises.models.course import Course, Module
from exercises.models.walltime import instant_of
from exercises.specification import Specification, kept_specification


class VersionPublished(Exception):
    """A published version was about to change. Make a new version instead."""


class Exercise(models.Model):
    """The stable identity of an exercise and its policy; what it says is in its versions.

    opens_wall, due_wall: local time in the course's zone, such as 2026-11-29T23:59, "" for none;
    opens_at and due_at are the instants made from them. late_steps: a list of
    {"until_wall": local time, "until": instant, "fraction": "0.50"} in ascending order.
    """

    class Reveal(models.TextChoices):
        EARNED = "earned", _("At full marks, no attempt left, close, or on request")
        CLOSE = "close", _("Only when it has closed for everyone")

    class Release(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        CLOSE = "close", _("When it has closed for everyone")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="exercises")
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="exercises")
    slug = models.SlugField()
    position = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    points = models.DecimalField(
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("What the exercise is worth, whatever its parts add up to."),
    )
    attempts = models.PositiveIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    opens_wall = models.CharField(max_length=16, blank=True)
    opens_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_wall = models.CharField(max_length=16, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    late_steps = models.JSONField(default=list, blank=True)
    reveal = models.CharField(max_length=16, choices=Reveal, default=Reveal.EARNED)
    release = models.CharField(max_length=16, choices=Release, default=Release.AT_ONCE)
    current_version = models.ForeignKey(
        "ExerciseVersion", null=True, blank=True, editable=False,
        on_delete=models.RESTRICT, related_name="+",
    )  # fmt: skip

    class Meta:
        ordering = ("module", "position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="exercise_slug_in_course"),
            models.CheckConstraint(
                condition=models.Q(points__gt=0), name="exercise_points_positive"
            ),
            models.CheckConstraint(condition=models.Q(attempts__gte=1), name="exercise_attempts"),
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Turn wall times into instants; refuse times that do not exist or come twice."""
        zone = self.course.tzinfo
        self.opens_at = _instant(self.opens_wall, zone, "opens_wall")
        self.due_at = _instant(self.due_wall, zone, "due_wall")
        self.late_steps = [self._clean_step(step) for step in self.late_steps]
        times = [t for t in (self.opens_at, self.due_at) if t]
        times += [datetime.fromisoformat(step["until"]) for step in self.late_steps]
        if times != sorted(set(times)):
            raise ValidationError(
                {"due_wall": _("Write opening, due and late times in that order.")}
            )
        if self.late_steps and not self.due_at:
            raise ValidationError({"late_steps": _("A late step needs a due time.")})

    def _clean_step(self, step: Any) -> dict[str, str]:
        try:
            wall, fraction = step["until_wall"], Decimal(str(step["fraction"]))
        except (KeyError, TypeError, ArithmeticError):
            wall, fraction = "", Decimal(-1)
        until = _instant(str(wall), self.course.tzinfo, "late_steps")
        if until is None or not (fraction.is_finite() and 0 <= fraction <= 1):
            raise ValidationError(
                {"late_steps": _("Each late step needs a local time and a fraction from 0 to 1.")}
            )
        return {"until_wall": wall, "until": until.isoformat(), "fraction": str(fraction)}


class ExerciseVersion(models.Model):
    """What an exercise says, numbered. Published, it never changes: the database refuses it too.

    content: the JSON of specification.ExerciseContent. sha256: of its canonical JSON, hex.
    source: where it came from, such as "files:watching-the-watchers/log-levels.yaml" or "admin".
    """

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("exercise", "-number")
        constraints = [
            models.UniqueConstraint(fields=["exercise", "number"], name="version_number"),
            models.UniqueConstraint(
                fields=["exercise"],
                condition=models.Q(published_at__isnull=True),
                name="version_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercise_id} version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to change a published version, as the database does. Raises VersionPublished."""
        if self.pk and type(self).objects.filter(pk=self.pk, published_at__isnull=False).exists():
            raise VersionPublished(
                f"version {self.number} of exercise {self.exercise_id} is published"
            )
        super().save(*args, **kwargs)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def specification(self) -> Specification:
        return kept_specification(self.sha256, lambda: self.content)


def digest(content: dict[str, Any]) -> str:
    """Give the hex sha256 of a content's canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _instant(wall: str, zone: Any, name: str) -> datetime | None:
    try:
        return instant_of(wall, zone)
    except ValueError as error:
        raise ValidationError({name: str(error)}) from None
