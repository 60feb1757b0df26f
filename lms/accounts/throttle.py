"""Buckets that slow whoever guesses, kept in the database so that all processes share them.

The generic cell rate algorithm: a bucket holds `burst` takings and refills at `per_s` a second. One
instant per bucket says when it is full again. A refused taking takes nothing, so waiting helps.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lms.accounts.models import Throttle
from lms.telemetry import traces

if TYPE_CHECKING:
    from django.http import HttpRequest


# A bucket that a taking has just made is never old enough to be purged under its hands.
PURGE_AFTER = timedelta(minutes=10)


@transaction.atomic
def take(key: str, *, per_s: float, burst: int) -> float:
    """Take one from the bucket of that key; give 0.0, or the seconds to wait when it is empty."""
    now = timezone.now()
    row, _made = Throttle.objects.select_for_update().get_or_create(
        key=_digest(key), defaults={"full_at": now}
    )
    refill = timedelta(seconds=1 / per_s)
    full_at = max(row.full_at, now) + refill
    wait = full_at - now - refill * burst
    if wait > timedelta(0):
        return wait.total_seconds()
    row.full_at = full_at
    row.save(update_fields=["full_at"])
    return 0.0


def refill(key: str) -> None:
    """Fill a bucket again, after its owner proved to be herself."""
    # Not deleted: on PostgreSQL a row that goes while two takings race to make it is an error.
    Throttle.objects.filter(key=_digest(key)).update(full_at=timezone.now())


def give_back(key: str, *, per_s: float) -> None:
    """Undo one taking."""
    taken = timedelta(seconds=1 / per_s)
    Throttle.objects.filter(key=_digest(key)).update(full_at=F("full_at") - taken)


def purge() -> int:
    """Delete the buckets that have been full for a while; give their number."""
    old = timezone.now() - PURGE_AFTER
    full = Throttle.objects.filter(full_at__lte=old)
    if not full.exists():
        return 0
    with traces.own_trace("purge throttles"):
        deleted, _by_model = full.delete()
    return deleted


def client_key(request: HttpRequest) -> str:
    """Give a keyed hash of the client's address: the address itself is kept nowhere.

    Behind TRUSTED_PROXY the last hop of X-Forwarded-For is the client; what a client writes
    before it is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if _is_proxy(address):
        address = request.headers.get("X-Forwarded-For", address).rsplit(",", 1)[-1].strip()
    return _digest(f"client:{address}")


def _is_proxy(address: str) -> bool:
    try:
        client = ip_address(address)
    except ValueError:
        return False
    return any(client in ip_network(network) for network in settings.TRUSTED_PROXY)


def _digest(key: str) -> str:
    return hmac.new(settings.PSEUDONYM_KEY.encode(), key.encode(), hashlib.sha256).hexdigest()
