"""The stops on a submission's way, from its receipt to its grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exercises.status import Status

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.utils.functional import _StrPromise

    from exercises.models import Grade, GradingJob, Submission


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on a submission's way. state: done, now or "" for still to come.

    at: when it was reached. lasted: how long it took, in words, "" while that is not known.
    """

    label: str | _StrPromise
    state: str
    at: datetime | None = None
    lasted: str = ""


def steps_of(
    submission: Submission, job: GradingJob | None, head: Grade | None, status: Status
) -> list[Step]:
    """Give received, queued, grading and graded, each done, under way or to come."""
    reached = {Status.QUEUED: 1, Status.RETRYING: 2, Status.GRADING: 2}.get(status, 4)
    is_failed = status in (Status.DEAD, Status.INVALID)
    stops: list[tuple[str | _StrPromise, datetime | None, str]] = [
        (_("Received"), submission.received_at, ""),
        (_("In line"), None, _waited(job)),
        (_("Grading failed") if is_failed else _("Grading"), None, _took(job)),
        (_("Graded"), head.created_at if head else None, ""),
    ]
    if is_failed:
        reached = 2
    if status == Status.PROVISIONAL:
        reached, stops[3] = 3, (_("A person looks"), None, "")
    return [
        Step(label, "done" if i < reached else "now" if i == reached else "", at, lasted)
        for i, (label, at, lasted) in enumerate(stops)
    ]


def _waited(job: GradingJob | None) -> str:
    if job is None or job.started_at is None or job.tries > 1:
        return ""  # of a later try the row tells the time since the hand-in, tries and all
    return gettext("waited %s") % _seconds(job.started_at - job.created_at)


def _took(job: GradingJob | None) -> str:
    if job is None or job.started_at is None or job.finished_at is None:
        return ""
    return gettext("took %s") % _seconds(job.finished_at - job.started_at)


def _seconds(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 1:
        return gettext("%s ms") % round(seconds * 1000)
    return gettext("%s s") % number_format(round(seconds, 1))
