"""Traces and lines in this process's memory: for tests, and the plainest reading of the rules."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from lms.observatory.records import SignalState, StoreState, Trace, TraceSummary
from lms.observatory.store import metric_memory
from lms.observatory.store.base import (
    MOST_LINES,
    MOST_SILENCE_NS,
    MOST_SPANS,
    MOST_TRACES,
    LogPage,
    TracePage,
)
from lms.observatory.store.content import digest_of, fold, is_said
from lms.observatory.store.metric_memory import MemoryMetricStore
from lms.observatory.store.ownership import is_line_visible, ownership_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lms.observatory.records import Batch, Drop, LogRecord, Span
    from lms.observatory.samples import Exemplar, Scrape
    from lms.observatory.store.base import LogQuery, TraceQuery
    from lms.observatory.store.metric_base import LastScrape, Written
    from lms.observatory.viewing import Viewer


class MemoryStore:
    """Reader and keeper in one. It forgets nothing by itself. metrics: where scrapes go."""

    def __init__(self, metrics: MemoryMetricStore | None = None) -> None:
        self.metrics = metrics or MemoryMetricStore()
        self._lock = threading.Lock()
        self._spans: dict[tuple[str, str], dict[str, Span]] = {}
        self._lines: dict[str, list[LogRecord]] = {}
        self._known: set[tuple[int, int]] = set()
        self._drops: list[Drop] = []
        self._up: list[tuple[int, int]] = []

    def write(self, batches: Sequence[Batch]) -> None:
        with self._lock:
            for batch in batches:
                for span in batch.spans:
                    spans = self._spans.setdefault((batch.tenant, span.trace_id), {})
                    spans.setdefault(span.span_id, span)
                lines = self._lines.setdefault(batch.tenant, [])
                lines += [line for line in batch.logs if self._is_new(batch.tenant, line)]

    def clear(self) -> None:
        """Forget everything."""
        self.metrics.clear()
        with self._lock:
            self._spans, self._lines, self._known, self._drops, self._up = {}, {}, set(), [], []

    def append(self, scrape: Scrape) -> Written:
        return self.metrics.append(scrape)

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        self.metrics.note_exemplars(tenant, exemplars)

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        return self.metrics.last_scrape(tenant, target)

    def note_drops(self, drops: Sequence[Drop]) -> None:
        self._drops += drops

    def beat(self, now_ns: int) -> None:
        if not self._up or now_ns - self._up[-1][1] > MOST_SILENCE_NS:
            self._up.append((now_ns, now_ns))
        self._up[-1] = (self._up[-1][0], now_ns)

    def expire(self, now_ns: int) -> int:  # noqa: ARG002 - the protocol's
        return 0

    def close(self) -> None:
        """Leave what is in memory to its readers."""

    def trace(self, viewer: Viewer, trace_id: str) -> Trace | None:
        whole = self._whole(viewer, trace_id)
        if whole is None or len(whole.spans) <= MOST_SPANS:
            return whole
        return replace(whole, spans=whole.spans[:MOST_SPANS], is_cut=True)

    def traces(self, viewer: Viewer, query: TraceQuery) -> TracePage:
        with self._lock:
            ids = [trace_id for tenant, trace_id in self._spans if tenant == viewer.tenant]
        seen = (self._whole(viewer, trace_id) for trace_id in ids)
        found = [_summary(trace) for trace in seen if trace is not None]
        kept = [one for one in found if _fits(one, query) and _key(one) < _cursor(query.before)]
        kept.sort(key=_key, reverse=True)
        limit = max(1, min(query.limit, MOST_TRACES))
        more = f"{kept[limit - 1].start_ns}-{kept[limit - 1].trace_id}" if kept[limit:] else ""
        return TracePage(traces=tuple(kept[:limit]), next=more)

    def logs(self, viewer: Viewer, query: LogQuery) -> LogPage:
        with self._lock:
            lines = list(enumerate(self._lines.get(viewer.tenant, ())))
        found = {
            (line.time_ns, f"{at:012}"): line
            for at, line in lines
            if self._shows(viewer, line, query)
        }
        kept = sorted((key for key in found if key < _cursor(query.before)), reverse=True)
        limit = max(1, min(query.limit, MOST_LINES))
        more = "{}-{}".format(*kept[limit - 1]) if kept[limit:] else ""
        return LogPage(lines=tuple(found[key] for key in kept[:limit]), next=more)

    def state(self) -> StoreState:
        with self._lock:
            spans = [span.start_ns for kept in self._spans.values() for span in kept.values()]
            lines = [line.time_ns for kept in self._lines.values() for line in kept]
        return StoreState(
            spans=_state(spans), logs=_state(lines), metrics=self.metrics.state(), size_bytes=0,
            segments=1, drops=tuple(self._drops), up=tuple(self._up),
        )  # fmt: skip

    def _whole(self, viewer: Viewer, trace_id: str) -> Trace | None:
        with self._lock:
            spans = list(self._spans.get((viewer.tenant, trace_id), {}).values())
        whose = ownership_of(spans)
        if not spans or not whose.is_visible_to(viewer):
            return None
        return Trace(
            trace_id=trace_id,
            spans=tuple(sorted(spans, key=lambda span: (span.start_ns, span.span_id))),
            owner=whose.owner,
            course=whose.course,
            has_root=whose.has_root,
        )

    def _is_new(self, tenant: str, line: LogRecord) -> bool:
        key = (line.time_ns, digest_of(tenant, line))
        is_new = key not in self._known
        self._known.add(key)
        return is_new

    def _shows(self, viewer: Viewer, line: LogRecord, query: LogQuery) -> bool:
        if not (query.since_ns <= line.time_ns < query.until_ns):
            return False
        with self._lock:
            spans = list(self._spans.get((viewer.tenant, line.trace_id), {}).values())
        whose = ownership_of(spans) if spans else None
        return is_line_visible(line, whose, viewer) and _matches(line, query)


def _matches(line: LogRecord, query: LogQuery) -> bool:
    return (
        line.severity >= query.least_severity
        and query.trace_id in {"", line.trace_id}
        and query.service in {"", line.service}
        and query.event in {"", line.event}
        and (not query.logger or f"{line.logger}.".startswith(f"{query.logger}."))
        and is_said(fold(query.text), line)
    )


def _summary(trace: Trace) -> TraceSummary:
    first = next((span for span in trace.spans if not span.parent_id), trace.spans[0])
    return TraceSummary(
        trace_id=trace.trace_id,
        name=first.name,
        service=first.service,
        start_ns=trace.spans[0].start_ns,
        end_ns=max(span.end_ns for span in trace.spans),
        span_count=len(trace.spans),
        error_count=sum(span.status == "error" for span in trace.spans),
        owner=trace.owner,
        course=trace.course,
        has_root=trace.has_root,
    )


def _fits(one: TraceSummary, query: TraceQuery) -> bool:
    return (
        query.since_ns <= one.start_ns < query.until_ns
        and query.name in {"", one.name}
        and query.service in {"", one.service}
        and one.duration_ns >= query.least_ns
        and (one.error_count > 0 or not query.only_errors)
    )


def _key(one: TraceSummary) -> tuple[int, str]:
    return one.start_ns, one.trace_id


def _cursor(before: str) -> tuple[float, str]:
    """Give the place of the last item of the page before; infinity at first or when unreadable."""
    time, _, rest = before.partition("-")
    return (int(time), rest) if time.isdecimal() else (float("inf"), "")


def _state(times: Iterable[int]) -> SignalState:
    known = sorted(times)
    return SignalState(len(known), known[0] if known else 0, known[-1] if known else 0)


_shared = MemoryStore(metric_memory.shared())


def shared() -> MemoryStore:
    """Give this process's store."""
    return _shared
