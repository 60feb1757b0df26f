"""Taking an answer in: stored with its grading job in one transaction, or refused with a reason."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Now

from exercises.form_key import new_key, read_key
from exercises.models import GradingJob, Policy, PolicyOverride, Submission, WorkItem
from exercises.refusal import (
    AttemptsUsed,
    Closed,
    HandInRefused,
    KeyInvalid,
    KeyReused,
    NotOpenYet,
    TooManyHandIns,
)
from exercises.tasks import send_hint
from lms.database.prepared import Prepared
from lms.telemetry import metrics, traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exercises.contract import Answer
    from exercises.models import Enrolment, Exercise, ExerciseVersion

__all__ = [
    "AttemptsUsed",
    "Closed",
    "HandInRefused",
    "KeyInvalid",
    "KeyReused",
    "NotOpenYet",
    "TooManyHandIns",
    "answers_hash",
    "new_key",
    "open_work",
    "submit",
    "work_of",
]

log = get_logger(__name__)

# A person may store this many answers of one exercise in a minute; a class cannot be slowed by it.
HAND_INS_PER_MINUTE = 10


_overrides = PolicyOverride.objects.filter(
    exercise=OuterRef("exercise"), enrolment=OuterRef("enrolment")
)
_override_of: Prepared[PolicyOverride] = Prepared(
    lambda exercise, enrolment: PolicyOverride.objects.filter(
        exercise=exercise, enrolment=enrolment
    ),
    exercise=int,
    enrolment=int,
)
_work_of: Prepared[WorkItem] = Prepared(
    lambda user, course, exercise: (
        WorkItem.objects.select_related("enrolment__course", "exercise__current_version")
        .defer("exercise__current_version__content")  # parsed and kept by each process
        .filter(enrolment__user=user, exercise__course__slug=course, exercise__slug=exercise)
    ),
    user=int,
    course=str,
    exercise=str,
)
_locked_item: Prepared[Any] = Prepared(
    lambda pk: (
        WorkItem.objects.select_for_update(of=("self",))
        .annotate(
            db_now=Now(),
            extra_time=Subquery(_overrides.values("extra_time")),
            extra_attempts=Subquery(_overrides.values("extra_attempts")),
        )
        .filter(pk=pk)
    ),
    pk=int,
)
_stored_before: Prepared[dict[str, Any]] = Prepared(
    lambda item, nonce, minute_ago: (
        Submission.objects.filter(work_item=item)
        .order_by()
        .values("work_item")
        .annotate(
            same=Max("pk", filter=Q(key=nonce)),
            last=Max("number"),
            recent=Count("pk", filter=Q(stored_at__gt=minute_ago)),
        )
    ),
    item=int,
    nonce=str,
    minute_ago=datetime,
)


def work_of(*, user_id: int, course: str, exercise: str) -> WorkItem | None:
    """Give a person's work item with enrolment, course, exercise and version, in one query."""
    return _work_of.first(user=user_id, course=course, exercise=exercise)


def open_work(*, enrolment: Enrolment, exercise: Exercise) -> WorkItem:
    """Give a person's work item, made at first sight, its attempt limit as the policy now says.

    A lowered limit never goes below what was used.
    """
    override = _override_of.first(exercise=exercise.pk, enrolment=enrolment.pk)
    limit = Policy.for_enrolment(exercise, enrolment, override).attempts
    item, made = WorkItem.objects.get_or_create(
        enrolment=enrolment, exercise=exercise, defaults={"attempts_max": limit}
    )
    item.enrolment, item.exercise = enrolment, exercise
    if not made and item.attempts_max != max(limit, item.attempts_used):
        _follow_limit(item, limit)
    return item


