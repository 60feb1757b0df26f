"""Hand-ins that came without a session or a valid CSRF token, kept for their writer alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from exercises.form_key import read_key
from exercises.models import HeldPost, WorkItem
from exercises.refusal import KeyInvalid
from lms.database.prepared import Prepared
from lms.telemetry import traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from exercises.drafting import Fields
    from lms.accounts.models import User

log = get_logger(__name__)

KEPT = timedelta(hours=1)
COUNTS_WITHIN = timedelta(minutes=15)
FIELDS_MAX_BYTES = 64 * 1024


def hold(*, key: str, fields: Fields, counts_from_receipt: bool) -> HeldPost | None:
    """Keep a form's fields for the person its key was made for; the newest replaces an older one.

    None when the key is not ours, the work is gone or the fields exceed 64 kB: nothing is kept.
    """
    try:
        parts = read_key(key)
    except KeyInvalid:
        log.debug("hand_in.hold_refused", reason="key")
        return None
    if (size := len(json.dumps(fields).encode())) > FIELDS_MAX_BYTES:
        log.debug("hand_in.hold_refused", work_item=parts.work_item_id, size_bytes=size)
        return None
    if not WorkItem.objects.filter(pk=parts.work_item_id, enrolment__user=parts.user_id).exists():
        return None
    held, _made = HeldPost.objects.update_or_create(
        work_item_id=parts.work_item_id,
        defaults={
            "person_id": parts.user_id,
            "key": parts.nonce,
            "fields": fields,
            "counts_from_receipt": counts_from_receipt,
            "received_at": timezone.now(),
        },
    )
    log.info("hand_in.held", work_item=parts.work_item_id, counts=counts_from_receipt)
    return held


_held_since: Prepared[HeldPost] = Prepared(
    lambda item, since: HeldPost.objects.filter(work_item=item, received_at__gt=since),
    item=int,
    since=datetime,
)


def held_for(work_item: WorkItem) -> HeldPost | None:
    """Give what is kept for this work, not older than an hour. One query."""
    return _held_since.first(item=work_item.pk, since=timezone.now() - KEPT)


def counting_time(held: HeldPost, *, person: User, fields: Fields) -> datetime | None:
    """Give the instant at which a held post counts, None for the usual clock.

    It counts from its first receipt when its writer signed in within 15 minutes of it and hands
    in the very same fields.
    """
    signed_in = person.last_login
    in_time = signed_in is not None and (
        held.received_at <= signed_in <= held.received_at + COUNTS_WITHIN
    )
    same = held.person_id == person.pk and held.fields == fields
    return held.received_at if held.counts_from_receipt and in_time and same else None


def drop(held: HeldPost) -> None:
    """Forget a held post that was handed in or discarded."""
    HeldPost.objects.filter(pk=held.pk).delete()


def purge() -> int:
    """Delete what is older than an hour; give the number of rows."""
    old = HeldPost.objects.filter(received_at__lte=timezone.now() - KEPT)
    if not old.exists():
        return 0
    with traces.own_trace("purge held posts"):
        deleted, _by_model = old.delete()
    return deleted
