"""Which tenant a request writes to: its key decides."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.db import Error, connections

from lms.observatory.collector.refusal import Refused, later
from lms.observatory.models import WriteKey
from lms.observatory.models.write_key import digest_of
from lms.observatory.records import SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ASKED_EVERY_S: Final = 10.0
# The longest token that is looked at.
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{16,200})", re.IGNORECASE)


def tenants_in_database() -> Mapping[str, str]:
    """Ask the site's database; no connection stays open until the next time."""
    try:
        return WriteKey.objects.all().tenants()
    finally:
        connections.close_all()


class Keys:
    """The site's own key, and the operator's as the database had them at most 10 s ago.

    However many wrong keys come, the database is asked once in that time.
    """

    def __init__(
        self, site_key: str, *, ask: Callable[[], Mapping[str, str]] = tenants_in_database
    ) -> None:
        self._site_key = site_key.encode()
        self._ask = ask
        self._tenants: Mapping[str, str] | None = None
        self._asked_at = -ASKED_EVERY_S
        self._asking = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keys")

    async def tenant_of(self, authorization: str) -> str:
        """Give the tenant of an Authorization header's key. Raises Refused (401, 503)."""
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise _unauthorized()
        key = found[1]
        if hmac.compare_digest(key.encode(), self._site_key):
            return SITE
        tenant = (await self._known()).get(digest_of(key))
        if tenant is None:
            raise _unauthorized()
        return tenant

    async def _known(self) -> Mapping[str, str]:
        async with self._asking:
            if time.monotonic() - self._asked_at >= ASKED_EVERY_S:
                loop = asyncio.get_running_loop()
                try:
                    self._tenants = await loop.run_in_executor(self._thread, self._ask)
                except (Error, OSError):
                    # Not the last answer: a key that was revoked since would count on.
                    self._tenants = None
                self._asked_at = time.monotonic()
        if self._tenants is None:
            raise later(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The key cannot be looked up now. Send the same again later.",
                after_s=int(ASKED_EVERY_S),
            )
        return self._tenants


def _unauthorized() -> Refused:
    return Refused(
        HTTPStatus.UNAUTHORIZED,
        "A valid key is needed, in the header: Authorization: Bearer <key>. The site's operator "
        "makes one with `manage.py telemetry_key add NAME`.",
        headers={"WWW-Authenticate": 'Bearer realm="telemetry"'},
    )