@transaction.atomic
def submit(
    *,
    work_item: WorkItem,
    key: str,
    version: ExerciseVersion,
    answers: Mapping[str, Answer],
    received_at: datetime | None = None,
) -> Submission:
    """Store one submission and its grading job; the same key twice returns the same row.

    received_at: the first receipt of a held post; the database's clock otherwise. Raises a
    HandInRefused: NotOpenYet, Closed, AttemptsUsed, KeyInvalid, KeyReused, TooManyHandIns.
    """
    parts = read_key(key)
    item = _locked(work_item)
    if (parts.work_item_id, parts.user_id) != (item.pk, item.enrolment.user_id):
        raise KeyInvalid
    stored_at: datetime = item.db_now
    digest = answers_hash(answers)
    past = _past(item, nonce=parts.nonce, at=stored_at)
    if past["same"] is not None:
        return _same_form(past["same"], digest)
    moment = received_at or stored_at
    policy = Policy.for_enrolment(item.exercise, item.enrolment, _override(item))
    counted = _counts(item, received_at)
    log.debug(
        "hand_in.weighed", work_item=item.pk, counts=counted, attempts=item.attempts_left,
        count=past["recent"],
    )  # fmt: skip
    _admit(item, policy=policy, at=moment, counted=counted, recent=past["recent"])
    submission = Submission.objects.create(
        work_item=item,
        version=version,
        number=(past["last"] or 0) + 1 if counted else None,
        counted=counted,
        key=parts.nonce,
        answers={slug: dict(answer) for slug, answer in answers.items()},
        answers_hash=digest,
        received_at=moment,
        stored_at=stored_at,
        kept_fraction=_kept(item, policy, moment),
        policy=policy.snapshot(),
        trace_id=traces.current_trace_id(),
    )
    if counted:
        WorkItem.objects.filter(pk=item.pk).update(attempts_used=F("attempts_used") + 1)
    _queue(submission, at=stored_at)
    return submission


def answers_hash(answers: Mapping[str, Any]) -> str:
    """Give the keyed hash of answers as a receipt shows it: HMAC-SHA256, hex."""
    canonical = json.dumps(answers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = settings.ANSWER_KEY.encode()
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def _locked(work_item: WorkItem) -> Any:
    """Lock a work item and read it anew, with the database's clock and the person's override.

    Exercise and enrolment, read a moment ago, stay as they are.
    """
    asked = time.perf_counter()
    item = _locked_item.one(pk=work_item.pk)
    waited_ms = round((time.perf_counter() - asked) * 1000, 1)
    log.debug("work_item.locked", work_item=item.pk, wait_ms=waited_ms)
    item.exercise, item.enrolment = work_item.exercise, work_item.enrolment
    return item


def _override(item: Any) -> PolicyOverride | None:
    if item.extra_time is None:
        return None
    return PolicyOverride(extra_time=item.extra_time, extra_attempts=item.extra_attempts)


def _past(item: WorkItem, *, nonce: str, at: datetime) -> dict[str, Any]:
    # After the lock: a statement that waited for it would not see what was stored meanwhile.
    found = _stored_before.first(item=item.pk, nonce=nonce, minute_ago=at - timedelta(minutes=1))
    return found or {"same": None, "last": None, "recent": 0}


def _same_form(pk: int, digest: str) -> Submission:
    stored = Submission.objects.get(pk=pk)
    if not hmac.compare_digest(stored.answers_hash, digest):
        raise KeyReused(stored)
    log.debug("submission.repeated", receipt=stored.receipt)
    return stored


def _counts(item: WorkItem, received_at: datetime | None) -> bool:
    """Say whether a new submission counts: a held post from before the reveal still does."""
    revealed_at = item.revealed_at
    is_older = received_at is not None and revealed_at is not None and received_at < revealed_at
    return is_older or not item.is_practice


def _admit(item: WorkItem, *, policy: Policy, at: datetime, counted: bool, recent: int) -> None:
    """Raise why a new submission is not taken, if it is not."""
    if policy.is_before(at):
        raise NotOpenYet
    if counted and item.attempts_left <= 0:
        raise AttemptsUsed
    if counted and policy.is_closed(at) and not item.has_grace(at):
        raise Closed
    if recent >= HAND_INS_PER_MINUTE:
        raise TooManyHandIns


def _kept(item: WorkItem, policy: Policy, at: datetime) -> Any:
    # An attempt that our failure cost is handed in again as if in time, up to the end of its grace.
    return 1 if policy.is_closed(at) and item.has_grace(at) else policy.fraction_at(at)


def _queue(submission: Submission, *, at: datetime) -> None:
    job = GradingJob.objects.create(
        submission=submission,
        available_at=at,
        created_at=Now(),  # it is in line from here, not from when the transaction began
        traceparent=traces.current_traceparent(),
    )
    log.info(
        "submission.received",
        receipt=submission.receipt,
        number=submission.number,
        counted=submission.counted,
        parts=len(submission.answers),
    )
    metrics.HAND_INS.labels(counted="yes" if submission.counted else "no").inc()
    transaction.on_commit(lambda: send_hint(job.pk))


@transaction.atomic
def _follow_limit(item: WorkItem, limit: int) -> None:
    locked = WorkItem.objects.select_for_update().get(pk=item.pk)
    item.attempts_max = max(limit, locked.attempts_used)
    item.attempts_used = locked.attempts_used
    WorkItem.objects.filter(pk=item.pk).update(attempts_max=item.attempts_max)
