"""Numbers for what repeats, in the segment that is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lms.observatory.store.sqlite.encoding import KINDS, encode, plain

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from lms.observatory.records import AttributeValue, LogRecord, Span

# Of each kind kept in memory. What has been forgotten gets a second number, which is no harm.
_MOST_KNOWN: Final = 10_000


class Interned:
    """Gives a number for a word, a set of attributes, an operation, a stream; new ones are stored.

    It must be thrown away when a transaction fails: its numbers may then mean nothing.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._words: dict[str, int] = {}
        self._facts: dict[bytes, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        self._resources: dict[tuple[tuple[str, type, AttributeValue], ...], int] = {}
        self._operations = self._stored("operation", "name, kind, scope, resource")
        self._streams = self._stored("stream", "tenant, severity, logger, event, resource")

    def word(self, text: str) -> int:
        """Give the word's number, 0 for ""."""
        if not text:
            return 0
        number = self._words.get(text)
        if number is None:
            number = self._word_of(plain(text))
            _remember(self._words, text, number)
        return number

    def values(self, attributes: Mapping[str, AttributeValue], *before: Any) -> bytes:
        """Give attributes as bytes: the number of their names, what stands before, the values."""
        return encode([self._shape(tuple(attributes)), *before, *attributes.values()])

    def attributes(self, attributes: Mapping[str, AttributeValue]) -> bytes | int | None:
        """Give attributes for a row: as bytes at first, as a number from the second time on.

        A statement's span says the same each time; a request's id comes once.
        """
        if not attributes:
            return None
        body = self.values(attributes)
        number = self._facts.get(body)
        if number is None:
            _remember(self._facts, body, 0)
            return body
        return number or self._fact(body)

    def resource(self, attributes: Mapping[str, AttributeValue]) -> int:
        """Give the number of a process's attributes, 0 for none."""
        if not attributes:
            return 0
        # The type beside the value: 1 and True would be one key, and so they would in a tuple.
        key = tuple(
            (name, type(value), repr(value) if isinstance(value, tuple) else value)
            for name, value in attributes.items()
        )
        number = self._resources.get(key)
        if number is None:
            body = self.values(attributes)
            number = self._facts.get(body) or self._fact(body)
            _remember(self._resources, key, number)
        return number

    def operation(self, span: Span) -> int:
        key = (self.word(span.name), KINDS.index(span.kind), self.word(span.scope),
               self.resource(span.resource))  # fmt: skip
        number = self._operations.get(key)
        if number is None:
            number = self._insert("operation (name, kind, scope, resource)", key)
            _remember(self._operations, key, number)
        return number

    def stream(self, tenant: str, line: LogRecord) -> int:
        key = (self.word(tenant), line.severity, self.word(line.logger), self.word(line.event),
               self.resource(line.resource))  # fmt: skip
        number = self._streams.get(key)
        if number is None:
            number = self._insert("stream (tenant, severity, logger, event, resource)", key)
            _remember(self._streams, key, number)
        return number

    def _shape(self, keys: tuple[str, ...]) -> int:
        number = self._shapes.get(keys)
        if number is None:
            body = encode(list(keys))
            number = self._facts.get(body) or self._fact(body)
            _remember(self._shapes, keys, number)
        return number

    def _fact(self, body: bytes) -> int:
        number = self._insert("fact (body)", (body,))
        _remember(self._facts, body, number)
        return number

    def _word_of(self, text: str) -> int:
        found = self._connection.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
        return int(found[0]) if found else self._insert("word (text)", (text,))

    def _insert(self, into: str, values: tuple[Any, ...]) -> int:
        marks = ", ".join("?" * len(values))
        done = self._connection.execute(f"INSERT INTO {into} VALUES ({marks})", values)  # noqa: S608
        return int(done.lastrowid or 0)

    def _stored(self, table: str, columns: str) -> dict[Any, int]:
        rows = self._connection.execute(
            f"SELECT {columns}, id FROM {table} LIMIT {_MOST_KNOWN}"  # noqa: S608
        )
        return {tuple(row[:-1]): row[-1] for row in rows}


def _remember(known: dict[Any, int], key: Any, number: int) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[key] = number
