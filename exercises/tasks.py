"""What the worker runs. Tasks take ids, make one call and may run twice."""

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from exercises import grading, holding, revealing
from exercises.batches import leasing, running
from exercises.models import Exercise
from lms.telemetry import metrics
from lms.telemetry.logs import get_logger

log = get_logger(__name__)

# After a failed hint the broker is left alone this long; the sweeper grades meanwhile.
HINT_PAUSE_S = 5.0
SWEEP_BUDGET_S = 5.0
SWEEP_LIMIT = 200
# Of 0 to 9: the broker gives a worker whatever else waits before a slice of a regrade.
LAST_PRIORITY = 9


@shared_task(name="exercises.grade")
def grade(job_id: int) -> None:
    grading.grade_job(job_id)


@shared_task(name="exercises.sweep")
def sweep() -> None:
    """Grade whatever is due, within a time budget: the rows are the truth, messages are hints."""
    until = time.monotonic() + SWEEP_BUDGET_S
    due = grading.due_jobs(limit=SWEEP_LIMIT)
    log.debug("sweep.found", count=len(due), limit=SWEEP_LIMIT)
    for done, job_id in enumerate(due):
        if time.monotonic() > until:
            log.debug("sweep.cut_short", count=len(due) - done)
            return
        grading.grade_job(job_id)
    grading.measure_backlog()


@shared_task(name="exercises.regrade")
def regrade(batch_id: int | None = None) -> None:
    """Work on a batch, or on those whose hint was lost, for a moment; queue the next slice."""
    for one in leasing.due_batches() if batch_id is None else [batch_id]:
        pause = running.run_slice(one)
        if pause is not None:
            send_regrade_hint(one, after=pause)


@shared_task(name="exercises.reveal_closed")
def reveal_closed() -> None:
    at = timezone.now()
    waiting = Exercise.objects.select_related("course").filter(
        due_at__lte=at, work_items__revealed_at__isnull=True
    )
    for exercise in waiting.distinct().iterator():
        revealing.reveal_closed(exercise=exercise, at=at)


@shared_task(name="exercises.purge")
def purge() -> None:
    holding.purge()


def send_regrade_hint(batch_id: int, *, after: timedelta = timedelta(0)) -> None:
    """Tell a worker that a batch has work. Beat finds it when the broker is gone."""
    if time.monotonic() < _Hints.paused_until:
        return
    try:
        # A little later than it is due: a slice that comes too early does nothing.
        regrade.apply_async(
            (batch_id,), countdown=after.total_seconds() + 0.02, priority=LAST_PRIORITY
        )
    except (OperationalError, OSError) as error:
        _Hints.paused_until = time.monotonic() + HINT_PAUSE_S
        log.warning("regrade.hint_lost", batch=batch_id, error_class=type(error).__name__)


class _Hints:
    """Whether the broker took the last hint, per process."""

    paused_until = 0.0


def send_hint(job_id: int) -> None:
    """Tell a worker that a job is due. A broker that is gone costs nothing but the hint."""
    if time.monotonic() < _Hints.paused_until:
        metrics.HINTS_LOST.labels(reason="paused").inc()
        wait_s = round(_Hints.paused_until - time.monotonic(), 1)
        log.debug("job.hint_paused", job=job_id, wait_s=wait_s)
        return
    try:
        grade.delay(job_id)
    except (OperationalError, OSError) as error:
        _Hints.paused_until = time.monotonic() + HINT_PAUSE_S
        metrics.HINTS_LOST.labels(reason="broker").inc()
        log.warning("job.hint_lost", job=job_id, error_class=type(error).__name__)
