"""Walking through protobuf without building it: where its messages lie.

A message of two bytes becomes two hundred once it is an object. So only one span or line is one at
a time, and what holds them is walked through.
Source: protobuf's encoding; proto3 has no groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lms.observatory.collector.refusal import Undecodable

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT_MAX_BITS: Final = 63

Place = tuple[int, int]


def messages(body: bytes, place: Place, number: int) -> Iterator[Place]:
    """Give where the values of a field lie that has messages or texts. Raises Undecodable."""
    for field, start, end in _fields(body, place):
        if field == number:
            yield start, end


def merged(body: bytes, place: Place, number: int) -> bytes:
    """Give the bytes of a message that may stand once: several of them are one in pieces."""
    return b"".join(body[start:end] for start, end in messages(body, place, number))


def _fields(body: bytes, place: Place) -> Iterator[tuple[int, int, int]]:
    at, end = place
    while at < end:
        tag, at = _varint(body, at, end)
        if not tag >> 3:
            raise _cut_short()  # there is no field 0
        match tag & 7:  # the wire type
            case 2:
                size, at = _varint(body, at, end)
                if size > end - at:
                    raise _cut_short()
                yield tag >> 3, at, at + size
                at += size
            case 0:
                _, at = _varint(body, at, end)
            case 1:
                at += 8
            case 5:
                at += 4
            case _:
                raise _cut_short()
    if at > end:
        raise _cut_short()


def _varint(body: bytes, at: int, end: int) -> Place:
    """Give a number and where it ends."""
    value = shift = 0
    while at < end:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the sign that another byte follows
            return value, at
        shift += 7
        if shift > _VARINT_MAX_BITS:
            break
    raise _cut_short()


def _cut_short() -> Undecodable:
    return Undecodable("The body is no OTLP request in protobuf.")
