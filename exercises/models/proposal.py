"""Results that may not enter the chain by themselves: they wait beside the grade that holds."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from exercises.models.exercise import ExerciseVersion
from exercises.models.grade import Grade
from exercises.models.submission import Submission


class GradeProposal(models.Model):
    """A machine's result under a person's grade, or the losing one of two people's.

    Never in the chain. against: the grade that held when it was made, None where it is gone.
    source, items, points, possible, released, feedback: as Grade has them. run: counts the
    proposals of one source of a submission from 1. grader: the person whose decision lost.
    decision: what became of it, "" while it waits.
    """

    class Decision(models.TextChoices):
        TAKEN = "taken", _("Taken")
        DISMISSED = "dismissed", _("Dismissed")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="proposals")
    against = models.ForeignKey(
        Grade, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.ForeignKey(ExerciseVersion, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=16, choices=Grade.Source)
    run = models.PositiveIntegerField()
    grader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind_versions = models.JSONField(default=dict)
    items = models.JSONField()
    points = models.DecimalField(max_digits=8, decimal_places=2)
    possible = models.DecimalField(max_digits=8, decimal_places=2)
    released = models.BooleanField()
    feedback = models.TextField(blank=True)
    created_at = models.DateTimeField()
    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("submission", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "source", "run"], name="proposal_once_per_run"
            ),
            models.CheckConstraint(
                condition=models.Q(points__gte=0) & models.Q(points__lte=models.F("possible")),
                name="proposal_points_within_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at__isnull=True)
                | (~models.Q(decision="") & models.Q(decided_at__isnull=False)),
                name="proposal_decided_at_iff_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["submission"],
                condition=models.Q(decision=""),
                name="proposal_undecided",
            )
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk} for submission {self.submission_id}"
