"""An instructor's orders to a regrade batch: preview, apply, cancel, undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from exercises.auditing import record
from exercises.batches.candidates import submissions_of
from exercises.batches.undoing import undoable
from exercises.models import RegradeBatch
from exercises.tasks import send_regrade_hint
from lms.telemetry import traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from exercises.models import Enrolment, Exercise, ExerciseVersion
    from lms.accounts.models import User

log = get_logger(__name__)

State = RegradeBatch.State
# At rest, with grades in the chains perhaps.
_OVER = (State.APPLIED, State.CANCELLED, State.FAILED)


class RegradeRefused(Exception):
    """Nothing was changed. sentence: why, and what to do."""

    def __init__(self, sentence: str | _StrPromise) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a batch is to do, with the meaning of RegradeBatch's fields of the same names."""

    what: str
    reason: str
    version: ExerciseVersion | None = None
    part: str = ""
    standings: tuple[str, ...] = ()
    enrolment: Enrolment | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    grader: str = ""
    never_lower: bool = True


def start(*, exercise: Exercise, orders: Orders, actor: User) -> RegradeBatch:
    """Make a batch and begin its preview. Raises RegradeRefused beside another active one."""
    try:
        return _start(exercise, orders, actor)
    except IntegrityError:
        raise RegradeRefused(
            _("Another regrade of this exercise is under way. Apply or cancel that one first.")
        ) from None


@transaction.atomic
def apply(*, batch: RegradeBatch, actor: User) -> None:
    """Begin to write what the preview showed. Raises RegradeRefused unless it is ready."""
    if not _move(batch, State.APPLYING, frm=(State.READY,)):
        raise RegradeRefused(_("This regrade is not ready to be applied. Look at its state."))
    _note("regrade.applied", batch, actor)


@transaction.atomic
def cancel(*, batch: RegradeBatch, actor: User) -> None:
    """Stop a batch where it stands; what it wrote stays. Raises RegradeRefused when it is over."""
    if not _move(batch, State.CANCELLED, frm=RegradeBatch.ACTIVE):
        raise RegradeRefused(_("This regrade is over already: there is nothing to cancel."))
    _note("regrade.cancelled", batch, actor)


def undo(*, batch: RegradeBatch, actor: User) -> None:
    """Begin to restore what held before, where nothing came since. Raises RegradeRefused."""
    try:
        _undo(batch, actor)
    except IntegrityError:
        raise RegradeRefused(
            _("Another regrade of this exercise is under way. Apply or cancel that one first.")
        ) from None


@transaction.atomic
def _start(exercise: Exercise, orders: Orders, actor: User) -> RegradeBatch:
    batch = RegradeBatch(
        exercise=exercise,
        what=orders.what,
        reason=orders.reason,
        version=orders.version,
        part=orders.part,
        standings=list(orders.standings),
        enrolment=orders.enrolment,
        received_from=orders.received_from,
        received_until=orders.received_until,
        grader=orders.grader,
        never_lower=orders.never_lower,
        traceparent=traces.current_traceparent(),
        available_at=Now(),
        created_at=Now(),
        created_by=actor,
    )
    batch.total = submissions_of(batch).count()
    batch.save()
    _note("regrade.started", batch, actor)
    return batch


@transaction.atomic
def _undo(batch: RegradeBatch, actor: User) -> None:
    if not (undoable(batch).exists() and _move(batch, State.UNDOING, frm=_OVER)):
        raise RegradeRefused(_("There is nothing to take back: this regrade wrote no grade."))
    _note("regrade.undone", batch, actor)


def _move(batch: RegradeBatch, state: State, *, frm: tuple[State, ...]) -> bool:
    """Change the state at once: whoever holds the lease loses it and writes nothing more."""
    moved = RegradeBatch.objects.filter(pk=batch.pk, state__in=frm).update(
        state=state, lease_token="", lease_until=None, cursor=0, tries=0, available_at=Now()
    )
    if moved:
        batch.state = state
    return bool(moved)


def _note(action: str, batch: RegradeBatch, actor: User) -> None:
    """Audit and log an order, and send a hint when it means work."""
    after: dict[str, Any] = {"state": str(batch.state), "exercise": batch.exercise_id}
    record(action, batch, course=batch.exercise.course, actor=actor, after=after)
    log.info(action, batch=batch.pk, exercise=batch.exercise.slug)
    if batch.is_working:
        pk = batch.pk
        transaction.on_commit(lambda: send_regrade_hint(pk))
