"""What was counted by the minute, and the slowest of each."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.samples import Exemplar, Minute
from lms.observatory.store.metric_base import MOST_EXEMPLARS
from lms.observatory.store.sqlite_metrics.labels import from_text, to_text
from lms.observatory.store.sqlite_metrics.schema import MOST_BUCKETS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from lms.observatory.samples import Labels

_BUCKETS: Final = [f"b{at}" for at in range(MOST_BUCKETS)]
_ADD: Final = (
    f"INSERT INTO metric_minute VALUES (?, ?, ?, ?, ?{', ?' * MOST_BUCKETS})"  # noqa: S608
    " ON CONFLICT DO UPDATE SET count = count + excluded.count, total = total + excluded.total, "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _BUCKETS)
)
_SUM: Final = (
    "SELECT series_id, minutes,"  # noqa: S608 - names of our own
    " minute_ms - IIF(minutes = 1, (minute_ms - :t0) % :step, 0) AS begins,"
    f" SUM(count), SUM(total), {', '.join(f'SUM({name})' for name in _BUCKETS)}"
    " FROM metric_minute WHERE minute_ms >= :t0 AND minute_ms < :t1 AND series_id IN"
    " (SELECT id FROM metric_minute_series WHERE tenant = :tenant AND metric = :metric)"
    " GROUP BY series_id, minutes, begins"
)


def add(connection: sqlite3.Connection, tenant: str, minutes: Iterable[Minute]) -> None:
    """Add to what the minutes hold. Within the caller's transaction."""
    for one in minutes:
        padded = [*one.buckets, *[0] * (MOST_BUCKETS - len(one.buckets))]
        connection.execute(
            _ADD,
            (one.minute_ms, _series_id(connection, tenant, one), one.minutes, one.count, one.total,
             *padded),
        )  # fmt: skip


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
    asked = {"t0": t0_ms, "t1": t1_ms, "step": step_ms, "tenant": tenant, "metric": metric}
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for connection in connections:
        known = {
            pk: (from_text(labels), tuple(map(float, json.loads(bounds))))
            for pk, labels, bounds in connection.execute(
                "SELECT id, labels, bounds FROM metric_minute_series"
                " WHERE tenant = ? AND metric = ?",
                (tenant, metric),
            )
        }
        for pk, minutes, begins, *numbers in connection.execute(_SUM, asked):
            labels, bounds = known[pk]
            sums[labels, begins, minutes, bounds].append(numbers)
    return [_minute(metric, key, sums[key]) for key in sorted(sums)]


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


def _series_id(connection: sqlite3.Connection, tenant: str, minute: Minute) -> int:
    key = (tenant, minute.metric, to_text(minute.labels), json.dumps([*map(str, minute.bounds)]))
    columns = "tenant, metric, labels, bounds"
    connection.execute(
        f"INSERT OR IGNORE INTO metric_minute_series ({columns}) VALUES (?, ?, ?, ?)",  # noqa: S608
        key,
    )
    row = connection.execute(
        f"SELECT id FROM metric_minute_series WHERE ({columns}) = (?, ?, ?, ?)",  # noqa: S608
        key,
    ).fetchone()
    return int(row[0])


def _minute(metric: str, key: tuple[Any, ...], rows: Sequence[Any]) -> Minute:
    labels, begins, minutes, bounds = key
    count, total, *buckets = (sum(column) for column in zip(*rows, strict=True))
    return Minute(
        metric, labels, begins, count=count, total=total,
        bounds=bounds, buckets=tuple(buckets[: len(bounds)]), minutes=minutes,
    )  # fmt: skip
