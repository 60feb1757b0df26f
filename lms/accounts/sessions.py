"""Sessions in the database, read by a query that is made once: every request reads one."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from lms.database.prepared import Prepared


class SessionStore(DatabaseSessions):
    """Django's own, but for the query."""

    def _get_session_from_db(self) -> Session | None:
        if self.session_key is None:
            return None
        session = _unexpired.first(key=self.session_key, now=timezone.now())
        if session is None:
            self._session_key = None
        return session


_unexpired: Prepared[Session] = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    key=str,
    now=datetime,
)
