"""What a backup needs of a database, whichever it is."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

# Rows that Django makes by itself: a database with these alone holds nobody's work.
_MADE_BY_MIGRATE: Final = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}


class BackupRefused(Exception):
    """Nothing was changed; the message is a sentence for the terminal."""


class Unreadable(BackupRefused):
    """The database is damaged, so that it cannot be dumped."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds at one moment. rows: count by table. migrations: "app.name"."""

    rows: dict[str, int]
    migrations: list[str]


@dataclass(frozen=True, slots=True)
class Staged:
    """Restored rows that do not serve yet. environment: how a child process reaches them."""

    contents: Contents
    environment: Mapping[str, str]


class Store(Protocol):
    """A database that can be dumped while the site writes, and replaced as a whole.

    engine: as the manifest names it. member: the dump's name inside a backup. Every method raises
    BackupRefused.
    """

    @property
    def engine(self) -> Literal["sqlite", "postgresql"]: ...

    @property
    def member(self) -> str: ...

    def dump(self, into: Path) -> Contents:
        """Write one moment's rows into a new file; writers wait for nothing."""

    def is_empty(self) -> bool:
        """Say whether nobody's work would be lost; an unreadable database is not empty."""

    def refuse_if_used(self) -> None:
        """Raise when another program has the database open."""

    def set_aside(self, folder: Path) -> None:
        """Keep a database that is Unreadable as it lies, in a new folder."""

    def replaced(self, dump: Path) -> AbstractContextManager[Staged]:
        """Give the dump's rows; they replace the database's when the block ends without error."""


def holds_work(rows: Mapping[str, int]) -> bool:
    return any(count for table, count in rows.items() if table not in _MADE_BY_MIGRATE)
