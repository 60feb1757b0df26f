"""Dumping and replacing the database of a server, with PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import psycopg
from psycopg import conninfo, sql

from lms.backups.base import BackupRefused, Contents, Staged, holds_work

_REPLACED: Final = "watchers_replaced"


class PostgresqlStore:
    """The tables of the schema `public` of one database.

    settings: a DATABASES entry. programs: the folder of pg_dump and pg_restore, "" for the path.
    """

    engine: Literal["postgresql"] = "postgresql"
    member = "database.dump"

    def __init__(self, settings: dict[str, Any], *, programs: str) -> None:
        named = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
        given = {ours: settings[theirs] for ours, theirs in named.items() if settings.get(theirs)}
        self._address = conninfo.make_conninfo(**{**given, **settings.get("OPTIONS", {})})
        self._password = settings.get("PASSWORD", "")
        self._programs = programs

    def dump(self, into: Path) -> Contents:
        program = self._program("pg_dump")
        with self._connected() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            self._refuse_older(program, connection)
            connection.execute("SET idle_in_transaction_session_timeout = 0")
            # pg_dump reads the very moment of which the rows are counted here.
            moment = _value(connection, "SELECT pg_export_snapshot()")
            self._run(program, "--format=custom", "--no-owner", "--no-acl", f"--snapshot={moment}",
                      f"--file={into}")  # fmt: skip
            return _contents(connection)

    def is_empty(self) -> bool:
        with self._connected() as connection:
            return not holds_work(_rows(connection))

    def refuse_if_used(self) -> None:
        with self._connected() as connection:
            others = _value(
                connection,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
            )
        if others:
            raise BackupRefused(
                f"{others} other sessions use this database. Stop web, worker and beat, and close "
                "every psql, then restore."
            )

    def set_aside(self, folder: Path) -> None:
        raise NotImplementedError("a server's database is never Unreadable")

    @contextmanager
    def replaced(self, dump: Path) -> Iterator[Staged]:
        program = self._program("pg_restore")
        self._make_room()
        try:
            self._run(program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl",
                      "--no-comments", str(dump))  # fmt: skip
            with self._connected() as connection:
                contents = _contents(connection)
            yield Staged(contents, {})
        except BaseException:
            self._execute(
                "DROP SCHEMA public CASCADE", f"ALTER SCHEMA {_REPLACED} RENAME TO public"
            )
            raise
        self._execute(f"DROP SCHEMA {_REPLACED} CASCADE")

    def _make_room(self) -> None:
        """Move the tables that are there out of the way, where a failure finds them again."""
        with self._connected() as connection:
            left = connection.execute(
                "SELECT 1 FROM pg_namespace WHERE nspname = %s", [_REPLACED]
            ).fetchone()
        if left:
            raise BackupRefused(
                f"The database has a schema {_REPLACED}, which a restore that was cut off left. "
                "Look whether it or `public` holds your rows, drop the other, rename what stays "
                "to `public`, then repeat."
            )
        self._execute(f"ALTER SCHEMA public RENAME TO {_REPLACED}", "CREATE SCHEMA public")

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(self._address, password=self._password or None) as connection:
                yield connection
        except psycopg.errors.InsufficientPrivilege:
            raise BackupRefused(
                "The role in DATABASE_URL may not do this. Repeat as the database's owner."
            ) from None
        except psycopg.OperationalError as error:
            raise BackupRefused(
                f"The database server did not do its part ({type(error).__name__}). Look whether "
                "it runs under DATABASE_URL and has room, then repeat."
            ) from None

    def _execute(self, *statements: str) -> None:
        with self._connected() as connection:
            for statement in statements:
                connection.execute(statement.encode())  # bytes: sql.SQL takes literals alone

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=self._programs or None)
        if found is None:
            raise BackupRefused(
                f"{name} was not found {'in ' + self._programs if self._programs else 'on PATH'}. "
                "Install PostgreSQL's client programs (apt install postgresql-client), or set "
                "PG_BIN to their folder."
            )
        return found

    def _refuse_older(self, program: str, connection: psycopg.Connection) -> None:
        said = subprocess.run(  # noqa: S603 - found above
            [program, "--version"], check=False, capture_output=True, text=True
        ).stdout
        version = re.search(r"(\d+)", said)
        server = connection.info.server_version // 10_000
        if version is None or int(version[1]) < server:
            raise BackupRefused(
                f"{program} is of version {version[1] if version else 'unknown'} and the server "
                f"of version {server}: it cannot dump a newer server. Install "
                f"postgresql-client-{server}, or set PG_BIN to the folder of such a one."
            )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [program, "--no-password", f"--dbname={self._address}", *arguments],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace",
            # Not an argument: those are open to everyone on the machine.
            env={**os.environ, "PGPASSWORD": self._password, "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            # The first line alone: the following ones may repeat a row.
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
            raise BackupRefused(f"{Path(program).name} failed, and nothing was changed: {said}")


def _contents(connection: psycopg.Connection) -> Contents:
    rows = _rows(connection)
    if "django_migrations" not in rows:
        raise BackupRefused("The database holds no tables of the site. Check DATABASE_URL.")
    applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return Contents(rows, [f"{app}.{name}" for app, name in applied])


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM public.{}")
    return {name: _value(connection, count.format(sql.Identifier(name))) for (name,) in tables}


def _value(connection: psycopg.Connection, query: Any) -> Any:
    found = connection.execute(query).fetchone()
    return found[0] if found else None
