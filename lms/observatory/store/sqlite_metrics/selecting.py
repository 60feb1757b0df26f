"""Samples out of segment files, each through a connection of its own."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lms.observatory.samples import Metadata, Series
from lms.observatory.store.matching import Selection
from lms.observatory.store.metric_base import MOST_SAMPLES, MOST_SERIES, TooMuch
from lms.observatory.store.sqlite_metrics import chunk
from lms.observatory.store.sqlite_metrics.labels import from_text
from lms.observatory.store.sqlite_metrics.sealing import damage_noticed, ids_of, times_of, values_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from lms.observatory.samples import Labels
    from lms.observatory.store.matching import Matcher

_AT_ONCE: Final = 500


def select(
    connections: Iterable[sqlite3.Connection],
    tenant: str,
    matchers: Sequence[Matcher],
    *,
    t0_ms: int,
    t1_ms: int,
) -> list[Series]:
    """Give what MetricStore.select promises. connections: of the segments, oldest first."""
    selection = Selection(matchers)
    found = _Found(t0_ms, t1_ms)
    for connection in connections:
        with _unchanging(connection), damage_noticed(connection):
            if _has_samples(connection, t0_ms, t1_ms):  # most segments are of another day
                _select(connection, tenant, selection, found)
    return [Series(labels, *found.samples[labels]) for labels in sorted(found.samples)]


def label_names(
    connections: Iterable[sqlite3.Connection], tenant: str, *, t0_ms: int, t1_ms: int
) -> list[str]:
    """Give the names in the segments that have samples of this time."""
    statement = "SELECT DISTINCT name FROM metric_label WHERE tenant = ?"
    return sorted({
        row[0]
        for one in connections if _has_samples(one, t0_ms, t1_ms)
        for row in one.execute(statement, (tenant,))
    })  # fmt: skip


def label_values(
    connections: Iterable[sqlite3.Connection], tenant: str, name: str, *, t0_ms: int, t1_ms: int
) -> list[str]:
    """As label_names, the values of one label."""
    return sorted({
        value
        for one in connections if _has_samples(one, t0_ms, t1_ms)
        for value in _values_of(one, tenant, name)
    })  # fmt: skip


def metadata(connections: Iterable[sqlite3.Connection], tenant: str) -> dict[str, Metadata]:
    """Give what the newest segment says of each metric; connections: oldest first."""
    statement = "SELECT metric, kind, help, unit FROM metric_metadata WHERE tenant = ?"
    return {
        row[0]: Metadata(*row) for one in connections for row in one.execute(statement, (tenant,))
    }


class _Found:
    """Samples so far. Raises TooMuch as soon as there are more than may be given."""

    def __init__(self, t0_ms: int, t1_ms: int) -> None:
        self.t0_ms, self.t1_ms = t0_ms, t1_ms
        self.samples: dict[Labels, tuple[array[int], array[float]]] = {}
        self._count = 0

    def add(self, labels: Labels, times: array[int], values: array[float]) -> None:
        begin, end = bisect_left(times, self.t0_ms), bisect_right(times, self.t1_ms)
        if begin == end:
            return
        held = self.samples.setdefault(labels, (array("q"), array("d")))
        if held[0] and times[begin] <= held[0][-1]:  # the clock was set back between two segments
            begin = min(bisect_right(times, held[0][-1]), end)
        held[0].extend(times[begin:end])
        held[1].extend(values[begin:end])
        self._count += end - begin
        if len(self.samples) > MOST_SERIES:
            raise TooMuch.series()
        if self._count > MOST_SAMPLES:
            raise TooMuch.samples()


@contextmanager
def _unchanging(connection: sqlite3.Connection) -> Iterator[None]:
    """Read one state: a block sealed between two statements would be seen twice or not at all."""
    connection.execute("SAVEPOINT metrics")
    try:
        yield
    finally:
        connection.execute("RELEASE metrics")


def _select(
    connection: sqlite3.Connection, tenant: str, selection: Selection, found: _Found
) -> None:
    by_target: dict[int, dict[int, Labels]] = defaultdict(dict)
    for pk, target_id, labels in _series(connection, tenant, selection):
        by_target[target_id][pk] = labels
    for target_id, wanted in by_target.items():
        _read_blocks(connection, target_id, wanted, found)
        _read_head(connection, target_id, wanted, found)


def _has_samples(connection: sqlite3.Connection, t0_ms: int, t1_ms: int) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM metric_block WHERE last_ms >= :t0 AND first_ms <= :t1)"
        " OR EXISTS (SELECT 1 FROM metric_head WHERE time_ms BETWEEN :t0 AND :t1)",
        {"t0": t0_ms, "t1": t1_ms},
    ).fetchone()
    return bool(row[0])


def _series(
    connection: sqlite3.Connection, tenant: str, selection: Selection
) -> Iterator[tuple[int, int, Labels]]:
    ids = sorted(_candidates(connection, tenant, selection))
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for pk, target_id, text in connection.execute(
            f"SELECT id, target_id, labels FROM metric_series WHERE id IN ({marks})",  # noqa: S608
            some,
        ):
            labels = from_text(text)
            if selection.takes(labels):
                yield pk, target_id, labels


def _candidates(connection: sqlite3.Connection, tenant: str, selection: Selection) -> set[int]:
    """Give the series that fulfil what an index can answer."""
    kept: set[int] | None = None
    for matcher, test in selection.demanding:
        values = [matcher.value] if matcher.operator == "=" else [
            value for value in _values_of(connection, tenant, matcher.name) if test(value)
        ]  # fmt: skip
        with_it = {
            row[0]
            for value in values
            for row in connection.execute(
                "SELECT series_id FROM metric_label WHERE tenant = ? AND name = ? AND value = ?",
                (tenant, matcher.name, value),
            )
        }
        kept = with_it if kept is None else kept & with_it
    return kept or set()


def _values_of(connection: sqlite3.Connection, tenant: str, name: str) -> list[str]:
    statement = "SELECT DISTINCT value FROM metric_label WHERE tenant = ? AND name = ?"
    return [row[0] for row in connection.execute(statement, (tenant, name))]


def _read_blocks(
    connection: sqlite3.Connection, target_id: int, wanted: dict[int, Labels], found: _Found
) -> None:
    blocks = {
        pk: times_of(times)
        for pk, times in connection.execute(
            "SELECT id, times FROM metric_block"
            " WHERE target_id = ? AND last_ms >= ? AND first_ms <= ? ORDER BY first_ms",
            (target_id, found.t0_ms, found.t1_ms),
        )
    }
    if not blocks:
        return
    for series_id, labels in wanted.items():
        rows = connection.execute(
            "SELECT block_id, samples, data FROM metric_chunk"
            " WHERE series_id = ? AND block_id BETWEEN ? AND ? ORDER BY block_id",
            (series_id, min(blocks), max(blocks)),
        )
        for block_id, count, data in rows:
            if block_id in blocks:
                runs, values = chunk.decode(data, count)
                found.add(labels, chunk.times_of(runs, blocks[block_id]), values)


def _read_head(
    connection: sqlite3.Connection, target_id: int, wanted: dict[int, Labels], found: _Found
) -> None:
    places: dict[int, list[tuple[int, int]]] = {}
    samples: dict[int, tuple[array[int], array[float]]] = {
        pk: (array("q"), array("d")) for pk in wanted
    }
    for time_ms, layout_id, packed in connection.execute(
        "SELECT time_ms, layout_id, sample_values FROM metric_head"
        " WHERE target_id = ? AND time_ms BETWEEN ? AND ? ORDER BY time_ms",
        (target_id, found.t0_ms, found.t1_ms),
    ):
        if layout_id not in places:
            ids = ids_of(_series_ids(connection, layout_id))
            places[layout_id] = [(at, pk) for at, pk in enumerate(ids) if pk in wanted]
        values = values_of(packed)
        for at, pk in places[layout_id]:
            samples[pk][0].append(time_ms)
            samples[pk][1].append(values[at])
    for pk, (times, kept) in samples.items():
        found.add(wanted[pk], times, kept)


def _series_ids(connection: sqlite3.Connection, layout_id: int) -> bytes:
    row = connection.execute(
        "SELECT series_ids FROM metric_layout WHERE id = ?", (layout_id,)
    ).fetchone()
    return bytes(row[0])
