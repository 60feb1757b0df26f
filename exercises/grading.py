"""Grading a stored submission: claimed by lease, judged by its kinds, written once."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, ExpressionWrapper, F, Min, Q, When
from django.db.models.fields import DateTimeField
from django.db.models.functions import Now
from django.utils import timezone

from exercises import proposing, release_control, revealing, summaries, trying_again
from exercises.contract import UnreadableAnswer, Variant
from exercises.models import Grade, GradingJob, WorkItem
from exercises.summaries import rounded
from lms.database.prepared import Prepared
from lms.telemetry import metrics, traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exercises.contract import Answer, Verdict
    from exercises.models import Submission
    from exercises.specification import Part, Specification

log = get_logger(__name__)

State = GradingJob.State

# A given-back attempt may be used this long after the notice, even past the close.
GRACE = timedelta(hours=48)
# The hint of a fresh job gets this long before the sweeper takes the job itself.
HINT_HEAD_START = timedelta(seconds=1)
BACKOFF_BASE_S = 2.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed job. token: proof of the claim, lost when another worker claims the job."""

    job: GradingJob
    token: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the kinds said of one submission: the values of a Grade row."""

    items: list[dict[str, Any]]
    points: Decimal
    possible: Decimal
    released: bool
    kind_versions: dict[str, str]


_job: Prepared[GradingJob] = Prepared(
    lambda pk: (
        GradingJob.objects.select_related(
            "submission__version", "submission__work_item__enrolment__course"
        )
        .defer("submission__version__content")  # parsed and kept by each process
        .filter(pk=pk)
    ),
    pk=int,
)
_head_of: Prepared[Grade] = Prepared(
    lambda submission: Grade.objects.heads().filter(submission=submission), submission=int
)
_item_to_settle: Prepared[WorkItem] = Prepared(
    lambda pk: (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("exercise__course", "official_grade")
        .filter(pk=pk)
    ),
    pk=int,
)


def grade_job(job_id: int) -> str:
    """Claim, grade and finish one job; give the outcome's name. May run any number of times.

    Never raises for a grader's fault: the job is tried again or buried with the error's class.
    """
    lease = claim(job_id)
    if lease is None:
        return "not_due"
    job = lease.job
    trying_again.record_past(job)
    with trying_again.in_trace_of(job, "grade submission"):
        log.info("job.claimed", job=job_id, try_number=job.tries)
        started = time.perf_counter()
        outcome = _grade(lease)
        metrics.GRADING_SECONDS.labels(outcome=outcome).observe(time.perf_counter() - started)
    return outcome


def _grade(lease: Lease) -> str:
    submission = lease.job.submission
    try:
        evaluation = evaluate(
            submission.version.specification,
            submission.answers,
            variant_seed=submission.work_item.variant_seed,
        )
    except UnreadableAnswer:
        return _give_up(lease, State.INVALID, error_class="UnreadableAnswer")
    except Exception as error:  # noqa: BLE001 - whatever a grader raises, the job must go on
        return fail(lease, error_class=type(error).__name__)
    return finish(lease, evaluation)


def evaluate(
    specification: Specification, answers: Mapping[str, Answer], *, variant_seed: str
) -> Evaluation:
    """Judge every part. Pure but for its spans and lines. Raises UnreadableAnswer."""
    items: list[dict[str, Any]] = []
    for part in specification.parts:
        if part.slug not in answers:
            raise UnreadableAnswer(f"part {part.slug}: no answer is stored")
        with traces.span(f"grader {part.kind.slug}", kind=part.kind.slug, part=part.slug):
            started = time.perf_counter()
            verdict = part.kind.grade(part.spec, answers[part.slug], variant=_variant(variant_seed))
            took_ms = round((time.perf_counter() - started) * 1000, 1)
            log.debug("part.graded", part=part.slug, kind=part.kind.slug, duration_ms=took_ms)
        items.append(item_of(part, verdict))
    return Evaluation(
        items=items,
        points=sum((Decimal(item["points"]) for item in items), Decimal(0)),
        possible=specification.possible,
        released=all(item["certain"] for item in items),
        kind_versions={part.kind.slug: part.kind.version for part in specification.parts},
    )


def item_of(part: Part, verdict: Verdict) -> dict[str, Any]:
    """Give a part's entry in Grade.items: points multiplied in, texts kept."""
    weights = {criterion.id: criterion.weight for criterion in part.kind.criteria(part.spec)}
    return {
        "part": part.slug,
        "kind": part.kind.slug,
        "kind_version": part.kind.version,
        "score": verdict.score,
        "points": str(_share(part.points, verdict.score)),
        "possible": str(rounded(part.points)),
        "certain": verdict.certain,
        "flags": list(verdict.flags),
        "feedback": verdict.feedback,
        "criteria": [
            {
                "id": found.id,
                "score": found.score,
                "points": str(_share(part.points, weights[found.id] * found.score)),
                "possible": str(_share(part.points, weights[found.id])),
                "feedback": found.feedback,
                "misconception": found.misconception,
                "quotes": list(found.quotes),
            }
            for found in verdict.criteria
        ],
    }


