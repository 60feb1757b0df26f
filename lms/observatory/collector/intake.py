"""One request's records, checked: what is kept, what is rejected and why, what was changed.

The two decoders hand over what they read; nothing here knows an encoding.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from lms.observatory.collector import limits
from lms.observatory.collector.values import Cleaner
from lms.observatory.records import (
    SITE,
    Batch,
    LogRecord,
    Span,
    SpanEvent,
    SpanKind,
    SpanLink,
    SpanStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lms.observatory.collector.values import Raw
    from lms.observatory.records import AttributeValue

    Attributes = Mapping[str, AttributeValue]

_KINDS: Final[tuple[SpanKind, ...]] = (
    "internal", "internal", "server", "client", "producer", "consumer",
)  # fmt: skip
_STATUSES: Final[tuple[SpanStatus, ...]] = ("unset", "ok", "error")
_SEVERITY_MAX: Final = 24
_NO_TRACE: Final = bytes(16)
_NO_SPAN: Final = bytes(8)
_FUTURE_NS: Final = int(limits.FUTURE_MAX.total_seconds()) * 10**9

# Why a record is rejected; the words are labels of collector_records_rejected_total.
REASONS: Final = {
    "bad_id": "trace ids have 16 bytes and span ids 8, not all zero",
    "bad_time": "a span ends before it begins",
    "in_future": "its time lies more than 10 minutes ahead",
    "too_old": "its time lies before what is kept",
    "too_large": f"it has more than {limits.RECORD_MAX_BYTES} bytes",
    "too_many": f"one request may hold {limits.RECORDS_MAX} records",
    "by_scrape": "metrics are not taken over OTLP; they are fetched by scrape from /metrics",
}
_NOTES: Final = {
    "cut": "texts were cut to their longest length",
    "cleaned": "texts were cleaned of control characters",
    "left_out": "attributes, list items, events or links were left out: too many, or unreadable",
    "unlinked": "lines were kept without their trace and span ids, which are no ids",
}


class RawEvent(NamedTuple):
    time_ns: int
    name: str
    attributes: Sequence[tuple[str, Raw]]


class RawSpan(NamedTuple):
    """A span as a decoder read it: ids as bytes, enums as numbers, times in Unix nanoseconds."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status: int
    status_message: str
    attributes: Sequence[tuple[str, Raw]]
    events: Sequence[RawEvent]
    links: Sequence[tuple[bytes, bytes]]


class RawLine(NamedTuple):
    """A log record as a decoder read it; observed_ns: when somebody first saw it."""

    time_ns: int
    observed_ns: int
    severity: int
    body: Raw
    event: str
    trace_id: bytes
    span_id: bytes
    attributes: Sequence[tuple[str, Raw]]


