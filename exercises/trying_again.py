"""A job's tries in its submission's trace, and what nobody could tell: lost tries and the waits.

What nobody could tell is worked out from the job's row and marked as computed. It stands below the
hand-in's own span, beside the tries that were recorded.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lms.accounts.models import pseudonym_of
from lms.telemetry import setup, traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from exercises.models import GradingJob


@contextmanager
def in_trace_of(job: GradingJob, name: str) -> Iterator[None]:
    """Record what happens inside as a span of the submission's trace.

    It says whose work it is, as the hand-in's span does: that one may have been lost.
    """
    enrolment = job.submission.work_item.enrolment
    with traces.continued(
        job.traceparent, name,
        job_id=job.pk, try_number=job.tries,
        owner=pseudonym_of(enrolment.user_id), course=enrolment.course.slug,
    ):  # fmt: skip
        yield


def record_past(job: GradingJob) -> None:
    """Record what lies between the last thing that was told of a claimed job and its claim."""
    if job.lost_started_at is not None:
        if job.tries == 2:  # noqa: PLR2004 - the first try's worker may not have sent its wait
            _record_wait(job, "queue wait", start=job.created_at, end=job.lost_started_at, number=1)
        _record_lost(job, number=job.tries - 1, start=job.lost_started_at, end=job.lost_lease_until)
        _record_wait(job, f"wait before try {job.tries}", start=job.lost_lease_until)
        # What killed the last worker may kill this one before the spans' next batch leaves.
        setup.hurry()
    elif job.tries > 1:
        # Put back on purpose until available_at; from there it stood in line like any other.
        _record_wait(job, f"wait before try {job.tries}", start=job.failed_at, end=job.available_at)
        _record_wait(job, "queue wait", start=job.available_at)
    else:
        _record_wait(job, "queue wait", start=job.created_at)


def record_last(job: GradingJob) -> None:
    """Record the last try of a job that was given up because that try was lost too."""
    _record_lost(job, number=job.tries, start=job.started_at, end=job.lease_until)


def _record_lost(
    job: GradingJob, *, number: int, start: datetime | None, end: datetime | None
) -> None:
    traces.recorded(
        "lost try", under=job.traceparent, start=start, end=end, is_lost=True,
        job_id=job.pk, try_number=number,
    )  # fmt: skip


def _record_wait(
    job: GradingJob,
    name: str,
    *,
    start: datetime | None,
    end: datetime | None = None,
    number: int = 0,
) -> None:
    """Record a wait for this try, or the given one, that ended with the claim, or as given."""
    traces.recorded(
        name, under=job.traceparent, start=start, end=end or job.started_at,
        job_id=job.pk, try_number=number or job.tries,
    )  # fmt: skip