def claim(job_id: int) -> Lease | None:
    """Take a due job for GRADING_LEASE; None when it is not due or another worker has it.

    A job whose lease ran out with no try left is buried here.
    """
    token = secrets.token_hex(16)
    due = _due(Now())
    with traces.span("claim", job_id=job_id):
        taken = GradingJob.objects.filter(due, pk=job_id, tries__lt=settings.GRADING_TRIES).update(
            state=State.RUNNING,
            lease_token=token,
            lease_until=_from_now(settings.GRADING_LEASE),
            started_at=Now(),
            tries=F("tries") + 1,
            # A job that runs is claimed only when its lease ran out: that try was lost.
            lost_started_at=_if_running("started_at"),
            lost_lease_until=_if_running("lease_until"),
        )
    if not taken:
        _tell_standing("job.claim_refused", job_id)
        _bury_if_spent(job_id)
        return None
    return Lease(_job.one(pk=job_id), token)


@transaction.atomic
def finish(lease: Lease, evaluation: Evaluation) -> str:
    """Write the grade and the summaries if the lease still holds; a late result is dropped.

    Under a person's grade the result is kept as a proposal.
    """
    item = _locked_item(lease.job.submission)
    if not _close(lease, State.DONE, kind_versions=evaluation.kind_versions):
        return "lease_lost"
    _time_verdict(lease.job)
    head = _head_of.first(submission=lease.job.submission_id)
    if head is not None and head.source != Grade.Source.AUTO:
        # A person outranks the machine, however late the machine comes.
        proposing.propose(
            against=head,
            source=Grade.Source.AUTO,
            version=lease.job.submission.version,
            values=_values(evaluation),
            kind_versions=evaluation.kind_versions,
        )
        log.info("grade.outranked", job=lease.job.pk)
        return "outranked"
    evaluation = _held_back(evaluation, lease.job.submission)
    grade = Grade.objects.create(
        submission=lease.job.submission,
        version=lease.job.submission.version,
        source=Grade.Source.AUTO,
        job=lease.job,
        **_values(evaluation),
        supersedes=head,
        created_at=timezone.now(),
    )
    release_control.draw(grade)
    summaries.recompute(item)
    revealing.settle(item)
    _announce(lease)
    return "graded"


def _values(evaluation: Evaluation) -> dict[str, Any]:
    """Give the columns that grades and proposals have in common."""
    names = ("items", "points", "possible", "released")
    return {name: getattr(evaluation, name) for name in names}


@transaction.atomic
def fail(lease: Lease, *, error_class: str) -> str:
    """Queue a failed job again with backoff, or bury it when its tries are used."""
    if lease.job.tries >= settings.GRADING_TRIES:
        return _give_up(lease, State.DEAD, error_class=error_class)
    wait = timedelta(seconds=BACKOFF_BASE_S * 2 ** (lease.job.tries - 1))
    kept = _held(lease).update(
        state=State.QUEUED,
        lease_token="",
        lease_until=None,
        available_at=_from_now(wait),
        failed_at=Now(),
        error_class=error_class[:100],
    )
    if not kept:
        _tell_standing("job.lease_compared", lease.job.pk)
        return "lease_lost"
    log.warning("job.failed", job=lease.job.pk, try_number=lease.job.tries, error_class=error_class)
    return "failed"


def due_jobs(*, limit: int) -> list[int]:
    """Give the ids of jobs that are due and whose hint had its chance, oldest first."""
    due = _due(_from_now(-HINT_HEAD_START))
    jobs = GradingJob.objects.filter(due).order_by("available_at").values_list("pk", flat=True)
    return list(jobs[:limit])


def is_job_due() -> bool:
    """Claim that an answer waits for its grade: other work stands back."""
    return GradingJob.objects.filter(_due(Now())).exists()


