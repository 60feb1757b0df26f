"""One series' values within a block: where in it there are any, where it ended, and the floats."""

from __future__ import annotations

from array import array
from struct import calcsize, pack, unpack_from
from typing import TYPE_CHECKING, Final

from lms.observatory.samples import STALE, is_stale
from lms.observatory.store.sqlite_metrics import codec

if TYPE_CHECKING:
    from collections.abc import Sequence

# A chunk without gaps and ends begins with this alone.
_WHOLE: Final = 0
_PARTS: Final = 1
_COUNTS: Final = "<HH"

Run = tuple[int, int]
"""First place in the block, and how many from there."""


def encode(runs: Sequence[Run], values: array[float], *, block_size: int) -> bytes:
    """Code the values of the runs' places; markers of an end apart, so that they cost no float."""
    ends = [at for at, value in enumerate(values) if is_stale(value)]
    if ends:
        values = values[:]
        for at in ends:
            values[at] = values[at - 1] if at else 0.0
    coded = codec.encode(values)
    if not ends and list(runs) == [(0, block_size)]:
        return bytes((_WHOLE,)) + coded
    places = [number for run in runs for number in run]
    head = pack(_COUNTS, len(runs), len(ends)) + pack(f"<{len(places)}H", *places)
    return bytes((_PARTS,)) + head + pack(f"<{len(ends)}H", *ends) + coded


def decode(data: bytes, count: int) -> tuple[list[Run], array[float]]:
    """Give the runs and the values of their places. count: how many values there are.

    Raises ValueError and whatever else unpacking damaged bytes raises.
    """
    runs, values = _decoded(data, count)
    if len(values) != count or sum(length for _, length in runs) != count:
        raise ValueError("a chunk has another number of samples than is written beside it")
    return runs, values


def _decoded(data: bytes, count: int) -> tuple[list[Run], array[float]]:
    if data[0] == _WHOLE:
        return [(0, count)], codec.decode(data[1:], count)
    run_count, end_count = unpack_from(_COUNTS, data, 1)
    at = 1 + calcsize(_COUNTS)
    places = unpack_from(f"<{2 * run_count}H", data, at)
    ends = unpack_from(f"<{end_count}H", data, at + 4 * run_count)
    values = codec.decode(data[at + 4 * run_count + 2 * end_count :], count)
    for end in ends:
        values[end] = STALE
    return list(zip(places[::2], places[1::2], strict=True)), values


def times_of(runs: Sequence[Run], times: array[int]) -> array[int]:
    """Give the times of the runs' places."""
    found = array("q")
    for first, count in runs:
        found += times[first : first + count]
    return found
