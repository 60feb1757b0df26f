"""Head rows of a target into one block: its times once, and a chunk for each series."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from array import array
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.store.sqlite_metrics import chunk, codec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_ROWS: Final = 60_000
"""Of a block: a chunk counts places in two bytes."""


def seal(connection: sqlite3.Connection, target_id: int) -> None:
    """Turn all head rows of the target into a block. Within the caller's transaction.

    Raises Damage.
    """
    with damage_noticed(connection):
        _seal(connection, target_id)


def _seal(connection: sqlite3.Connection, target_id: int) -> None:
    rows = connection.execute(
        "SELECT time_ms, layout_id, sample_values FROM metric_head WHERE target_id = ?"
        " ORDER BY time_ms LIMIT ?",
        (target_id, _MOST_ROWS),
    ).fetchall()
    if not rows:
        return
    times = array("q", (row[0] for row in rows))
    cursor = connection.execute(
        "INSERT INTO metric_block (target_id, first_ms, last_ms, times) VALUES (?, ?, ?, ?)",
        (target_id, times[0], times[-1], codec.encode_whole(times)),
    )
    block_id = cursor.lastrowid
    connection.executemany(
        "INSERT INTO metric_chunk VALUES (?, ?, ?, ?)",
        (
            (pk, block_id, len(values), chunk.encode(runs, values, block_size=len(rows)))
            for pk, (runs, values) in sorted(_columns(connection, rows).items())
        ),
    )
    connection.execute(
        "DELETE FROM metric_head WHERE target_id = ? AND time_ms <= ?", (target_id, times[-1])
    )
    connection.execute(
        "DELETE FROM metric_layout WHERE target_id = ? AND id NOT IN"
        " (SELECT layout_id FROM metric_head WHERE target_id = ?)",
        (target_id, target_id),
    )


class Damage(sqlite3.DatabaseError):
    """Packed samples cannot be unpacked. connection: of the segment that holds them."""

    def __init__(self, connection: sqlite3.Connection, what: str) -> None:
        super().__init__(f"packed samples are damaged: {what}")
        self.connection = connection


@contextmanager
def damage_noticed(connection: sqlite3.Connection) -> Iterator[None]:
    """Raise Damage for what unpacking damaged bytes can raise."""
    try:
        yield
    except (zlib.error, struct.error, ValueError, IndexError, OverflowError) as error:
        raise Damage(connection, type(error).__name__) from error


def ids_of(series_ids: bytes) -> array[int]:
    """Give the series of a layout."""
    return array("q", codec.decode_whole(series_ids)) if series_ids else array("q")


def values_of(sample_values: bytes) -> array[float]:
    """Give the values of a head row."""
    return array("d", zlib.decompress(sample_values))


def times_of(times: bytes) -> array[int]:
    """Give the times of a block."""
    return array("q", codec.decode_whole(times))


def _columns(
    connection: sqlite3.Connection, rows: Sequence[Any]
) -> dict[int, tuple[list[chunk.Run], array[float]]]:
    """Give each series' places and values."""
    found: dict[int, tuple[list[chunk.Run], array[float]]] = {}
    for first, layout_id, together in _alike(rows):
        (series_ids,) = connection.execute(
            "SELECT series_ids FROM metric_layout WHERE id = ?", (layout_id,)
        ).fetchone()
        for pk, column in zip(ids_of(series_ids), zip(*together, strict=True), strict=True):
            runs, values = found.setdefault(pk, ([], array("d")))
            if runs and sum(runs[-1]) == first:
                runs[-1] = (runs[-1][0], runs[-1][1] + len(column))
            else:
                runs.append((first, len(column)))
            values.extend(column)
    return found


def _alike(rows: Sequence[Any]) -> Iterator[tuple[int, int, list[array[float]]]]:
    """Give the place of the first, the layout and the values of neighbours of one layout."""
    first = 0
    while first < len(rows):
        layout_id, end = rows[first][1], first
        while end < len(rows) and rows[end][1] == layout_id:
            end += 1
        yield first, layout_id, [values_of(row[2]) for row in rows[first:end]]
        first = end
