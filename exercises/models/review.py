"""What reviewers share and keep: who looks at what, phrases, and their own settings."""

from django.conf import settings
from django.db import models

from exercises.models.exercise import Exercise
from exercises.models.submission import Submission


class ReviewClaim(models.Model):
    """Somebody looks at a submission. It tells the others and keeps nobody out.

    since, until: database time; past `until` the claim is as good as gone.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="claims")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "reviewer"], name="claim_once"),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="claim_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"claim of submission {self.submission_id}"


class FeedbackSnippet(models.Model):
    """A phrase for the feedback on one part, shared by the course's staff.

    title: what stands on its button. author: who may rename and delete it; None once her account
    is gone, then an instructor may.
    """

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="snippets")
    part = models.CharField(max_length=50)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(max_length=60)
    text = models.TextField(max_length=1000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("title", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "part", "title"], name="snippet_title_in_part"
            ),
            models.CheckConstraint(
                condition=~models.Q(title="") & ~models.Q(text=""), name="snippet_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"snippet {self.pk}"


class ReviewPreference(models.Model):
    """How one person reviews. No row: as everybody does at first."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_preference"
    )
    keys_are_off = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"review preference {self.pk}"
