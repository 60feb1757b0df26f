"""The segment that is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lms.observatory.store.content import digest_of, fold, texts_of
from lms.observatory.store.sqlite import files
from lms.observatory.store.sqlite.encoding import STATUSES, more_of, plain
from lms.observatory.store.sqlite.interning import Interned
from lms.observatory.store.sqlite.trace_row import COLUMNS, TraceRow, rows_of
from lms.observatory.store.sqlite_metrics import minutes
from lms.observatory.store.sqlite_metrics.writing import MetricWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lms.observatory.records import Batch, LogRecord, Span
    from lms.observatory.samples import Exemplar, Scrape
    from lms.observatory.store.metric_base import Limits, Written
    from lms.observatory.store.sqlite.earlier import Earlier
    from lms.observatory.store.sqlite.files import SegmentFile

_Key = tuple[str, bytes]
# Traces whose rows are kept in memory; the others are read again.
_MOST_TRACES: Final = 20_000

_SPAN: Final = "INSERT OR IGNORE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LINE: Final = """
    INSERT OR IGNORE INTO line (time_ns, digest, stream, trace, span_id, owner, course, said)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_TEXT: Final = "INSERT INTO line_text (rowid, text) VALUES (?, ?)"
_CHANGED: Final = (
    "start_ns", "end_ns", "span_count", "error_count", "name", "service", "named_ns", "named_by",
    "owner", "course", "has_root",
)  # fmt: skip
_TRACE: Final = (
    f"INSERT INTO trace ({COLUMNS}) VALUES ({', '.join('?' * 15)}) "  # noqa: S608
    "ON CONFLICT (id) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in _CHANGED)
)
_EXTENT: Final = """INSERT INTO extent VALUES (?, ?, ?, ?) ON CONFLICT (signal) DO UPDATE SET
    rows = rows + excluded.rows, oldest_ns = min(oldest_ns, excluded.oldest_ns),
    newest_ns = max(newest_ns, excluded.newest_ns)"""


