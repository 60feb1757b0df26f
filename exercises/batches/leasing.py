"""Who works on a batch: one process at a time, for a moment, by the database's clock."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.fields import DateTimeField
from django.db.models.functions import Now

from exercises.models import RegradeBatch
from lms.telemetry import metrics
from lms.telemetry.logs import get_logger

log = get_logger(__name__)

State = RegradeBatch.State

# A batch whose next slice is overdue by this much has lost its message: beat works on it.
HINT_HEAD_START = timedelta(seconds=2)
BACKOFF = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed batch. token: proof of the claim, lost when another process claims it."""

    batch: RegradeBatch
    token: str

    @property
    def is_after_failure(self) -> bool:
        """Claim that an earlier slice ended without a word: one answer at a time from here."""
        return self.batch.tries > 1

    @property
    def is_desperate(self) -> bool:
        """Claim that the next answer killed so many workers that it has to be left out."""
        return self.batch.tries > settings.GRADING_TRIES


def due_batches(*, limit: int = 20) -> list[int]:
    """Give the ids of batches whose message had its chance, oldest first."""
    due = _due(_from_now(-HINT_HEAD_START))
    batches = RegradeBatch.objects.filter(due).order_by("available_at")
    return list(batches.values_list("pk", flat=True)[:limit])


def claim(batch_id: int) -> Lease | None:
    """Take a due batch for GRADING_LEASE; None when it is not due or another process has it."""
    token = secrets.token_hex(16)
    taken = RegradeBatch.objects.filter(_due(Now()), pk=batch_id, tries__lt=_tries_max()).update(
        lease_token=token,
        lease_until=_from_now(settings.GRADING_LEASE),
        tries=F("tries") + 1,
    )
    if not taken:
        log.debug("regrade.claim_refused", batch=batch_id)
        _bury_if_spent(batch_id)
        return None
    batch = (
        RegradeBatch.objects.select_related("exercise__course", "version")
        .defer("version__content")  # parsed and kept by each process
        .get(pk=batch_id)
    )
    return Lease(batch, token)


def hold(lease: Lease, **progress: Any) -> bool:
    """Prolong the lease and store progress, in the transaction of the work itself.

    False when the batch was cancelled or another process has it by now: write nothing then.
    """
    kept = _held(lease).update(lease_until=_from_now(settings.GRADING_LEASE), tries=0, **progress)
    if kept:
        lease.batch.tries = 0
    else:
        log.info("regrade.lease_lost", batch=lease.batch.pk)
    return bool(kept)


def end(lease: Lease, state: State, **values: Any) -> bool:
    """Move the batch on to another state, if the lease still holds."""
    ended = _held(lease).update(state=state, lease_token="", lease_until=None, tries=0, **values)
    if ended:
        log.info("regrade.state_changed", batch=lease.batch.pk, state=str(state.value))
    return bool(ended)


def release(lease: Lease, *, pause: timedelta) -> None:
    """Give the batch back; it is due again after the pause."""
    _held(lease).update(lease_token="", lease_until=None, available_at=_from_now(pause), tries=0)


def fail(lease: Lease, *, error_class: str) -> None:
    """Give a batch back whose slice broke, for another try later."""
    log.error("regrade.failed", batch=lease.batch.pk, error_class=error_class)
    _held(lease).update(
        lease_token="",
        lease_until=None,
        available_at=_from_now(BACKOFF),
        error_class=error_class[:100],
    )
    _bury_if_spent(lease.batch.pk)


def _bury_if_spent(batch_id: int) -> None:
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    spent = RegradeBatch.objects.filter(
        is_free, pk=batch_id, state__in=RegradeBatch.WORKING, tries__gte=_tries_max()
    )
    if spent.update(state=State.FAILED, lease_token="", lease_until=None):
        log.error("regrade.given_up", batch=batch_id)
        metrics.REGRADES_FAILED.inc()


def _tries_max() -> int:
    # The try after the last ordinary one leaves the next answer out; one more shows that it helped.
    return settings.GRADING_TRIES + 2


def _due(by: Any) -> Q:
    is_free = Q(lease_until__isnull=True, available_at__lte=by) | Q(lease_until__lt=Now())
    return is_free & Q(state__in=RegradeBatch.WORKING)


def _from_now(delta: timedelta) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


def _held(lease: Lease) -> Any:
    return RegradeBatch.objects.filter(
        pk=lease.batch.pk, state=lease.batch.state, lease_token=lease.token
    )
