"""What was handed in, and the jobs that grade it."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_prometheus.models import ExportModelOperationsMixin

from exercises.models.course import _CODE_ALPHABET
from exercises.models.exercise import ExerciseVersion
from exercises.models.work import WorkItem


class SubmissionIsFinal(Exception):
    """A stored submission was about to change; it never does."""


def new_receipt() -> str:
    """Give a receipt number such as W-7F3K-91QD."""
    letters = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(8))
    return f"W-{letters[:4]}-{letters[4:]}"


class Submission(ExportModelOperationsMixin("submission"), models.Model):  # type: ignore[misc]
    """One hand-in. It never changes: the database refuses it too.

    number: 1, 2, ... among the counted ones of its work item; None for practice. key: the
    rendered form's idempotency key. answers: Answer by part slug. answers_hash: HMAC-SHA256 of
    the canonical answers, hex. kept_fraction: what lateness leaves of the points, 0 to 1.
    policy: Policy.snapshot() at that moment. trace_id: 32 hex digits, "" without tracing.
    """

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="submissions")
    version = models.ForeignKey(ExerciseVersion, on_delete=models.PROTECT, related_name="+")
    receipt = models.CharField(max_length=20, unique=True, default=new_receipt, editable=False)
    number = models.PositiveIntegerField(null=True)
    counted = models.BooleanField()
    key = models.CharField(max_length=64)
    answers = models.JSONField()
    answers_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    kept_fraction = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    policy = models.JSONField()
    trace_id = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ("work_item", "pk")
        constraints = [
            models.UniqueConstraint(fields=["work_item", "number"], name="submission_number"),
            models.UniqueConstraint(fields=["work_item", "key"], name="submission_key"),
            models.CheckConstraint(
                condition=models.Q(counted=True, number__isnull=False)
                | models.Q(counted=False, number__isnull=True),
                name="submission_number_iff_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.receipt}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, never update. Raises SubmissionIsFinal."""
        if not self._state.adding:
            raise SubmissionIsFinal(f"submission {self.receipt} is stored and cannot change")
        super().save(*args, **kwargs)


class GradingJob(ExportModelOperationsMixin("grading_job"), models.Model):  # type: ignore[misc]
    """One run of the graders over one submission.

    state goes queued, running (lease), then done, invalid (the answer could not be read; attempt
    given back) or dead (tries used). lease_token proves a claim: finish is an UPDATE on it.
    kind_versions: version by kind slug that graded. error_class: of the last failed try.
    attempt_returned: the end of this job gave the attempt back.
    For the trace alone: lost_started_at, lost_lease_until, when the try before this one began and
    its lease ran out without a word, both None after a try that ended; failed_at: when the last try
    that ended without a grade did so.
    """

    class Reason(models.TextChoices):
        SUBMIT = "submit", _("Handed in")
        REGRADE = "regrade", _("Regrade")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Grading")
        DONE = "done", _("Graded")
        INVALID = "invalid", _("Could not be read")
        DEAD = "dead", _("Could not be graded")

    OPEN = (State.QUEUED, State.RUNNING)

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="jobs")
    run = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=16, choices=Reason, default=Reason.SUBMIT)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    kind_versions = models.JSONField(default=dict)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField()
    error_class = models.CharField(max_length=100, blank=True)
    attempt_returned = models.BooleanField(default=False)
    traceparent = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lost_started_at = models.DateTimeField(null=True, blank=True)
    lost_lease_until = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "run"], name="job_run"),
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(lost_started_at__isnull=True, lost_lease_until__isnull=True)
                | models.Q(lost_started_at__isnull=False, lost_lease_until__isnull=False),
                name="job_lost_from_until",
            ),
        ]
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_due",
            ),
            models.Index(fields=["submission"], condition=models.Q(state="dead"), name="job_dead"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} of submission {self.submission_id}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class HeldPost(models.Model):
    """A hand-in that came without a valid session or CSRF token, kept for its writer alone.

    Kept for an hour at most and 64 kB of fields; received_at counts as the hand-in's time when
    she signs in within 15 minutes. counts_from_receipt is False for a post refused for its CSRF
    token: a stranger's page may have sent it, so she presses the button again.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="held_posts"
    )
    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="held_posts")
    key = models.CharField(max_length=64)
    fields = models.JSONField()
    counts_from_receipt = models.BooleanField(default=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work_item"], name="held_post_once")]

    def __str__(self) -> str:
        return f"held post of work item {self.work_item_id}"
