"""Where a submission stands, in the words its author reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from exercises.models import GradingJob

if TYPE_CHECKING:
    from datetime import datetime

    from exercises.models import Grade


class Status(models.TextChoices):
    """State of one submission. Only GRADED and PROVISIONAL show points."""

    QUEUED = "queued", _("In line")
    GRADING = "grading", _("Grading")
    RETRYING = "retrying", _("Trying again")
    GRADED = "graded", _("Graded")
    PROVISIONAL = "provisional", _("Provisional")
    HELD = "held", _("Shown after the close")
    INVALID = "invalid", _("Could not be read")
    DEAD = "dead", _("Could not be graded")

    @property
    def is_moving(self) -> bool:
        """True while the page should look again by itself."""
        return self in (Status.QUEUED, Status.GRADING, Status.RETRYING)


def status_of(
    *, job: GradingJob | None, head: Grade | None, hides_result: bool, at: datetime
) -> Status:
    """Give the status from the grade chain's head alone once there is one, else from the first job.

    job: the first-grade job; a regrade's never shows. hides_result: the exercise releases results
    only at its close, which has not come.
    """
    if head is not None:
        if hides_result:
            return Status.HELD
        return Status.GRADED if head.released else Status.PROVISIONAL
    if job is None or job.state == GradingJob.State.DONE:
        return Status.GRADING
    if job.state in (GradingJob.State.DEAD, GradingJob.State.INVALID):
        return Status(job.state)
    return _before_grade(job, at)


def _before_grade(job: GradingJob, at: datetime) -> Status:
    if job.state == GradingJob.State.QUEUED:
        return Status.RETRYING if job.tries else Status.QUEUED
    lost = job.lease_until is not None and job.lease_until < at
    return Status.RETRYING if lost or job.tries > 1 else Status.GRADING
