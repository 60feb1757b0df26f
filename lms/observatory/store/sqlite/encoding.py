"""Values as bytes and back: JSON, packed when it is long.

Attributes become a list: the number of the row in `fact` that holds their names (their "shape"),
then the values. The site's lines have a few dozen shapes, so the names cost two bytes a line.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.records import SpanEvent, SpanLink

if TYPE_CHECKING:
    from lms.observatory.records import Span

# zlib.compress begins with this byte; JSON never does.
_PACKED: Final = b"x"
_PACK_FROM_BYTES: Final = 600
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# Places of these words are what the file holds: add at the end.
KINDS: Final = ("internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("unset", "ok", "error")


def encode(value: list[Any]) -> bytes:
    """Give the bytes of a list of values. Half a surrogate pair, which UTF-8 lacks, becomes "?"."""
    body = _to_json(value).encode("utf-8", "replace")
    return zlib.compress(body, 1) if len(body) >= _PACK_FROM_BYTES else body


def decode(body: bytes) -> list[Any]:
    """Give the values; raises ValueError or zlib.error when the bytes are damaged."""
    if body[:1] == _PACKED:
        body = zlib.decompress(body)
    values = json.loads(body)
    if not isinstance(values, list):
        raise ValueError("not a list")  # noqa: TRY004 - one error says "damaged"
    return values


def plain(text: str) -> str:
    """Give the text as UTF-8 can hold it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def value_of(value: Any) -> Any:
    """Give an attribute's value as records hold it."""
    return tuple(value) if isinstance(value, list) else value


def more_of(span: Span) -> bytes | None:
    """Give what few spans have, None when this one has none of it."""
    if not (span.status_message or span.events or span.links):
        return None
    events = [[event.time_ns, event.name, dict(event.attributes)] for event in span.events]
    links = [[link.trace_id, link.span_id] for link in span.links]
    return encode([span.status_message, events, links])


def read_more(body: bytes | None) -> tuple[str, tuple[SpanEvent, ...], tuple[SpanLink, ...]]:
    if body is None:
        return "", (), ()
    message, events, links = decode(body)
    return (
        message,
        tuple(
            SpanEvent(time_ns, name, {key: value_of(value) for key, value in told.items()})
            for time_ns, name, told in events
        ),
        tuple(SpanLink(*link) for link in links),
    )
