"""One segment as it is read: its connection, its numbers turned into words, its faults named."""

from __future__ import annotations

import sqlite3
import time
import zlib
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lms.observatory.records import NOTHING
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.encoding import decode, plain, value_of
from lms.observatory.store.sqlite.faults import Damaged, name_of
from lms.observatory.store.sqlite_metrics.sealing import Damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lms.observatory.records import AttributeValue
    from lms.observatory.store.sqlite.files import SegmentFile

_MOST_KNOWN: Final = 10_000
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB}
)
# What reading a row whose bytes have changed can raise.
ROW_DAMAGE: Final = (ValueError, TypeError, KeyError, IndexError, zlib.error)
# Steps of SQLite's machine between two looks at the clock; about a millisecond.
_STEPS: Final = 10_000
_METRICS_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE name = 'metric_exemplar'"


class BudgetSpent(Exception):
    """The search has taken as long as it may."""


class Extent(NamedTuple):
    """How many rows of a signal a segment holds, and of which times."""

    rows: int = 0
    oldest_ns: int = 0
    newest_ns: int = 0


class Stream(NamedTuple):
    """What the lines of a stream have in common."""

    id: int
    tenant: str
    severity: int
    logger: str
    event: str
    resource: Mapping[str, AttributeValue]

    @property
    def service(self) -> str:
        return str(self.resource.get("service.name", "unknown_service"))


class Operation(NamedTuple):
    """What the spans of an operation have in common. kind: a place in KINDS."""

    name: str
    kind: int
    scope: str
    resource: Mapping[str, AttributeValue]


class View:
    """A segment open for reading. Used by one search at a time."""

    def __init__(self, file: SegmentFile, *, is_final: bool) -> None:
        self.file = file
        self._words: dict[int, str] = {0: ""}
        self._facts: dict[int, list[Any]] = {}
        self._operations: dict[int, Operation] = {}
        self._streams: dict[int, Stream] = {}
        self.extents: dict[str, Extent] = {}
        self._until = 0.0
        self._has_metrics = False
        try:
            self._connection = files.open_to_read(file.path, is_final=is_final)
        except sqlite3.Error as error:
            raise Damaged(file, name_of(error)) from error

    def begin(self, until: float = 0) -> None:
        """Hold one state of the segment until end(); interrupt at a time.monotonic(), 0 for never.

        Raises Damaged.
        """
        self._until = 0
        self.rows("BEGIN")
        told = self.rows("SELECT signal, rows, oldest_ns, newest_ns FROM extent")
        self.extents = {signal: Extent(*numbers) for signal, *numbers in told}
        self._until = until
        handler = (lambda: time.monotonic() > until) if until else None
        self._connection.set_progress_handler(handler, _STEPS)

    def end(self) -> None:
        self._connection.set_progress_handler(None, 0)
        with suppress(sqlite3.Error):  # of a damaged file; its connection is about to be closed
            self._connection.rollback()

    def close(self) -> None:
        self._connection.close()

    def extent(self, signal: str) -> Extent:
        return self.extents.get(signal, Extent())

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Give all rows; raises Damaged and BudgetSpent."""
        return list(self.each(statement, *values))

    def each(self, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Give rows as they come; raises Damaged and BudgetSpent."""
        if self._until and time.monotonic() > self._until:  # short statements have too few steps
            raise BudgetSpent
        try:
            yield from self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self.told(error) from error

    @property
    def has_metrics(self) -> bool:
        """Claim that it has the tables of metrics: those of the first versions have not."""
        if not self._has_metrics:  # the writer may just have made them
            self._has_metrics = bool(self.rows(_METRICS_TABLE))
        return self._has_metrics

    @property
    def connection(self) -> sqlite3.Connection:
        """Lend the connection; what it raises is to be told by told()."""
        return self._connection

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Tell what goes wrong with the connection as rows() does."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self.told(error) from error

    def number_of(self, word: str) -> int:
        """Give the number of a word, 0 for "", -1 when the segment does not hold it."""
        if not word:
            return 0
        found = self.rows("SELECT id FROM word WHERE text = ?", plain(word))
        return int(found[0][0]) if found else -1

    def word(self, number: int) -> str:
        known = self._words.get(number)
        if known is None:
            (known,) = self._one("SELECT text FROM word WHERE id = ?", number)
            _remember(self._words, number, known)
        return str(known)

    def attributes(self, stored: bytes | int | None) -> Mapping[str, AttributeValue]:
        """Give attributes of a row: bytes, the number of a fact, or none."""
        if not stored:
            return NOTHING
        shape, *values = self.fact(stored) if isinstance(stored, int) else decode(stored)
        return self.named(shape, values)

    def named(self, shape: int, values: list[Any]) -> Mapping[str, AttributeValue]:
        """Give values under the names of a shape; both must be as many."""
        pairs = zip(self.fact(shape), map(value_of, values), strict=True)
        return MappingProxyType(dict(pairs))

    def fact(self, number: int) -> list[Any]:
        known = self._facts.get(number)
        if known is None:
            (body,) = self._one("SELECT body FROM fact WHERE id = ?", number)
            known = decode(body)
            _remember(self._facts, number, known)
        return known

    def operation(self, number: int) -> Operation:
        known = self._operations.get(number)
        if known is None:
            name, kind, scope, resource = self._one(
                "SELECT name, kind, scope, resource FROM operation WHERE id = ?", number
            )
            known = Operation(self.word(name), kind, self.word(scope), self.attributes(resource))
            _remember(self._operations, number, known)
        return known

    def streams(self) -> dict[int, Stream]:
        """Give all streams by number. New ones are looked for once in a search."""
        last = max(self._streams, default=0)
        told = self.rows("SELECT id, tenant, severity, logger, event, resource FROM stream "
                         "WHERE id > ?", last)  # fmt: skip
        for number, tenant, severity, logger, event, resource in told:
            self._streams[number] = Stream(
                number, self.word(tenant), severity, self.word(logger), self.word(event),
                self.attributes(resource),
            )  # fmt: skip
        return self._streams

    def _one(self, statement: str, number: int) -> tuple[Any, ...]:
        """Give the row that others refer to. Without it nobody knows whose they are."""
        rows = self.rows(statement, number)
        if not rows:
            raise Damaged(self.file, "row_missing")
        return rows[0]

    def told(self, error: sqlite3.DatabaseError) -> Exception:
        """Give what a search raises for what its connection raised."""
        if isinstance(error, Damage):
            return Damaged(self.file, "samples_damaged")
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return BudgetSpent()
        if code in _DAMAGE or "no such table" in str(error) or "not decode" in str(error):
            return Damaged(self.file, name_of(error))
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM}:
            return StoreUnavailable(str(error))
        return error


def _remember(known: dict[int, Any], number: int, value: Any) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[number] = value
