"""One student's work on one exercise, and her draft."""

import secrets
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from exercises.models.course import Enrolment
from exercises.models.exercise import Exercise, ExerciseVersion


def new_seed() -> str:
    """Give a variant seed: 32 lower-case hex digits."""
    return secrets.token_hex(16)


class WorkItem(models.Model):
    """One student's work on one exercise: the row that intake locks and the gradebook reads.

    attempts_used: counted submissions less those given back. official_grade: head of the chain of
    the best released counted submission. best_points: its points of Exercise.points, after late
    steps; None before one is released. proposed_points: the best that waits for a person.
    grace_until: a given-back attempt may be used until then, past the close.
    """

    class RevealReason(models.TextChoices):
        FULL_MARKS = "full_marks", _("Full marks")
        NO_ATTEMPT_LEFT = "no_attempt_left", _("No attempt is left")
        CLOSED = "closed", _("The exercise has closed")
        ASKED = "asked", _("You asked for the discussion")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="work_items")
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="work_items")
    attempts_used = models.PositiveIntegerField(default=0)
    attempts_max = models.PositiveIntegerField()
    given_back = models.PositiveSmallIntegerField(default=0)
    grace_until = models.DateTimeField(null=True, blank=True)
    official_grade = models.ForeignKey(
        "exercises.Grade", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    best_points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    proposed_points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    reveal_reason = models.CharField(max_length=20, choices=RevealReason, blank=True)
    counts_after_reveal = models.BooleanField(default=False)
    variant_seed = models.CharField(max_length=32, default=new_seed, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "exercise"], name="work_item_once"),
            models.CheckConstraint(
                condition=models.Q(attempts_used__lte=models.F("attempts_max")),
                name="work_item_attempts_within_max",
            ),
            models.CheckConstraint(
                condition=models.Q(given_back__lte=1), name="work_item_given_back_once"
            ),
        ]

    def __str__(self) -> str:
        return f"work item {self.pk}"

    @property
    def attempts_left(self) -> int:
        return self.attempts_max - self.attempts_used

    @property
    def is_revealed(self) -> bool:
        return self.revealed_at is not None

    @property
    def is_practice(self) -> bool:
        """True when a further submission would not count."""
        return self.is_revealed and not self.counts_after_reveal

    def has_grace(self, at: datetime) -> bool:
        """Claim that a given-back attempt may still be used although the exercise has closed."""
        return self.grace_until is not None and at <= self.grace_until and self.attempts_left > 0


class Draft(models.Model):
    """What was typed and not handed in.

    fields: form field name (prefixed with its part's slug) to its list of strings, unchecked.
    revision: grows by one with each save; a save names the revision that it saw.
    """

    work_item = models.OneToOneField(WorkItem, on_delete=models.CASCADE, related_name="draft")
    version = models.ForeignKey(ExerciseVersion, on_delete=models.CASCADE, related_name="+")
    fields = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of work item {self.work_item_id}, revision {self.revision}"


class SelfMark(models.Model):
    """What a student says of her own answer, against the model answer, for one criterion."""

    submission = models.ForeignKey(
        "exercises.Submission", on_delete=models.CASCADE, related_name="self_marks"
    )
    part = models.CharField(max_length=50)
    criterion = models.CharField(max_length=50)
    level = models.DecimalField(max_digits=3, decimal_places=2)
    marked_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "part", "criterion"], name="self_mark_once"
            ),
            models.CheckConstraint(
                condition=models.Q(level__gte=0) & models.Q(level__lte=1), name="self_mark_level"
            ),
        ]

    def __str__(self) -> str:
        return f"self mark of submission {self.submission_id}"
