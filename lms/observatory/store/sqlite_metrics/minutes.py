"""What was counted by the minute, and the slowest of each."""

from __future__ import annotations

import json
from operator import add
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.samples import Exemplar, Labels, Minute
from lms.observatory.store.metric_base import MOST_EXEMPLARS
from lms.observatory.store.sqlite_metrics.labels import from_text, to_text
from lms.observatory.store.sqlite_metrics.schema import MOST_BUCKETS, STEPS_MINUTES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

_MINUTE_MS: Final = 60_000
_BUCKETS: Final = [f"b{at}" for at in range(MOST_BUCKETS)]
_ADD: Final = (
    f"INSERT INTO metric_count VALUES (?, ?, ?, ?, ?, ?, ?{', ?' * MOST_BUCKETS})"  # noqa: S608
    " ON CONFLICT DO UPDATE SET count = count + excluded.count, total = total + excluded.total, "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _BUCKETS)
)
# Rows that cover a time when nobody looked keep their own beginning.
_SUM: Final = (
    "SELECT series_id, minutes,"  # noqa: S608 - names of our own
    " begins_ms - IIF(minutes = 1, (begins_ms - :t0) % :step, 0) AS begins,"
    f" SUM(count), SUM(total), {', '.join(f'SUM({name})' for name in _BUCKETS)}"
    " FROM metric_count WHERE counted_id = :counted AND step_minutes = :rows"
    " AND begins_ms >= :t0 AND begins_ms < :t1 GROUP BY series_id, minutes, begins"
)

Key = tuple[str, str, Labels, tuple[float, ...]]


class Counting:
    """Adds to what the minutes hold, within the caller's transaction. forget() after a rollback."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        self._ids: dict[Key, tuple[int, int]] = {}

    def add(self, tenant: str, minutes: Iterable[Minute]) -> None:
        self._connection.executemany(
            _ADD, (row for one in minutes for row in self._rows(tenant, one))
        )

    def _rows(self, tenant: str, one: Minute) -> Iterator[tuple[Any, ...]]:
        counted_id, series_id = self._ids_of(tenant, one)
        padded = (*one.buckets, *(0,) * (MOST_BUCKETS - len(one.buckets)))
        for step in STEPS_MINUTES:
            into_step_ms = one.minute_ms % (step * _MINUTE_MS) if one.minutes == 1 else 0
            yield (
                counted_id, step, one.minute_ms - into_step_ms, series_id, one.minutes,
                one.count, one.total, *padded,
            )  # fmt: skip

    def _ids_of(self, tenant: str, one: Minute) -> tuple[int, int]:
        key = (tenant, one.metric, one.labels, one.bounds)
        if key not in self._ids:
            counted = _id_of(self._connection, "metric_counted", tenant=tenant, metric=one.metric)
            series = _id_of(
                self._connection, "metric_counted_series", counted_id=counted,
                labels=to_text(one.labels), bounds=json.dumps([*map(str, one.bounds)]),
            )  # fmt: skip
            self._ids[key] = (counted, series)
        return self._ids[key]


def read(
    connections: Iterable[sqlite3.Connection],
    tenant: str,
    metric: str,
    *,
    t0_ms: int,
    t1_ms: int,
    step_ms: int,
) -> list[Minute]:
    """Give what MinuteStore.minutes promises."""
    asked = {"t0": t0_ms, "t1": t1_ms, "step": step_ms, "rows": _rows_for(t0_ms, t1_ms, step_ms)}
    sums: dict[tuple[Any, ...], Sequence[Any]] = {}
    for connection in connections:
        found = connection.execute(
            "SELECT id FROM metric_counted WHERE tenant = ? AND metric = ?", (tenant, metric)
        ).fetchone()
        if found is None:
            continue
        known = {
            pk: (from_text(labels), tuple(map(float, json.loads(bounds))))
            for pk, labels, bounds in connection.execute(
                "SELECT id, labels, bounds FROM metric_counted_series WHERE counted_id = ?", found
            )
        }
        for pk, minutes, begins, *numbers in connection.execute(
            _SUM, {**asked, "counted": found[0]}
        ):
            labels, bounds = known[pk]
            key = (labels, begins, minutes, bounds)
            before = sums.get(key)
            sums[key] = numbers if before is None else list(map(add, before, numbers))
    return [
        Minute(metric, labels, begins, count, total, bounds, tuple(buckets[: len(bounds)]), minutes)
        for (labels, begins, minutes, bounds), (count, total, *buckets) in sorted(sums.items())
    ]


def _rows_for(t0_ms: int, t1_ms: int, step_ms: int) -> int:
    """Give the longest rows that fit into the steps and begin and end with them."""
    return max(
        minutes
        for minutes in STEPS_MINUTES
        if minutes == 1 or not any(at % (minutes * _MINUTE_MS) for at in (t0_ms, t1_ms, step_ms))
    )


def note(connection: sqlite3.Connection, tenant: str, exemplars: Iterable[Exemplar]) -> None:
    """Keep the slowest of each minute and label set. Within the caller's transaction."""
    connection.executemany(
        "INSERT INTO metric_exemplar VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " trace_id = excluded.trace_id, duration_ns = excluded.duration_ns"
        " WHERE excluded.duration_ns > duration_ns",
        (
            (tenant, one.metric, one.minute_ms, to_text(one.labels), one.trace_id, one.duration_ns)
            for one in exemplars
        ),
    )


def slowest(
    connections: Iterable[sqlite3.Connection],
    tenant: str,
    metric: str,
    *,
    t0_ms: int,
    t1_ms: int,
    labels: Labels = (),
) -> list[Exemplar]:
    """Give what MinuteStore.exemplars promises."""
    has_label = " AND json_extract(labels, ?) = ?" * len(labels)
    statement = (
        "SELECT labels, minute_ms, trace_id, duration_ns FROM metric_exemplar"  # noqa: S608
        f" WHERE tenant = ? AND metric = ? AND minute_ms >= ? AND minute_ms < ?{has_label}"
        " ORDER BY duration_ns DESC LIMIT ?"
    )
    wanted = [part for name, value in labels for part in (f'$."{name}"', value)]
    found = [
        Exemplar(metric, from_text(text), minute_ms, trace_id, duration_ns)
        for connection in connections
        for text, minute_ms, trace_id, duration_ns in connection.execute(
            statement, (tenant, metric, t0_ms, t1_ms, *wanted, MOST_EXEMPLARS)
        )
    ]
    return sorted(found, key=lambda one: -one.duration_ns)[:MOST_EXEMPLARS]


def _id_of(connection: sqlite3.Connection, table: str, **values: Any) -> int:
    """Give the row with these values, made where there is none."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    held = tuple(values.values())
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
        held,
    )
    row = connection.execute(
        f"SELECT id FROM {table} WHERE ({columns}) = ({marks})",  # noqa: S608
        held,
    ).fetchone()
    return int(row[0])
