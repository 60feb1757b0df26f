"""The database of this installation, as backups see it."""

from pathlib import Path

from django.conf import settings

from lms.backups.base import Store
from lms.backups.postgresql import PostgresqlStore
from lms.backups.sqlite import SqliteStore


def store() -> Store:
    """Give the store of DATABASE_URL."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "lms.database.sqlite":
        return SqliteStore(Path(database["NAME"]))
    return PostgresqlStore(database, programs=settings.PG_BIN)
