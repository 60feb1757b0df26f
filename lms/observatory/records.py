"""The telemetry that people look at: frozen records, the same whatever sent or stored them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AttributeValue = str | int | float | bool | tuple[str | int | float | bool, ...]
SpanKind = Literal["internal", "server", "client", "producer", "consumer"]
SpanStatus = Literal["unset", "ok", "error"]

# The tenant that the site's own processes write to.
SITE: Final = "site"
NOTHING: Final[Mapping[str, AttributeValue]] = MappingProxyType({})

# Severity numbers at which OpenTelemetry's levels begin; source: logs data model.
DEBUG: Final = 5
INFO: Final = 9
WARNING: Final = 13
ERROR: Final = 17
FATAL: Final = 21


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened at one moment of a span. time_ns: Unix nanoseconds."""

    time_ns: int
    name: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class SpanLink:
    """Another span that this one has to do with. Ids as in Span."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class Span:
    """One OTLP span.

    trace_id: 32 lower-case hex digits. span_id, parent_id: 16; parent_id "" at a root.
    start_ns: Unix nanoseconds. duration_ns: 0 or more.
    resource: attributes of the process that made it. scope: the instrumentation's name.
    owner, course: whose work it shows (a pseudonym) and of which course (a slug), "" when unknown;
    believed from the site's own key only, and then no longer among the attributes.
    Source: opentelemetry-proto, trace/v1/trace.proto.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    duration_ns: int
    kind: SpanKind = "internal"
    status: SpanStatus = "unset"
    status_message: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: NOTHING)
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    resource: Mapping[str, AttributeValue] = field(default_factory=lambda: NOTHING)
    scope: str = ""
    owner: str = ""
    course: str = ""

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.duration_ns

    @property
    def service(self) -> str:
        """The service's name, "unknown_service" as OpenTelemetry says when it was not given."""
        return str(self.resource.get("service.name", "unknown_service"))

    @property
    def is_computed(self) -> bool:
        """Claim that nobody ran it: it was worked out from rows, and is marked so."""
        return self.attributes.get("watchers.computed") is True


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One OTLP log record.

    time_ns: Unix nanoseconds. severity: 1 to 24, 0 when not given. event: the event's name, "" for
    lines that have none; body: its text. logger: the name of what wrote it. trace_id, span_id: as
    in Span, "" outside any span. owner, course: as in Span.
    Source: opentelemetry-proto, logs/v1/logs.proto.
    """

    time_ns: int
    severity: int
    body: str
    event: str = ""
    logger: str = ""
    trace_id: str = ""
    span_id: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: NOTHING)
    resource: Mapping[str, AttributeValue] = field(default_factory=lambda: NOTHING)
    owner: str = ""
    course: str = ""

    @property
    def service(self) -> str:
        return str(self.resource.get("service.name", "unknown_service"))

    @property
    def level(self) -> Literal["debug", "info", "warning", "error"]:
        """The level in the site's words; trace counts as debug, fatal as error."""
        if self.severity >= ERROR:
            return "error"
        if self.severity >= WARNING:
            return "warning"
        return "info" if self.severity >= INFO or not self.severity else "debug"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sender handed over at once; it is stored whole or not at all."""

    tenant: str
    spans: Sequence[Span] = ()
    logs: Sequence[LogRecord] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A stored trace. spans: by start, each id once. owner, course: as in Span, of the whole.

    has_root: a span without parent has arrived; before that nobody knows whose trace it is.
    is_cut: there were more spans than are given.
    """

    trace_id: str
    spans: tuple[Span, ...]
    owner: str = ""
    course: str = ""
    has_root: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A line of a list of traces. name, service: of the root, or of the first span without one.

    end_ns: of the span that ended last. span_count, error_count: what has arrived.
    """

    trace_id: str
    name: str
    service: str
    start_ns: int
    end_ns: int
    span_count: int
    error_count: int
    owner: str = ""
    course: str = ""
    has_root: bool = False

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Drop:
    """What did not become a row. signal: traces, logs or metrics. since_ns, until_ns: when."""

    signal: str
    reason: str
    count: int
    since_ns: int
    until_ns: int


@dataclass(frozen=True, slots=True)
class SignalState:
    """How much of a signal is stored. oldest_ns: 0 when there is none."""

    rows: int
    oldest_ns: int
    newest_ns: int


@dataclass(frozen=True, slots=True)
class StoreState:
    """What a store knows of itself.

    metrics: its rows are samples. drops: what became no row, series beyond the limits among it.
    up: when the collector ran, (since_ns, last_seen_ns) a run, oldest first. size_bytes: on disk.
    """

    spans: SignalState
    logs: SignalState
    metrics: SignalState
    size_bytes: int
    segments: int
    drops: tuple[Drop, ...] = ()
    up: tuple[tuple[int, int], ...] = ()