class Intake:
    """Takes the records of one request of one tenant.

    now_ns: the time against which ages are measured. oldest_ns: what began before is not kept.
    """

    def __init__(self, tenant: str, *, now_ns: int, oldest_ns: int) -> None:
        self._tenant = tenant
        self._is_site = tenant == SITE
        self._now_ns = now_ns
        self._oldest_ns = oldest_ns
        self._newest_ns = now_ns + _FUTURE_NS
        self._notes: Counter[str] = Counter()
        self._cleaner = Cleaner(self._notes)
        self._spans: list[Span] = []
        self._lines: list[LogRecord] = []
        self._seen = 0
        self.rejected: Counter[str] = Counter()

    @property
    def batch(self) -> Batch:
        return Batch(self._tenant, spans=self._spans, logs=self._lines)

    @property
    def kept(self) -> int:
        return len(self._spans) + len(self._lines)

    @property
    def is_full(self) -> bool:
        """Claim that as many records came as one request may hold, kept or not."""
        return self._seen >= limits.RECORDS_MAX

    @property
    def message(self) -> str:
        """Say why records were rejected and what was changed in others; "" when all was well."""
        told = [f"{count} rejected: {REASONS[why]}." for why, count in self.rejected.items()]
        told += [f"{count} {_NOTES[what]}." for what, count in self._notes.items()]
        return " ".join(told)

    def reject(self, reason: str, count: int = 1) -> None:
        self.rejected[reason] += count
        self._seen += count

    def resource(self, pairs: Sequence[tuple[str, Raw]]) -> Attributes:
        return self._cleaner.attributes(pairs, limits.ATTRIBUTES_MAX)

    def scope(self, name: str) -> str:
        return self._cleaner.text(name, limits.NAME_MAX)

    def take_span(self, raw: RawSpan, resource: Attributes, scope: str) -> None:
        if why := self._why_not(raw):
            self.reject(why)
            return
        self._seen += 1
        clean = self._cleaner
        attributes = clean.attributes(raw.attributes, limits.ATTRIBUTES_MAX)
        owner, course = self._whose(attributes, "watchers.owner", "watchers.course")
        self._spans.append(
            Span(
                trace_id=raw.trace_id.hex(),
                span_id=raw.span_id.hex(),
                # Some senders write zeroes for "none".
                parent_id="" if raw.parent_id == _NO_SPAN else raw.parent_id.hex(),
                name=clean.text(raw.name, limits.NAME_MAX),
                start_ns=raw.start_ns,
                duration_ns=raw.end_ns - raw.start_ns,
                kind=_KINDS[raw.kind] if 0 <= raw.kind < len(_KINDS) else "internal",
                status=_STATUSES[raw.status] if 0 <= raw.status < len(_STATUSES) else "unset",
                status_message=clean.text(raw.status_message, limits.VALUE_MAX),
                attributes=attributes,
                events=self._events(raw.events) if raw.events else (),
                links=self._links(raw.links) if raw.links else (),
                resource=resource,
                scope=scope,
                owner=owner,
                course=course,
            )
        )

    def take_line(self, raw: RawLine, resource: Attributes, scope: str) -> None:
        # The standard's order: when it happened, else when it was seen; we see it now.
        time_ns = raw.time_ns or raw.observed_ns or self._now_ns
        if why := self._why_not_at(time_ns):
            self.reject(why)
            return
        self._seen += 1
        clean = self._cleaner
        attributes = clean.attributes(raw.attributes, limits.ATTRIBUTES_MAX)
        owner, course = self._whose(attributes, "pseudonym", "course")
        trace_id, span_id = self._ids_of_line(raw)
        self._lines.append(
            LogRecord(
                time_ns=time_ns,
                severity=raw.severity if 0 <= raw.severity <= _SEVERITY_MAX else 0,
                body=clean.body(raw.body, limits.BODY_TEXT_MAX),
                event=clean.text(raw.event, limits.NAME_MAX),
                # Our own lines carry their logger's name beside the others' place for it.
                logger=scope or _taken(attributes, "logger"),
                trace_id=trace_id,
                span_id=span_id,
                attributes=attributes,
                resource=resource,
                owner=owner,
                course=course,
            )
        )

    def _whose(
        self, attributes: dict[str, AttributeValue], owner: str, course: str
    ) -> tuple[str, str]:
        """Take owner and course out of the attributes; of strangers they are not believed."""
        if not self._is_site:
            return "", ""
        return _taken(attributes, owner), _taken(attributes, course)

    def _why_not(self, raw: RawSpan) -> str:
        """Give the reason for which a span is rejected, "" for none."""
        if (
            len(raw.trace_id) != len(_NO_TRACE)
            or len(raw.span_id) != len(_NO_SPAN)
            or raw.trace_id == _NO_TRACE
            or raw.span_id == _NO_SPAN
            or len(raw.parent_id) not in {0, len(_NO_SPAN)}
        ):
            return "bad_id"
        if raw.end_ns < raw.start_ns:
            return "bad_time"
        return self._why_not_at(raw.start_ns) or self._why_not_at(raw.end_ns)

    def _why_not_at(self, time_ns: int) -> str:
        if time_ns > self._newest_ns:
            return "in_future"
        if time_ns < self._oldest_ns:
            return "too_old"
        return "too_many" if self.is_full else ""

    def _ids_of_line(self, raw: RawLine) -> tuple[str, str]:
        """Give both ids, or none: a line whose ids are no ids counts as one without a trace."""
        if not raw.trace_id:
            return "", ""
        if len(raw.trace_id) != len(_NO_TRACE) or raw.trace_id == _NO_TRACE:
            self._notes["unlinked"] += raw.trace_id != _NO_TRACE
            return "", ""
        has_span = len(raw.span_id) == len(_NO_SPAN) and raw.span_id != _NO_SPAN
        return raw.trace_id.hex(), raw.span_id.hex() if has_span else ""

    def _events(self, given: Sequence[RawEvent]) -> tuple[SpanEvent, ...]:
        clean = self._cleaner
        kept = [
            one
            for one in given[: limits.EVENTS_MAX]
            if self._oldest_ns <= one.time_ns <= self._newest_ns
        ]
        self._leave_out(len(given) - len(kept))
        return tuple(
            SpanEvent(
                one.time_ns,
                clean.text(one.name, limits.NAME_MAX),
                clean.attributes(one.attributes, limits.ATTRIBUTES_MAX),
            )
            for one in kept
        )

    def _links(self, given: Sequence[tuple[bytes, bytes]]) -> tuple[SpanLink, ...]:
        kept = [
            SpanLink(trace_id.hex(), span_id.hex())
            for trace_id, span_id in given[: limits.LINKS_MAX]
            if len(trace_id) == len(_NO_TRACE) and len(span_id) == len(_NO_SPAN)
        ]
        self._leave_out(len(given) - len(kept))
        return tuple(kept)

    def _leave_out(self, count: int) -> None:
        if count:
            self._notes["left_out"] += count


def _taken(attributes: dict[str, AttributeValue], key: str) -> str:
    """Take a text out of the attributes; what is no text stays among them."""
    value = attributes.get(key)
    if not isinstance(value, str):
        return ""
    del attributes[key]
    return value
