"""Queries whose SQL is made once per process.

Django builds and compiles a query anew at each call, which costs more than SQLite needs to answer
it: 0.5 to 1.5 ms of CPU for a row with its relations. A hot path's query has one shape and other
values each time, so its SQL, columns and converters are kept and only the values are put in. Rows
become models by Django's own code (docs/decisions/0061-prepared-queries.md).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

RowT = TypeVar("RowT")
Value = int | str | datetime


class NotPreparable(Exception):
    """A query in which a value cannot be told apart: it is missing, or the SQL depends on it."""


class Prepared(Generic[RowT]):
    """A query with named values, compiled at its first use.

    build: gives the query set for its keyword arguments; it must use each of them, as a value only.
    types: int, str or datetime by name. None is no value: it would need other SQL.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, RowT]], **types: type[Value]) -> None:
        self._build = build
        self._types = types
        self._made: dict[str, _Compiled] = {}

    def all(self, **values: Value) -> list[RowT]:
        """Run the query and give its rows. Raises NotPreparable, KeyError for a missing value."""
        connection = connections[DEFAULT_DB_ALIAS]
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = self._make(connection)
        return list(made.rows(connection, values))

    def first(self, **values: Value) -> RowT | None:
        """Give the first row, None where there is none. The query should limit itself."""
        return next(iter(self.all(**values)), None)

    def one(self, **values: Value) -> RowT:
        """Give the only row. Raises ObjectDoesNotExist where there is none."""
        row = self.first(**values)
        if row is None:
            raise ObjectDoesNotExist(f"no row for {', '.join(values)}")
        return row

    def _make(self, connection: BaseDatabaseWrapper) -> _Compiled:
        marks = {name: _mark(kind, i) for i, (name, kind) in enumerate(self._types.items())}
        queryset = self._build(**marks)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        names = {_bound(mark, connection): name for name, mark in marks.items()}
        slots = tuple(names.get(param) if _may_be_mark(param) else None for param in params)
        if missing := self._types.keys() - set(slots):
            raise NotPreparable(f"not found in the SQL as a value: {', '.join(sorted(missing))}")
        columns = [each[0] for each in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        return _Compiled(queryset, compiler, sql, tuple(params), slots, converters)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """slots: for each parameter the name of its value, None for a constant of the query."""

    queryset: QuerySet[Any, Any]
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]
    slots: tuple[str | None, ...]
    converters: Any

    def rows(self, connection: BaseDatabaseWrapper, values: dict[str, Value]) -> Any:
        query = self.queryset.query
        if query.select_for_update and connection.features.has_select_for_update:
            _refuse_autocommit(connection)
        params = tuple(
            param if name is None else _like(param, values[name], connection)
            for param, name in zip(self.params, self.slots, strict=True)
        )
        compiler: Any = copy.copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, params)
        compiler.get_converters = lambda _columns: self.converters
        bound: Any = _Bound(self.queryset, _BoundQuery(query, compiler))
        return self.queryset._iterable_class(bound)  # noqa: SLF001


class _BoundQuery:
    """The query as Django's row makers see it, with its compiler already at hand."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *_arguments: Any, **_options: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class _Bound:
    """The query set as Django's row makers see it. Copying the real one would evaluate it."""

    def __init__(self, queryset: Any, query: _BoundQuery) -> None:
        self._queryset, self.query = queryset, query

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queryset, name)


def _mark(kind: type[Value], number: int) -> Value:
    """Give a value that no query holds by chance and every column of its kind takes."""
    if kind is int:
        return 2_071_339_000 + number
    if kind is str:
        return f"\u2063prepared {number}\u2063"
    return datetime(1901, 2, 3, 4, 5, 6, 789_000 + number, tzinfo=UTC)


def _may_be_mark(param: Any) -> bool:
    return isinstance(param, int | str | datetime)


def _bound(value: Value, connection: BaseDatabaseWrapper) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _like(param: Any, value: Value, connection: BaseDatabaseWrapper) -> Any:
    """Give a value as the driver wants it: PostgreSQL's integers have a class by size."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return type(param)(value)


def _refuse_autocommit(connection: BaseDatabaseWrapper) -> None:
    if connection.get_autocommit():
        raise TransactionManagementError(
            "select_for_update cannot be used outside of a transaction."
        )
