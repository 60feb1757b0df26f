"""Regrades: a batch's orders, what its preview found for each answer, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from exercises.models.course import Enrolment
from exercises.models.exercise import Exercise, ExerciseVersion
from exercises.models.grade import Grade
from exercises.models.proposal import GradeProposal
from exercises.models.submission import Submission


class RegradeBatch(models.Model):
    """One regrade of an exercise's counted answers: previewed, then applied, then perhaps undone.

    version: whose parts judge; None for the one each answer was handed in on. part: a part's slug,
    "" for all. standings: Standing values that are taken, [] for all. grader: kind slug and
    version, such as "text 2", whose grades are taken, "" for all. never_lower: rows that would
    lower are kept as they are. total: answers that the preview looks at. cursor: the last
    submission that it looked at. lease_token proves a claim, lease_until ends it; available_at:
    when the next slice may begin. tries: claims since the last progress. error_class: of the last
    failure. Times are the database's.
    """

    class What(models.TextChoices):
        GRADERS = "graders", _("Run the graders again")
        POLICY = "policy", _("Due times and extra time")

    class State(models.TextChoices):
        PREVIEWING = "previewing", _("Preview under way")
        READY = "ready", _("Ready to apply")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    class Standing(models.TextChoices):
        FINAL = "final", _("Final, by the machine")
        PROVISIONAL = "provisional", _("Provisional")
        PERSON = "person", _("Graded by a person")
        UNGRADED = "ungraded", _("Not graded")

    WORKING = (State.PREVIEWING, State.APPLYING, State.UNDOING)
    ACTIVE = (*WORKING, State.READY)

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="regrades")
    what = models.CharField(max_length=16, choices=What, default=What.GRADERS)
    reason = models.CharField(max_length=200)
    version = models.ForeignKey(
        ExerciseVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    part = models.CharField(max_length=50, blank=True)
    standings = models.JSONField(default=list, blank=True)
    # A batch for one person is hers: erasing her erases it, never widens it to everybody.
    enrolment = models.ForeignKey(
        Enrolment, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    received_from = models.DateTimeField(null=True, blank=True)
    received_until = models.DateTimeField(null=True, blank=True)
    grader = models.CharField(max_length=80, blank=True)
    never_lower = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=State, default=State.PREVIEWING)
    total = models.PositiveIntegerField(default=0)
    looked_at = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    available_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    error_class = models.CharField(max_length=100, blank=True)
    traceparent = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    previewed_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["exercise"],
                condition=models.Q(state__in=["previewing", "ready", "applying", "undoing"]),
                name="regrade_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(what="graders") | models.Q(version__isnull=True, part=""),
                name="regrade_policy_runs_no_grader",
            ),
        ]
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=models.Q(state__in=["previewing", "applying", "undoing"]),
                name="regrade_due",
            )
        ]

    def __str__(self) -> str:
        return f"regrade {self.pk} of exercise {self.exercise_id}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def is_policy(self) -> bool:
        return self.what == self.What.POLICY


class RegradeRow(models.Model):
    """What a batch found for one submission, and what became of it.

    base: the chain's head that the preview saw, None for no grade yet. old_points, new_points: on
    the exercise's scale after lateness, None without such a grade. items, points, possible,
    released, kind_versions, kept_fraction: the result as Grade has them; items is [] where the row
    has none of its own. reason: why it was skipped, a Skip value. handled_at: when apply dealt with
    it; undo_skip: why undo left it alone.
    """

    class Outcome(models.TextChoices):
        RAISED = "raised", _("Raised")
        LOWERED = "lowered", _("Lowered")
        REASONS = "reasons", _("Same points, other reasons")
        SAME = "same", _("No change")
        KEPT = "kept", _("Would be lowered, kept")
        PROPOSAL = "proposal", _("Proposed to a person")
        SKIPPED = "skipped", _("Left out")

    class Skip(models.TextChoices):
        PART_MISSING = "part_missing", _("The two versions do not have the same questions")
        KIND_DIFFERS = "kind_differs", _("A question is of another kind in that version")
        UNREADABLE = "unreadable", _("The stored answer cannot be read")
        GRADER_FAILED = "grader_failed", _("The grader failed")
        IN_LINE = "in_line", _("Its first grading is not over")
        CHAIN_MOVED = "chain_moved", _("It was graded otherwise in the meantime")
        NO_GRADE = "no_grade", _("It has no grade to start from")
        FIRST_GRADE = "first_grade", _("It had no grade before, so there is none to go back to")

    WRITABLE = (Outcome.RAISED, Outcome.LOWERED, Outcome.REASONS)

    batch = models.ForeignKey(RegradeBatch, on_delete=models.CASCADE, related_name="rows")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    base = models.ForeignKey(
        Grade, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    outcome = models.CharField(max_length=16, choices=Outcome)
    reason = models.CharField(max_length=20, choices=Skip, blank=True)
    error_class = models.CharField(max_length=100, blank=True)
    old_points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    new_points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    items = models.JSONField(default=list, blank=True)
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    possible = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    released = models.BooleanField(null=True, blank=True)
    kind_versions = models.JSONField(default=dict, blank=True)
    kept_fraction = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    written = models.OneToOneField(
        Grade, null=True, blank=True, on_delete=models.CASCADE, related_name="regrade_row"
    )
    proposal = models.OneToOneField(
        GradeProposal, null=True, blank=True, on_delete=models.CASCADE, related_name="regrade_row"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undo_grade = models.OneToOneField(
        Grade, null=True, blank=True, on_delete=models.CASCADE, related_name="undone_row"
    )
    undo_skip = models.CharField(max_length=20, choices=Skip, blank=True)

    class Meta:
        ordering = ("batch", "pk")
        constraints = [
            models.UniqueConstraint(fields=["batch", "submission"], name="regrade_row_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="skipped") ^ models.Q(reason=""),
                name="regrade_row_reason_iff_skipped",
            ),
            models.CheckConstraint(
                condition=models.Q(written__isnull=True)
                | models.Q(outcome__in=["raised", "lowered", "reasons"], handled_at__isnull=False),
                name="regrade_row_written_where_it_changes",
            ),
            models.CheckConstraint(
                condition=models.Q(undo_grade__isnull=True)
                | models.Q(written__isnull=False, undone_at__isnull=False),
                name="regrade_row_undone_after_written",
            ),
        ]
        indexes = [models.Index(fields=["batch", "outcome"], name="regrade_row_outcome")]

    def __str__(self) -> str:
        return f"row of regrade {self.batch_id} for submission {self.submission_id}"

    @property
    def totals(self) -> dict[str, Any]:
        """The result's values beside its items, by their names in Grade and GradeProposal."""
        return {name: getattr(self, name) for name in ("points", "possible", "released")}

    @property
    def difference(self) -> Decimal | None:
        """New less old points; None where there is no new result."""
        if self.new_points is None:
            return None
        return self.new_points - (self.old_points or Decimal(0))
