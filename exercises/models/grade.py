"""Grades: an append-only chain per submission, and what people ask and do about it."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_prometheus.models import ExportModelOperationsMixin

from exercises.models.course import Course
from exercises.models.exercise import ExerciseVersion
from exercises.models.submission import GradingJob, Submission


class GradeIsFinal(Exception):
    """A stored grade was about to change; write one that supersedes it."""


class GradeQuerySet(models.QuerySet["Grade"]):
    def heads(self) -> "GradeQuerySet":
        """Keep the last grade of each chain."""
        return self.filter(superseded_by__isnull=True)


class Grade(ExportModelOperationsMixin("grade"), models.Model):  # type: ignore[misc]
    """One grade of one submission; the chain's last one holds.

    items: a list, one per part: {"part", "points", "possible", "score", "certain", "flags",
    "feedback", "criteria": [{"id", "score", "points", "possible", "feedback", "misconception",
    "quotes"}]}; points are strings with two decimals. points, possible: their sums, before
    Exercise.points and lateness are applied. released: all parts are certain;
    what a person decided is. batch:
    the regrade that wrote it, or undid one. kept_fraction: what lateness leaves of the points, 0 to
    1, where the policy was applied anew; None where the submission's own holds.
    """

    class Source(models.TextChoices):
        AUTO = "auto", _("Machine")
        HUMAN = "human", _("Person")
        OVERRIDE = "override", _("Instructor")
        POLICY = "policy", _("Policy")

    BY_PEOPLE = (Source.HUMAN, Source.OVERRIDE)

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="grades")
    version = models.ForeignKey(ExerciseVersion, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=16, choices=Source)
    job = models.OneToOneField(
        GradingJob, null=True, blank=True, on_delete=models.CASCADE, related_name="grade"
    )
    # A batch goes with its exercise alone: it is never taken from under a grade.
    batch = models.ForeignKey(
        "exercises.RegradeBatch", null=True, blank=True, on_delete=models.RESTRICT,
        related_name="grades",
    )  # fmt: skip
    grader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    items = models.JSONField()
    points = models.DecimalField(max_digits=8, decimal_places=2)
    possible = models.DecimalField(max_digits=8, decimal_places=2)
    released = models.BooleanField()
    kept_fraction = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    feedback = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="superseded_by"
    )
    created_at = models.DateTimeField()

    objects = GradeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(supersedes__isnull=True),
                name="grade_one_first",
            ),
            models.CheckConstraint(
                condition=models.Q(points__gte=0) & models.Q(points__lte=models.F("possible")),
                name="grade_points_within_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(kept_fraction__gte=0, kept_fraction__lte=1)
                | models.Q(kept_fraction__isnull=True),
                name="grade_kept_fraction_is_a_fraction",
            ),
            models.CheckConstraint(
                condition=~models.Q(source="policy") | models.Q(kept_fraction__isnull=False),
                name="grade_policy_names_its_fraction",
            ),
        ]
        # What waits for a person is found through it, however many grades there are.
        indexes = [
            models.Index(
                fields=["submission"],
                condition=models.Q(released=False),
                name="grade_provisional",
            )
        ]

    def __str__(self) -> str:
        return f"grade {self.pk} of submission {self.submission_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, never update. Raises GradeIsFinal."""
        if not self._state.adding:
            raise GradeIsFinal(f"grade {self.pk} is stored and cannot change")
        if self.kept_fraction is None and self.supersedes is not None:
            # Extra time that was granted afterwards outlives whatever grade comes next.
            self.kept_fraction = self.supersedes.kept_fraction
        super().save(*args, **kwargs)

    @property
    def kept(self) -> Decimal:
        """What lateness leaves of the points, 0 to 1. The submission must be loaded."""
        own = self.kept_fraction
        return self.submission.kept_fraction if own is None else own


class ReviewRequest(models.Model):
    """A student's wish that a person looks at one submission, once per submission.

    reply: what the person said, may be "" once answered_at is set.
    """

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, related_name="review_request"
    )
    reason = models.TextField(max_length=1000, blank=True)
    created_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=False)
                | models.Q(reply="", answered_by__isnull=True),
                name="review_request_reply_once_answered",
            )
        ]

    def __str__(self) -> str:
        return f"review request of submission {self.submission_id}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


class AuditEvent(models.Model):
    """Who did what to what, with the values before and after. Append-only.

    action: noun.verb_past, such as grade.overridden. target: model name and id, "grade:17".
    before, after: JSON without answers and names.
    """

    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=80)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
