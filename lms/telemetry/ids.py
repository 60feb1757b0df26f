"""Ids of spans: random, but of a computed span the same each time it is worked out."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

if TYPE_CHECKING:
    from collections.abc import Iterator

_given: Final[ContextVar[int]] = ContextVar("given_span_id", default=0)


class Ids(RandomIdGenerator):
    """Random ids; inside `one_made_of` the one that follows from what it was given."""

    def generate_span_id(self) -> int:
        return _given.get() or super().generate_span_id()


@contextmanager
def one_made_of(text: str) -> Iterator[None]:
    """Give the span that begins inside an id that follows from the text, and no more than one.

    So a second recording of the same computed span is, to whoever stores it, the same span.
    """
    token = _given.set(int.from_bytes(sha256(text.encode()).digest()[:8]))
    try:
        yield
    finally:
        _given.reset(token)
