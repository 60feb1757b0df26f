"""Triggers that refuse to change what must never change, on SQLite and PostgreSQL.

They are made after each migrate run, because Django's table rebuilds on SQLite drop them.
Deleting stays possible: erasing a person deletes her rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Frozen:
    """A table whose rows never change.

    message: what is said to whoever tries. condition: SQL on the OLD row, "" for every row.
    erasable: the column that erasing a person sets to NULL, "" where there is none.
    """

    table: str
    message: str
    condition: str = ""
    erasable: str = ""


def freeze(frozen: Iterable[Frozen], *, using: str = "default") -> None:
    """Make the triggers of those tables that are there. May be repeated."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for each in frozen:
            if each.table in present:
                described = connection.introspection.get_table_description(cursor, each.table)
                columns = [c.name for c in described if c.name != each.erasable]
                event = f"UPDATE OF {', '.join(columns)}"
                for statement in _STATEMENTS[connection.vendor](each, event):
                    cursor.execute(statement)


def _sqlite(frozen: Frozen, event: str) -> Iterator[str]:
    when = frozen.condition and f"WHEN {frozen.condition}"
    yield f"DROP TRIGGER IF EXISTS {frozen.table}_frozen"
    yield (
        f"CREATE TRIGGER {frozen.table}_frozen BEFORE {event} ON {frozen.table} "
        f"{when} BEGIN SELECT RAISE(ABORT, '{frozen.message}'); END"
    )


def _postgresql(frozen: Frozen, event: str) -> Iterator[str]:
    table, when = frozen.table, frozen.condition and f"WHEN ({frozen.condition})"
    yield (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{frozen.message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER {table}_frozen BEFORE {event} ON {table} FOR EACH ROW "
        f"{when} EXECUTE FUNCTION {table}_refuse()"
    )


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