def measure_backlog() -> None:
    """Set the gauge of the oldest due job's age, in seconds, 0 when none is due."""
    oldest = GradingJob.objects.filter(_due(Now())).aggregate(oldest=Min("available_at"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    metrics.OLDEST_DUE_JOB_SECONDS.set(max(age, 0.0))


def _held_back(evaluation: Evaluation, submission: Submission) -> Evaluation:
    specification = submission.version.specification
    if not any(part.kind.is_audited for part in specification.parts):
        return evaluation
    off = release_control.switched_off(exercise_id=submission.version.exercise_id)
    items = release_control.held_back(evaluation.items, specification=specification, off=off)
    return replace(evaluation, items=items, released=all(item["certain"] for item in items))


def _due(by: Any) -> Q:
    return Q(state=State.QUEUED, available_at__lte=by) | Q(
        state=State.RUNNING, lease_until__lt=Now()
    )


def _if_running(field: str) -> Case:
    """Give a column's value from before the UPDATE where the job was running, else NULL."""
    return Case(When(state=State.RUNNING, then=F(field)), default=None)


def _from_now(delta: timedelta) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


def _held(lease: Lease) -> Any:
    return GradingJob.objects.filter(pk=lease.job.pk, state=State.RUNNING, lease_token=lease.token)


def _close(lease: Lease, state: State, **values: Any) -> bool:
    closed = _held(lease).update(state=state, finished_at=Now(), lease_until=None, **values)
    if not closed:
        log.warning("job.lease_lost", job=lease.job.pk)
        _tell_standing("job.lease_compared", lease.job.pk)
    return bool(closed)


def _tell_standing(event: str, job_id: int) -> None:
    """Say at DEBUG why a job is not ours to take or to finish: its state, its try, when it is due.

    wait_s: seconds until a waiting job is due or a running one's lease ends, below 0 when past.
    """
    if not log.isEnabledFor(logging.DEBUG):
        return  # what follows asks the database
    job = GradingJob.objects.filter(pk=job_id).first()
    if job is None:
        log.debug(event, job=job_id)
        return
    due_at = job.lease_until if job.state == State.RUNNING else job.available_at
    wait_s = round((due_at - timezone.now()).total_seconds(), 1) if due_at else None
    log.debug(event, job=job_id, state=str(job.state), try_number=job.tries, wait_s=wait_s)


@transaction.atomic
def _give_up(lease: Lease, state: State, *, error_class: str) -> str:
    item = _locked_item(lease.job.submission)
    if not _close(lease, state, error_class=error_class[:100]):
        return "lease_lost"
    _return_attempt(item, lease.job, state)
    log.error("job.given_up", job=lease.job.pk, state=str(state.value), error_class=error_class)
    metrics.JOBS_GIVEN_UP.labels(state=state.value).inc()
    if state == State.DEAD and lease.job.reason == GradingJob.Reason.SUBMIT:
        transaction.on_commit(metrics.VERDICTS_MISSED.inc)
    return str(state.value)


def _bury_if_spent(job_id: int) -> None:
    spent = Q(state=State.RUNNING, lease_until__lt=Now(), tries__gte=settings.GRADING_TRIES)
    jobs = GradingJob.objects.select_related("submission__work_item__enrolment__course")
    job = jobs.filter(spent, pk=job_id).first()
    if job is None:
        return
    with trying_again.in_trace_of(job, "give up grading"):
        lease = Lease(job, job.lease_token)
        outcome = _give_up(lease, State.DEAD, error_class=job.error_class or "WorkerLost")
    if outcome == State.DEAD:
        trying_again.record_last(job)


def _return_attempt(item: WorkItem, job: GradingJob, state: State) -> None:
    """Give a counted attempt back: always when unreadable, once per item when we failed."""
    first_run = job.reason == GradingJob.Reason.SUBMIT
    if not (job.submission.counted and first_run and item.attempts_used):
        return
    if state == State.DEAD:
        if item.given_back:
            return
        item.given_back, item.grace_until = 1, timezone.now() + GRACE
    item.attempts_used -= 1
    item.save(update_fields=["attempts_used", "given_back", "grace_until"])
    GradingJob.objects.filter(pk=job.pk).update(attempt_returned=True)


def _locked_item(submission: Submission) -> WorkItem:
    return _item_to_settle.one(pk=submission.work_item_id)


def _announce(lease: Lease) -> None:
    job = lease.job
    metrics.JOBS_GRADED.inc()
    if job.started_at:
        waited = (job.started_at - job.created_at).total_seconds()
        metrics.QUEUE_WAIT_SECONDS.observe(max(waited, 0.0))
    log.info("submission.graded", job=job.pk, receipt=job.submission.receipt, try_number=job.tries)


def _time_verdict(job: GradingJob) -> None:
    """Count how long a hand-in waited for the machine, once that is written: a retry after a
    rollback would count it twice."""
    if job.reason == GradingJob.Reason.SUBMIT:
        delay_s = (timezone.now() - job.submission.received_at).total_seconds()
        transaction.on_commit(lambda: metrics.VERDICT_DELAY_SECONDS.observe(max(delay_s, 0.0)))


def _share(points: Decimal, fraction: float) -> Decimal:
    return rounded(points * Decimal(str(fraction)))


def _variant(seed: str) -> Variant:
    return Variant(seed=seed)
