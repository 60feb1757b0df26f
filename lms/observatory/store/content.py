"""What a log line says: as a number, to be stored once, and as texts, to be found."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lms.observatory.records import AttributeValue, LogRecord


def digest_of(tenant: str, line: LogRecord) -> int:
    """Give a signed 64-bit number of everything but the time. The order of attributes is no matter.

    True, 1 and 1.0 are three values here, though they are equal to Python.
    """
    said = (
        tenant, line.severity, line.body, line.event, line.logger, line.trace_id, line.span_id,
        line.owner, line.course, sorted(line.attributes.items()), sorted(line.resource.items()),
    )  # fmt: skip
    whole = blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(whole.digest(), "big", signed=True)


def texts_of(body: str, event: str, attributes: Mapping[str, AttributeValue]) -> Iterator[str]:
    """Give the texts that a search looks through, each by itself; names of attributes are none."""
    yield body
    if event != body:
        yield event
    for value in attributes.values():
        if isinstance(value, tuple):
            yield from map(str, value)
        else:
            yield str(value)


def fold(text: str) -> str:
    """Give the text as it is compared. Not lower(): that looks at neighbours (a Greek final s)."""
    return text.casefold()


def is_said(folded: str, line: LogRecord) -> bool:
    """Claim that one of the line's texts holds a folded text."""
    return not folded or any(
        folded in fold(text) for text in texts_of(line.body, line.event, line.attributes)
    )
