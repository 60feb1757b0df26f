"""Whether the machine's released grades may be trusted: blind looks by people, and the switch."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from exercises.models.exercise import Exercise
from exercises.models.grade import Grade


class ReleaseChangeIsFinal(Exception):
    """A stored change of a switch was about to change; it never does."""


class ReleaseSwitch(models.Model):
    """Whether the machine may release its grades of one part as it stands.

    A changed rubric (content_hash, as specification.Part has it) or grader (kind_version) is
    another row and starts anew. evidence_since: looks drawn or decided before then count no more;
    when the row was made, or release was last switched on again.
    """

    exercise = models.ForeignKey(
        Exercise, on_delete=models.CASCADE, related_name="release_switches"
    )
    part = models.CharField(max_length=50)
    kind_version = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=64)
    is_on = models.BooleanField(default=True)
    evidence_since = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "part", "kind_version", "content_hash"],
                name="release_switch_once",
            )
        ]

    def __str__(self) -> str:
        return f"release switch {self.pk} of exercise {self.exercise_id}"


class ReleaseChange(models.Model):
    """One turn of a switch. Append-only; a switch stands as its last change says, else on.

    agreed, decided: the looks that counted at that moment. reason: a person's words, "" where the
    looks turned it off; that is told by cause.
    """

    class Cause(models.TextChoices):
        INTERVAL = "interval", _("Agreement is under the target")
        DISAGREEMENTS = "disagreements", _("Too many of the last looks disagreed")
        PERSON = "person", _("A person decided")

    switch = models.ForeignKey(ReleaseSwitch, on_delete=models.CASCADE, related_name="changes")
    is_on = models.BooleanField()
    cause = models.CharField(max_length=16, choices=Cause)
    reason = models.CharField(max_length=500, blank=True)
    agreed = models.PositiveIntegerField()
    decided = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_on=False) | models.Q(cause="person"),
                name="release_change_on_by_person",
            ),
            models.CheckConstraint(
                condition=(models.Q(cause="person") & ~models.Q(reason=""))
                | (~models.Q(cause="person") & models.Q(reason="")),
                name="release_change_reason_iff_person",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed__lte=models.F("decided")),
                name="release_change_agreed_within_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of release switch {self.switch_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, never update. Raises ReleaseChangeIsFinal."""
        if not self._state.adding:
            raise ReleaseChangeIsFinal(f"change {self.pk} is stored and cannot change")
        super().save(*args, **kwargs)


class ReleaseAuditQuerySet(models.QuerySet["ReleaseAudit"]):
    def waiting(self) -> "ReleaseAuditQuerySet":
        """Keep what a person is to judge blind now: not decided, of the grade that holds.

        Where the student asked for a person, her words come first: a decoy is blind no more.
        """
        return self.filter(
            models.Q(is_decoy=False) | models.Q(grade__submission__review_request=None),
            decided_at=None,
            grade__superseded_by=None,
        )


class ReleaseAudit(models.Model):
    """One part of a machine's grade that a person judges without seeing the verdict.

    Of a released part, to learn whether release can be trusted; or a decoy: of a part that the
    machine doubted, which waits for a person anyway and looks the same, so that a blind sheet does
    not tell its verdict. Decoys enter no agreement and turn no switch. switch: that of the part as
    it was graded. levels: her score by criterion id, {} while it waits. agrees: whether they earn
    the same points for the part as the machine gave or proposed, None while it waits. decoy_for:
    the released part's look that a decoy was drawn for, None once that is erased.
    """

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="release_audits")
    part = models.CharField(max_length=50)
    switch = models.ForeignKey(ReleaseSwitch, on_delete=models.CASCADE, related_name="audits")
    drawn_at = models.DateTimeField()
    is_decoy = models.BooleanField(default=False)
    decoy_for = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="decoys"
    )
    levels = models.JSONField(default=dict)
    agrees = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseAuditQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["grade", "part"], name="release_audit_once"),
            models.CheckConstraint(
                condition=models.Q(is_decoy=True) | models.Q(decoy_for__isnull=True),
                name="release_audit_stands_for_none",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True, agrees__isnull=True)
                | models.Q(decided_at__isnull=False, agrees__isnull=False),
                name="release_audit_agrees_iff_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["drawn_at"],
                condition=models.Q(decided_at__isnull=True),
                name="release_audit_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"audit {self.pk} of grade {self.grade_id}"

    @property
    def token(self) -> str:
        """What a form posts for it. An id would tell: decoys are drawn after what they stand by."""
        return salted_hmac("exercises.models.release", str(self.pk)).hexdigest()[:16]
