"""Many numbers in few bytes, bit for bit the same when they come back.

Whole numbers as differences of differences or differences in the narrowest width that holds them;
other floats as exclusive ors with the one before, bytes of equal weight together. Both deflated
when that is shorter. The loops are array's, itertools' and zlib's: decoding takes about 30 ns a
number, which a varint in Python does not reach.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from itertools import accumulate, pairwise
from operator import xor
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# First byte: what the numbers are, plus _DEFLATED where the rest is deflated.
_CONSTANT, _WHOLE, _WHOLE_TWICE, _FLOAT = range(4)
_DEFLATED: Final = 0x80
# Second byte of whole numbers.
_WIDTHS: Final = "bhiq"
_EXACT: Final = 1 << 53
_LONGEST_RAW: Final = 8
_CONSTANT_BYTES: Final = 9


def encode(values: array[float]) -> bytes:
    """Code at least one float."""
    raw = values.tobytes()
    if raw == raw[: values.itemsize] * len(values):
        return bytes((_CONSTANT,)) + pack("<d", values[0])
    whole = _whole(values, raw)
    return _encode_floats(values) if whole is None else encode_whole(whole)


def decode(data: bytes, count: int) -> array[float]:
    """Give the floats again. Raises ValueError, IndexError, zlib.error or struct.error for bytes
    that encode did not make."""
    if data[0] == _CONSTANT:
        if len(data) != _CONSTANT_BYTES:
            raise ValueError("a constant has one value")
        return array("d", unpack_from("<d", data, 1)) * count
    if data[0] & ~_DEFLATED == _FLOAT:
        return _decode_floats(data)
    return array("d", decode_whole(data))


def encode_whole(numbers: Sequence[int]) -> bytes:
    """Code at least one number, between -(2**60) and 2**60."""
    steps = [after - before for before, after in pairwise(numbers)]
    turns = [after - before for before, after in pairwise(steps)]
    once = _packed(_WHOLE, numbers[:1], steps)
    twice = _packed(_WHOLE_TWICE, [numbers[0], *steps[:1]], turns)
    return min(once, twice, key=len)


def decode_whole(data: bytes) -> Iterable[int]:
    body = zlib.decompress(data[1:], -zlib.MAX_WBITS) if data[0] & _DEFLATED else data[1:]
    width = _WIDTHS[body[0] & 0x0F]
    leads = body[0] >> 4
    begin = 1 + 8 * leads
    lead = unpack_from(f"<{leads}q", body, 1)
    differences = _from_bytes(width, body[begin:])
    if data[0] & ~_DEFLATED == _WHOLE_TWICE and leads > 1:
        differences = array("q", accumulate(differences, initial=lead[1]))
    return accumulate(differences, initial=lead[0])


def _packed(kind: int, lead: Sequence[int], differences: list[int]) -> bytes:
    largest = max(map(abs, differences), default=0)
    at = next(at for at in range(4) if largest < 1 << (8 * (1 << at) - 1))
    body = bytes((at | len(lead) << 4,)) + pack(f"<{len(lead)}q", *lead)
    return _deflated(kind, body + _to_bytes(array(_WIDTHS[at], differences)))


def _whole(values: array[float], raw: bytes) -> list[int] | None:
    """Give the same as whole numbers; None where that would lose a bit."""
    try:
        numbers = list(map(int, values))
    except (ValueError, OverflowError):
        return None  # NaN, infinite
    if max(numbers) > _EXACT or min(numbers) < -_EXACT:
        return None
    return numbers if array("d", numbers).tobytes() == raw else None  # a fraction, or -0.0


def _encode_floats(values: array[float]) -> bytes:
    bits = array("Q", values.tobytes())
    changes = array("Q", (before ^ after for before, after in pairwise(bits)))
    by_bytes = _to_bytes(changes)
    planes = b"".join(by_bytes[weight::8] for weight in range(8))
    return _deflated(_FLOAT, _to_bytes(bits[:1]) + planes)


def _decode_floats(data: bytes) -> array[float]:
    body = zlib.decompress(data[1:], -zlib.MAX_WBITS) if data[0] & _DEFLATED else data[1:]
    count = len(body) // 8 - 1
    by_bytes = bytearray(8 * count)
    for weight in range(8):
        by_bytes[weight::8] = body[8 + weight * count : 8 + (weight + 1) * count]
    changes = _from_bytes("Q", bytes(by_bytes))
    bits = array("Q", accumulate(changes, xor, initial=unpack_from("<Q", body)[0]))
    return array("d", bits.tobytes())


def _deflated(kind: int, body: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS, memLevel=9)
    shorter = packer.compress(body) + packer.flush() if len(body) > _LONGEST_RAW else body
    if len(shorter) < len(body):
        return bytes((kind | _DEFLATED,)) + shorter
    return bytes((kind,)) + body


def _to_bytes(numbers: array[int]) -> bytes:
    """Give them with the lowest byte first, on any machine."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _from_bytes(width: str, data: bytes) -> array[int]:
    numbers = array(width, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
