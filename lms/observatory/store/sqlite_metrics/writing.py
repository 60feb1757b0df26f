"""Scrapes into one segment file. Nothing here begins or ends a transaction: the caller does."""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lms.observatory.samples import is_stale
from lms.observatory.store.metric_base import DEFAULT_LIMITS, LastScrape, Limits, Written
from lms.observatory.store.sqlite_metrics import chunk, codec, sealing
from lms.observatory.store.sqlite_metrics.labels import from_text, to_text
from lms.observatory.store.sqlite_metrics.minutes import Counting

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from lms.observatory.samples import Labels, Metadata, Scrape

SEAL_AT: Final = 240
"""Head rows of a target that are sealed together: an hour at 15 s."""


@dataclass(slots=True)
class _Target:
    """What is known of a target, so that a scrape like the last one asks the file for nothing."""

    pk: int
    last_ms: int
    head_rows: int
    series: int
    labels: tuple[Labels, ...] = ()
    refused: dict[str, int] = field(default_factory=dict)
    kept: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("q"))
    layouts: dict[bytes, int] = field(default_factory=dict)


class MetricWriter:
    """Writes to one connection, which must have the schema. One thread; forget() after a rollback.

    limits: see Limits. seal_at: see SEAL_AT. earlier_ms: gives the time of a tenant's target's
    last scrape in the segments before this one, 0 for none.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        limits: Limits = DEFAULT_LIMITS,
        seal_at: int = SEAL_AT,
        earlier_ms: Callable[[str, str], int] = lambda *_: 0,
    ) -> None:
        self._connection = connection
        self._earlier_ms = earlier_ms
        self._limits = limits
        self._seal_at = seal_at
        self._counting = Counting(connection)
        self.forget()

    def forget(self) -> None:
        """Believe nothing of what was read or written before."""
        self._counting.forget()
        self._targets: dict[tuple[str, str], _Target] = {}
        self._ids: dict[tuple[str, Labels], int] = {}
        self._said: dict[tuple[str, str], Metadata] = {}
        self._tenant_series: dict[str, int] = {}

    def append(self, scrape: Scrape) -> Written:
        """Add a scrape; see MetricKeeper.append."""
        target = self._target(scrape.tenant, scrape.target)
        if scrape.time_ms <= target.last_ms:
            return Written(0, {"too_old": len(scrape.samples)})
        self._lay_out(scrape, target)
        values = array("d", scrape.samples.values())
        if len(target.kept) < len(values):
            values = array("d", (values[at] for at in target.kept))
        self._connection.execute(
            "INSERT INTO metric_head VALUES (?, ?, ?, ?)",
            (target.pk, scrape.time_ms, self._layout(target), zlib.compress(values.tobytes(), 1)),
        )
        target.last_ms = scrape.time_ms
        target.head_rows += 1
        self._learn(scrape.tenant, scrape.metadata)
        self._counting.add(scrape.tenant, scrape.minutes)
        if target.head_rows >= self._seal_at:
            self._seal(target)
        return Written(len(values), dict(target.refused))

    def seal(self) -> None:
        """Turn all head rows into blocks, as a segment deserves to which nothing more is added."""
        for tenant, name in self._connection.execute(
            "SELECT tenant, name FROM metric_target"
        ).fetchall():
            self._seal(self._target(tenant, name))

    def _seal(self, target: _Target) -> None:
        sealing.seal(self._connection, target.pk)
        target.head_rows = 0
        target.layouts.clear()

    def _target(self, tenant: str, name: str) -> _Target:
        if (tenant, name) not in self._targets:
            self._targets[tenant, name] = self._load(tenant, name)
        return self._targets[tenant, name]

    def _load(self, tenant: str, name: str) -> _Target:
        execute = self._connection.execute
        execute("INSERT OR IGNORE INTO metric_target (tenant, name) VALUES (?, ?)", (tenant, name))
        (pk,) = execute(
            "SELECT id FROM metric_target WHERE tenant = ? AND name = ?", (tenant, name)
        ).fetchone()
        last_ms, head_rows = execute(
            "SELECT MAX(time_ms), COUNT(*) FROM metric_head WHERE target_id = ?", (pk,)
        ).fetchone()
        (sealed_ms,) = execute(
            "SELECT MAX(last_ms) FROM metric_block WHERE target_id = ?", (pk,)
        ).fetchone()
        (series,) = execute(
            "SELECT COUNT(*) FROM metric_series WHERE target_id = ?", (pk,)
        ).fetchone()
        last_ms = max(last_ms or 0, sealed_ms or 0) or self._earlier_ms(tenant, name)
        return _Target(pk, last_ms, head_rows, series)

    def _lay_out(self, scrape: Scrape, target: _Target) -> None:
        """Work out which series the values belong to, and which have no room."""
        labels = tuple(scrape.samples)
        if labels == target.labels and not target.refused:
            return
        refused: Counter[str] = Counter()
        kept, ids = array("q"), array("q")
        for at, one in enumerate(labels):
            found = self._series_id(scrape.tenant, one, target)
            if isinstance(found, str):
                refused[found] += 1
            else:
                kept.append(at)
                ids.append(found)
        target.labels, target.refused = labels, dict(refused)
        target.kept, target.ids = kept, ids

    def _series_id(self, tenant: str, labels: Labels, target: _Target) -> int | str:
        """Give the series' id, made where it is new, or the reason why there is no room for it."""
        key = (tenant, labels)
        if key in self._ids:
            return self._ids[key]
        text = to_text(labels)
        found = self._connection.execute(
            "SELECT id FROM metric_series WHERE tenant = ? AND labels = ?", (tenant, text)
        ).fetchone()
        if found is None:
            if target.series >= self._limits.of_target:
                return "target_limit"
            if self._count_of(tenant) >= self._limits.of_tenant:
                return "tenant_limit"
            found = (self._make_series(tenant, labels, text, target),)
        self._ids[key] = int(found[0])
        return self._ids[key]

    def _make_series(self, tenant: str, labels: Labels, text: str, target: _Target) -> int:
        cursor = self._connection.execute(
            "INSERT INTO metric_series (tenant, labels, target_id) VALUES (?, ?, ?)",
            (tenant, text, target.pk),
        )
        pk = cursor.lastrowid
        assert pk is not None  # noqa: S101 - an INSERT has one
        self._connection.executemany(
            "INSERT INTO metric_label VALUES (?, ?, ?, ?)",
            ((tenant, name, value, pk) for name, value in labels),
        )
        target.series += 1
        self._tenant_series[tenant] = self._count_of(tenant) + 1
        return pk

    def _count_of(self, tenant: str) -> int:
        if tenant not in self._tenant_series:
            (count,) = self._connection.execute(
                "SELECT COUNT(*) FROM metric_series WHERE tenant = ?", (tenant,)
            ).fetchone()
            self._tenant_series[tenant] = count
        return self._tenant_series[tenant]

    def _layout(self, target: _Target) -> int:
        key = target.ids.tobytes()
        if key not in target.layouts:
            coded = codec.encode_whole(target.ids) if target.ids else b""
            cursor = self._connection.execute(
                "INSERT INTO metric_layout (target_id, series_ids) VALUES (?, ?)",
                (target.pk, coded),
            )
            assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
            target.layouts[key] = cursor.lastrowid
        return target.layouts[key]

    def _learn(self, tenant: str, metadata: Iterable[Metadata]) -> None:
        news = [one for one in metadata if self._said.get((tenant, one.metric)) != one]
        self._connection.executemany(
            "INSERT OR REPLACE INTO metric_metadata VALUES (?, ?, ?, ?, ?)",
            ((tenant, one.metric, one.kind, one.help, one.unit) for one in news),
        )
        self._said |= {(tenant, one.metric): one for one in news}


