"""Triggers that refuse to change what must never change, on SQLite and PostgreSQL.

They are made after each migrate run, because Django's table rebuilds on SQLite drop them.
Deleting stays possible: erasing a person deletes her rows.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections

# table: (condition on the old row, what is said)
_FROZEN = {
    "exercises_exerciseversion": (
        "OLD.published_at IS NOT NULL",
        "a published version never changes",
    ),
    "exercises_submission": ("", "a submission never changes"),
    "exercises_grade": ("", "a grade never changes"),
    "exercises_auditevent": ("", "an audit event never changes"),
    "exercises_releasechange": ("", "a change of a switch never changes"),
}

# Erasing a person sets these to NULL; everything else in the row stays refused.
_ERASABLE = {"exercises_exerciseversion": "created_by_id", "exercises_grade": "grader_id",
             "exercises_auditevent": "actor_id",
             "exercises_releasechange": "changed_by_id"}  # fmt: skip


def install(using: str = "default", **_kwargs: Any) -> None:
    """Make the triggers where they are missing. May be repeated."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = _FROZEN.keys() & set(connection.introspection.table_names(cursor))
        for table in sorted(tables):
            described = connection.introspection.get_table_description(cursor, table)
            frozen = [c.name for c in described if c.name != _ERASABLE.get(table)]
            for statement in _STATEMENTS[connection.vendor](
                table, f"UPDATE OF {', '.join(frozen)}"
            ):
                cursor.execute(statement)


def _sqlite(table: str, event: str) -> Iterator[str]:
    condition, message = _FROZEN[table]
    yield f"DROP TRIGGER IF EXISTS {table}_frozen"
    yield (
        f"CREATE TRIGGER {table}_frozen BEFORE {event} ON {table} "
        f"{condition and 'WHEN ' + condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _postgresql(table: str, event: str) -> Iterator[str]:
    condition, message = _FROZEN[table]
    yield (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER {table}_frozen BEFORE {event} ON {table} FOR EACH ROW "
        f"{condition and f'WHEN ({condition})'} EXECUTE FUNCTION {table}_refuse()"
    )


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
