"""The tables of one segment.

Whoever keeps another signal in the segments adds the name of a script to SCRIPTS: each is run when
a segment is opened for writing, so every statement says IF NOT EXISTS, and a segment that an older
version began gets the new tables too. Its rows are written inside SqliteKeeper.transaction(), read
through Shelf.snapshot(), and counted in `extent` (count_rows in active.py), from which a store's
state is told. Tables never refer to another segment's: a segment ends by being unlinked.
"""

from typing import Final

from lms.observatory.store.sqlite_metrics.schema import SCHEMA as _METRICS

# Every text that repeats stands once in `word`; 0 is "". `fact` holds attribute sets that repeat
# and the names of attributes ("shapes"), see encoding.py.
_WORDS: Final = """
CREATE TABLE IF NOT EXISTS word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS fact (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS extent (
    signal TEXT PRIMARY KEY, rows INTEGER NOT NULL, oldest_ns INTEGER NOT NULL,
    newest_ns INTEGER NOT NULL
) WITHOUT ROWID;
"""

# trace: one row of each trace that a span or a line of this segment names. It says what all spans
# in this segment AND in older ones say together; `carried` marks that there is an older piece. So
# the newest row of a trace is the whole truth. span_count 0: only lines have come.
# named_ns, named_by: start and id of the span that gave the trace its name.
# span: clustered by trace, so that a trace is read in one go and duplicates collide.
_TRACES: Final = """
CREATE TABLE IF NOT EXISTS trace (
    id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, tenant INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    span_count INTEGER NOT NULL, error_count INTEGER NOT NULL,
    name INTEGER NOT NULL, service INTEGER NOT NULL,
    named_ns INTEGER NOT NULL, named_by BLOB NOT NULL,
    owner INTEGER NOT NULL, course INTEGER NOT NULL,
    has_root INTEGER NOT NULL, carried INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS trace_by_id ON trace (trace_id, tenant);
CREATE INDEX IF NOT EXISTS trace_by_time ON trace (tenant, start_ns) WHERE span_count > 0;
CREATE INDEX IF NOT EXISTS trace_by_owner ON trace (owner, start_ns) WHERE owner > 0;
CREATE INDEX IF NOT EXISTS trace_carried ON trace (tenant) WHERE carried > 0;
CREATE TABLE IF NOT EXISTS operation (
    id INTEGER PRIMARY KEY, name INTEGER NOT NULL, kind INTEGER NOT NULL, scope INTEGER NOT NULL,
    resource INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS span (
    trace INTEGER NOT NULL, span_id BLOB NOT NULL, parent BLOB, operation INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL, status INTEGER NOT NULL,
    owner INTEGER NOT NULL, course INTEGER NOT NULL, attributes, more BLOB,
    PRIMARY KEY (trace, span_id)
) WITHOUT ROWID;
"""

# stream: the lines of one tenant, severity, logger, event and process. Every filter but text, trace
# and time chooses streams, so one index serves them all.
# line_text: what texts_of() gives, folded, to be verified against the line itself. Rows of both go
# by arrival.
_LINES: Final = """
CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, severity INTEGER NOT NULL,
    logger INTEGER NOT NULL, event INTEGER NOT NULL, resource INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS line (
    id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, digest INTEGER NOT NULL,
    stream INTEGER NOT NULL, trace INTEGER, span_id BLOB,
    owner INTEGER NOT NULL, course INTEGER NOT NULL, said BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS line_by_time ON line (time_ns, digest);
CREATE INDEX IF NOT EXISTS line_by_stream ON line (stream, time_ns);
CREATE INDEX IF NOT EXISTS line_by_trace ON line (trace) WHERE trace IS NOT NULL;
CREATE INDEX IF NOT EXISTS line_by_owner ON line (owner) WHERE owner > 0;
CREATE VIRTUAL TABLE IF NOT EXISTS line_text USING fts5 (
    text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1'
);
"""

SCRIPTS: Final = (_WORDS, _TRACES, _LINES, _METRICS)
