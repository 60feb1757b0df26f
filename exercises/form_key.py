"""The idempotency key that each rendered answer form carries."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.signing import BadSignature, Signer

from exercises.refusal import KeyInvalid

if TYPE_CHECKING:
    from exercises.models import WorkItem


@dataclass(frozen=True, slots=True)
class KeyParts:
    """What a form's key says: whose form it is, and which one."""

    work_item_id: int
    user_id: int
    nonce: str


def new_key(work_item: WorkItem) -> str:
    """Give the idempotency key of a freshly rendered form; it never expires.

    The work item's enrolment must be loaded.
    """
    nonce = secrets.token_hex(12)
    return _signer().sign(f"{work_item.pk}.{work_item.enrolment.user_id}.{nonce}")


def read_key(key: str) -> KeyParts:
    """Give what a key says. Raises KeyInvalid for one that we did not make."""
    try:
        item, user, nonce = _signer().unsign(key).split(".")
    except (BadSignature, ValueError):
        raise KeyInvalid from None
    return KeyParts(int(item), int(user), nonce)


def _signer() -> Signer:
    return Signer(salt="exercises.hand-in")
