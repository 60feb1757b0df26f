"""The tables of metrics within one segment file.

A head row is one scrape of one target: its values in the order of a layout, the list of its series,
which stays the same from scrape to scrape. Some hundred of them are sealed into a block: the times
once, and one chunk of values for each series.
"""

from typing import Final

MOST_BUCKETS: Final = 16
"""Of a histogram that is counted by the minute."""

STEPS_MINUTES: Final = (1, 5, 60)
"""What is counted by the minute is counted by these steps too: a day is drawn from 5 minutes' rows,
a month from an hour's."""

SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS metric_target (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (tenant, name)
);
CREATE TABLE IF NOT EXISTS metric_series (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, labels TEXT NOT NULL,
    target_id INTEGER NOT NULL REFERENCES metric_target, UNIQUE (tenant, labels)
);
CREATE INDEX IF NOT EXISTS metric_series_target ON metric_series (target_id);
CREATE TABLE IF NOT EXISTS metric_label (
    tenant TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    series_id INTEGER NOT NULL REFERENCES metric_series,
    PRIMARY KEY (tenant, name, value, series_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric_layout (
    id INTEGER PRIMARY KEY, target_id INTEGER NOT NULL REFERENCES metric_target,
    series_ids BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS metric_head (
    target_id INTEGER NOT NULL REFERENCES metric_target, time_ms INTEGER NOT NULL,
    layout_id INTEGER NOT NULL REFERENCES metric_layout, sample_values BLOB NOT NULL,
    PRIMARY KEY (target_id, time_ms)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric_block (
    id INTEGER PRIMARY KEY, target_id INTEGER NOT NULL REFERENCES metric_target,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL CHECK (first_ms <= last_ms),
    times BLOB NOT NULL, UNIQUE (target_id, first_ms)
);
CREATE TABLE IF NOT EXISTS metric_chunk (
    series_id INTEGER NOT NULL REFERENCES metric_series,
    block_id INTEGER NOT NULL REFERENCES metric_block,
    samples INTEGER NOT NULL CHECK (samples > 0), data BLOB NOT NULL,
    PRIMARY KEY (series_id, block_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric_metadata (
    tenant TEXT NOT NULL, metric TEXT NOT NULL, kind TEXT NOT NULL, help TEXT NOT NULL,
    unit TEXT NOT NULL, PRIMARY KEY (tenant, metric)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric_counted (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, metric TEXT NOT NULL, UNIQUE (tenant, metric)
);
CREATE TABLE IF NOT EXISTS metric_counted_series (
    id INTEGER PRIMARY KEY, counted_id INTEGER NOT NULL REFERENCES metric_counted,
    labels TEXT NOT NULL, bounds TEXT NOT NULL, UNIQUE (counted_id, labels, bounds)
);
CREATE TABLE IF NOT EXISTS metric_count (
    counted_id INTEGER NOT NULL REFERENCES metric_counted,
    step_minutes INTEGER NOT NULL CHECK (step_minutes IN ({", ".join(map(str, STEPS_MINUTES))})),
    begins_ms INTEGER NOT NULL CHECK (begins_ms % 60000 = 0),
    series_id INTEGER NOT NULL REFERENCES metric_counted_series,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    count INTEGER NOT NULL, total REAL NOT NULL,
    {", ".join(f"b{at} INTEGER NOT NULL DEFAULT 0" for at in range(MOST_BUCKETS))},
    PRIMARY KEY (counted_id, step_minutes, begins_ms, series_id, minutes)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric_exemplar (
    tenant TEXT NOT NULL, metric TEXT NOT NULL, minute_ms INTEGER NOT NULL, labels TEXT NOT NULL,
    trace_id TEXT NOT NULL, duration_ns INTEGER NOT NULL,
    PRIMARY KEY (tenant, metric, minute_ms, labels)
) WITHOUT ROWID;
"""
