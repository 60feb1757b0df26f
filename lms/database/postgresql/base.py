"""PostgreSQL with a COMMIT span and django-prometheus' counters."""

from typing import Any

from django_prometheus.db.backends.postgresql import base

from lms.database.commit import in_commit_span


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """The backend of a server."""

    def _commit(self) -> Any:
        return in_commit_span(super()._commit, system="postgresql")