def last_scrape(connection: sqlite3.Connection, tenant: str, target: str) -> LastScrape | None:
    """Give the newest samples of a target in this segment."""
    with sealing.damage_noticed(connection):
        return _last_scrape(connection, tenant, target)


def _last_scrape(connection: sqlite3.Connection, tenant: str, target: str) -> LastScrape | None:
    found = connection.execute(
        "SELECT id FROM metric_target WHERE tenant = ? AND name = ?", (tenant, target)
    ).fetchone()
    if found is None:
        return None
    head = connection.execute(
        "SELECT time_ms, series_ids, sample_values FROM metric_head"
        " JOIN metric_layout ON metric_layout.id = layout_id"
        " WHERE metric_head.target_id = ? ORDER BY time_ms DESC LIMIT 1",
        found,
    ).fetchone()
    if head is not None:
        time_ms, ids, packed = head
        by_id = dict(zip(sealing.ids_of(ids), sealing.values_of(packed), strict=True))
        return LastScrape(time_ms, _alive(connection, found[0], by_id))
    block = connection.execute(
        "SELECT id, last_ms, times FROM metric_block WHERE target_id = ?"
        " ORDER BY last_ms DESC LIMIT 1",
        found,
    ).fetchone()
    if block is None:
        return None
    return LastScrape(block[1], _alive(connection, found[0], _ends(connection, found[0], block)))


def _ends(
    connection: sqlite3.Connection, target_id: int, block: tuple[int, int, bytes]
) -> dict[int, float]:
    """Give the values at the block's last time."""
    block_id, _, times = block
    last = len(sealing.times_of(times)) - 1
    found = {}
    for series_id, count, data in connection.execute(
        "SELECT series_id, samples, data FROM metric_series"
        " JOIN metric_chunk ON series_id = metric_series.id AND block_id = ? WHERE target_id = ?",
        (block_id, target_id),
    ):
        runs, values = chunk.decode(data, count)
        if sum(runs[-1]) - 1 == last:
            found[series_id] = values[-1]
    return found


def _alive(
    connection: sqlite3.Connection, target_id: int, by_id: dict[int, float]
) -> dict[Labels, float]:
    rows = connection.execute(
        "SELECT id, labels FROM metric_series WHERE target_id = ?", (target_id,)
    )
    return {
        from_text(text): by_id[pk] for pk, text in rows if pk in by_id and not is_stale(by_id[pk])
    }


def last_scrape_ms(connection: sqlite3.Connection, tenant: str, target: str) -> int:
    """Give the time of a target's newest scrape in this segment, 0 for none."""
    (last_ms,) = connection.execute(
        "SELECT max("
        " ifnull((SELECT max(time_ms) FROM metric_head WHERE target_id = metric_target.id), 0),"
        " ifnull((SELECT max(last_ms) FROM metric_block WHERE target_id = metric_target.id), 0))"
        " FROM metric_target WHERE tenant = ? AND name = ?",
        (tenant, target),
    ).fetchone() or (0,)
    return int(last_ms)
