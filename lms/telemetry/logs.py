"""One chain for every log line: ours through structlog, everyone else's through the root handler.

A line is redacted before any output sees it. The outputs are the standard output (JSON, or for
people when it is a terminal) and, when a pipeline runs, OTLP.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog
from opentelemetry import trace

from lms.telemetry.foreign import as_event
from lms.telemetry.redaction import CHAIN_KEYS, KEYS, REMOVED, clean, facts_of

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.resources import Resource

Event = dict[str, Any]
# The keys under which an exception leaves; OpenTelemetry's names.
EXCEPTION_KEYS: Final = ("exception.type", "exception.stacktrace", "exception.message")
_EVENT_NAME: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")
_FROM_STRUCTLOG: Final = "watchers_redacted"


def get_logger(name: str) -> Any:
    """Give a logger whose calls are `log.info("noun.verb_past", key=value)`."""
    return structlog.stdlib.get_logger(name)


def with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    context = trace.get_current_span().get_span_context()
    if context.is_valid and context.trace_flags.sampled:  # else no span of it is ever stored
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def with_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Replace exc_info by the exception's type, frames and, of our own only, message."""
    given = event.pop("exception", None)
    error = _error_in(event.pop("exc_info", None) or given)
    if error is not None:
        facts = facts_of(error)
        told = {"type": facts.type, "frames": list(facts.frames), "causes": list(facts.causes)}
        event["exception"] = {**told, "message": facts.message} if facts.message else told
    return event


def _error_in(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        given = given[1]
    elif given is True:
        given = sys.exc_info()[1]
    return given if isinstance(given, BaseException) else None


def redacted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Keep allowed keys with clean values; a key outside the list shows that it was there."""
    kept: Event = {"event": event.get("event", "")}  # first: it is what a reader looks for
    for key, value in event.items():
        if key in CHAIN_KEYS:
            kept[key] = value
        else:
            kept[key] = clean(key, value) if key in KEYS else REMOVED
    if not _EVENT_NAME.fullmatch(str(kept.get("event", ""))):
        # Whoever builds an event name from values leaks them; the place tells which line it was.
        kept["event"] = "event.misnamed"
    return kept


def _handed_over(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    return (event,), {"extra": {_FROM_STRUCTLOG: True}}


# Shared by ours and foreign lines; the request id and its like come from the context variables.
CHAIN: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    with_trace,
    with_exception,
    redacted,
]


def configure() -> None:
    """Point structlog at the chain; the handler comes with settings.LOGGING."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            *CHAIN,
            _handed_over,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class ChainHandler(logging.Handler):
    """The one handler of the process: redacts what is not yet redacted, then writes and ships."""

    def __init__(self, style: str = "auto") -> None:
        super().__init__()
        self._style = style
        self._for_people = structlog.dev.ConsoleRenderer(
            colors=True, exception_formatter=structlog.dev.plain_traceback
        )
        self._for_machines = structlog.processors.JSONRenderer(
            default=lambda value: f"[{type(value).__name__}]"
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = self._event_of(record)
            if event is not None:
                self._write(event)
                if _Sink.put is not None:
                    _Sink.put(
                        {**event, "severity": record.levelno, "time_ns": int(record.created * 1e9)}
                    )
        except Exception:  # noqa: BLE001 - a line that cannot be written must not fail a request
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing of the record: logging would print its arguments to the standard error."""

    def _event_of(self, record: logging.LogRecord) -> Event | None:
        if getattr(record, _FROM_STRUCTLOG, False) and isinstance(record.msg, dict):
            return record.msg
        event = as_event(record)
        if event is None:
            return None
        message = event.pop("message", None)  # made of source text alone, see foreign.py
        event |= {"level": record.levelname.lower(), "logger": record.name}
        for process in CHAIN:
            event = process(None, "", event)
        return event if message is None else {**event, "message": message}

    def _write(self, event: Event) -> None:
        stream = sys.stdout
        people = stream.isatty() if self._style == "auto" else self._style == "console"
        render = self._for_people if people else self._for_machines
        stream.write(str(render(None, "", dict(event))) + "\n")
        stream.flush()


class _Sink:
    put: Callable[[Event], None] | None = None


def ship_to(put: Callable[[Event], None] | None) -> None:
    """Hand each redacted line to put as well; None ends that."""
    _Sink.put = put


def send(exporter: "LogRecordExporter", resource: "Resource", batch: Sequence[Event]) -> bool:
    """Export lines as OTLP log records; give whether they arrived."""
    from opentelemetry.sdk._logs import ReadableLogRecord  # noqa: PLC0415 - only with an endpoint
    from opentelemetry.sdk._logs.export import LogRecordExportResult  # noqa: PLC0415

    from lms.telemetry.records import record_of  # noqa: PLC0415

    records = [ReadableLogRecord(record_of(event), resource) for event in batch]
    return exporter.export(records) is LogRecordExportResult.SUCCESS


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    """Give settings.LOGGING. level: DEBUG to CRITICAL; style: auto, json or console."""
    quiet = {
        # Their news is in lines of ours: request.finished, task.finished, telemetry metrics.
        "celery.app.trace": "CRITICAL",
        "celery.beat": "WARNING",
        "celery.worker.strategy": "WARNING",
        # At DEBUG it holds every statement with its parameters.
        "django.db.backends": "WARNING",
        "django.template": "WARNING",
        "opentelemetry": "ERROR",
        "urllib3": "ERROR",
    }
    loggers: Mapping[str, Any] = {name: {"level": at} for name, at in quiet.items()}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"chain": {"()": "lms.telemetry.logs.ChainHandler", "style": style}},
        "root": {"handlers": ["chain"], "level": level},
        "loggers": {
            **loggers,
            # Django's own configuration has given these handlers that write paths and addresses.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": False},
        },
    }