class ActiveSegment:
    """Writes batches and scrapes into one file, inside a transaction that the keeper holds.

    earlier: the older segments, where a trace may have begun and a line may stand already.
    """

    def __init__(self, file: SegmentFile, earlier: Earlier, *, limits: Limits) -> None:
        self.file = file
        self._earlier = earlier
        self.connection = files.open_to_write(file.path)
        self._metrics = MetricWriter(
            self.connection, limits=limits, earlier_ms=earlier.last_scrape_ms
        )
        self.forget()

    def forget(self) -> None:
        """Begin anew after a transaction that failed: nothing in memory may outlive it."""
        self._metrics.forget()
        self._interned = Interned(self.connection)
        self._traces: dict[_Key, TraceRow] = {}
        self._changed: dict[int, TraceRow] = {}
        [(last,)] = self.connection.execute("SELECT ifnull(max(id), 0) FROM trace")
        self._last_trace = int(last)

    def close(self) -> None:
        """Move all out of the write-ahead log, unless a reader is at it, and close."""
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.connection.close()

    def store(self, batches: Sequence[Batch]) -> None:
        if len(self._traces) > _MOST_TRACES:
            self._traces.clear()
        self._fetch_traces(batches)
        span_times: list[int] = []
        line_times: list[int] = []
        for batch in batches:
            span_times += self._store_spans(batch)
            line_times += self._store_lines(batch)
        rows = [row.values(self._interned.word) for row in self._changed.values()]
        self.connection.executemany(_TRACE, rows)
        self._changed.clear()
        self.count_rows("traces", span_times)
        self.count_rows("logs", line_times)

    def append(self, scrape: Scrape) -> Written:
        """Add a scrape; see MetricKeeper.append."""
        written = self._metrics.append(scrape)
        if written.samples:
            time_ns = scrape.time_ms * 1_000_000
            extent = ("metrics", written.samples, time_ns, time_ns)
            self.connection.execute(_EXTENT, extent)
        return written

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        minutes.note(self.connection, tenant, exemplars)

    def pack(self) -> None:
        """Pack all samples, in a transaction of its own. Raises sqlite3.Error: none is packed."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self._metrics.seal()
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.rollback()
            self.forget()
            raise

    def count_rows(self, signal: str, times: Sequence[int]) -> None:
        """Note that rows of these times have been added."""
        if times:
            extent = (signal, len(times), min(times), max(times))
            self.connection.execute(_EXTENT, extent)

    def _store_spans(self, batch: Batch) -> Iterable[int]:
        for span in batch.spans:
            trace = self._traces[batch.tenant, bytes.fromhex(span.trace_id)]
            span_id = bytes.fromhex(span.span_id)
            if trace.carried and self._earlier.has_span(trace, span_id):
                continue
            if self._store_span(span, span_id, trace.id):
                trace.add(span, span_id)
                self._changed[trace.id] = trace
                yield span.start_ns

    def _store_span(self, span: Span, span_id: bytes, trace: int) -> bool:
        word, interned = self._interned.word, self._interned
        row = (
            trace, span_id, bytes.fromhex(span.parent_id) if span.parent_id else None,
            interned.operation(span), span.start_ns, span.duration_ns, STATUSES.index(span.status),
            word(span.owner), word(span.course), interned.attributes(span.attributes),
            more_of(span),
        )  # fmt: skip
        return self.connection.execute(_SPAN, row).rowcount > 0

    def _store_lines(self, batch: Batch) -> Iterable[int]:
        for line in batch.logs:
            digest = digest_of(batch.tenant, line)
            if self._earlier.has_line(line.time_ns, digest):
                continue
            done = self.connection.execute(_LINE, self._row_of(batch.tenant, line, digest))
            if done.rowcount > 0:
                texts = "\n".join(texts_of(line.body, line.event, line.attributes))
                self.connection.execute(_TEXT, (done.lastrowid, searched(texts)))
                yield line.time_ns

    def _row_of(self, tenant: str, line: LogRecord, digest: int) -> tuple[Any, ...]:
        interned = self._interned
        trace = self._traces[tenant, bytes.fromhex(line.trace_id)].id if line.trace_id else None
        body = None if line.body == line.event else line.body
        return (
            line.time_ns, digest, interned.stream(tenant, line), trace,
            bytes.fromhex(line.span_id) if line.span_id else None, interned.word(line.owner),
            interned.word(line.course), interned.values(line.attributes, body),
        )  # fmt: skip

    def _fetch_traces(self, batches: Sequence[Batch]) -> None:
        """Have the row of every trace that the batches name: from here, from earlier, or new."""
        missing = dict.fromkeys(key for key in _named(batches) if key not in self._traces)
        for row in rows_of(list(missing), self._read):
            self._traces[row.tenant, row.trace_id] = row
            missing.pop((row.tenant, row.trace_id))
        earlier = self._earlier.rows(list(missing))
        for tenant, trace_id in missing:
            self._last_trace += 1
            begun = earlier.get((tenant, trace_id))
            self._traces[tenant, trace_id] = self._changed[self._last_trace] = (
                begun.carried_over(self._last_trace)
                if begun else TraceRow(self._last_trace, trace_id, tenant)
            )  # fmt: skip

    def _read(self, where: str, values: Sequence[Any]) -> list[TraceRow]:
        rows = self.connection.execute(f"SELECT {COLUMNS} FROM trace WHERE {where}", values)  # noqa: S608
        return [TraceRow.read(row, self._word) for row in rows.fetchall()]

    def _word(self, number: int) -> str:
        if not number:
            return ""
        [(text,)] = self.connection.execute("SELECT text FROM word WHERE id = ?", (number,))
        return str(text)


def searched(texts: str) -> str:
    """Give the text as the index knows it. The index would end at a NUL."""
    return plain(fold(texts)).replace("\0", "\n")


def _named(batches: Sequence[Batch]) -> Iterable[_Key]:
    for batch in batches:
        for span in batch.spans:
            yield batch.tenant, bytes.fromhex(span.trace_id)
        for line in batch.logs:
            if line.trace_id:
                yield batch.tenant, bytes.fromhex(line.trace_id)
