"""Whether the machine's released grades may be trusted: blind looks by people."""

from django.conf import settings
from django.db import models

from exercises.models.grade import Grade


class ReleaseAudit(models.Model):
    """One part of a released machine's grade that a person judges without seeing the verdict.

    levels: her score by criterion id, {} while it waits. agrees: whether they earn the same points
    for the part as the machine gave, None while it waits.
    """

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="release_audits")
    part = models.CharField(max_length=50)
    drawn_at = models.DateTimeField()
    levels = models.JSONField(default=dict)
    agrees = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["grade", "part"], name="release_audit_once"),
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
