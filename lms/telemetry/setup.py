"""Switching the site's telemetry on and off, per process.

`instrument` runs once in every process before anything forks and starts no thread. `start` runs
after the fork, because its threads would not survive one, and `stop` before the process ends.
"""

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from lms.telemetry import levels, logs
from lms.telemetry.exporting import Shipper
from lms.telemetry.ids import Ids
from lms.telemetry.propagation import InsideOnly
from lms.telemetry.sampling import WithoutRoutine
from lms.telemetry.spans import RedactingSpanExporter, Relay

if TYPE_CHECKING:
    from lms.telemetry.posting import Posts

STOP_S: Final = 2.0
# A batch that a collector does not take in this time is counted as lost.
EXPORT_TIMEOUT_S: Final = 5.0
# Never traced: the pages' files, and what the operator's own probes ask for.
UNTRACED: Final = r"^https?://[^/]+/static/,^https?://[^/]+/healthz$"

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

RELAY: Final = Relay()


@dataclass(frozen=True)
class _Pipeline:
    pid: int
    spans: Shipper[ReadableSpan] | None
    logs: Shipper[logs.Event] | None
    close: Callable[[], None]


class _State:
    instrumented = False
    pipeline: _Pipeline | None = None


def instrument() -> None:
    """Make spans from here on: requests, tasks, statements. Repeating it changes nothing."""
    if _State.instrumented or settings.OTEL_SDK_DISABLED:
        return
    _State.instrumented = True
    # Read at instrumentation; stable names for http and database, never both old and new.
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http,database"
    propagate.set_global_textmap(InsideOnly())
    provider = TracerProvider(
        sampler=WithoutRoutine(),
        id_generator=Ids(),
        resource=Resource.get_empty(),
        shutdown_on_exit=False,  # waits 30 s for a dead collector; stop() does not
        span_limits=SpanLimits(max_attribute_length=4000, max_events=64, max_links=64),
    )
    provider.add_span_processor(RELAY)
    trace.set_tracer_provider(provider)
    _instrument_libraries()


def start(role: str) -> None:
    """Begin exporting as watchers-<role> when an endpoint is set, and to follow switched levels.

    Repeating it changes nothing.
    """
    levels.start()
    if _State.pipeline is not None and _State.pipeline.pid == os.getpid():
        return
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not settings.OTEL_SDK_DISABLED:
        _attach(_pipeline_to(settings.OTEL_EXPORTER_OTLP_ENDPOINT, resource_of(role)))
        atexit.register(stop)


def load() -> None:
    """Import what exporting needs: before a fork, so that the processes share it in memory."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not settings.OTEL_SDK_DISABLED:
        import_module("lms.telemetry.posting")
        for signal in ("_log_exporter", "trace_exporter"):
            import_module(f"opentelemetry.exporter.otlp.proto.http.{signal}")


def stop() -> None:
    """Send what is queued and end exporting, in 2 s at most, whatever the collector does."""
    levels.stop()
    pipeline, _State.pipeline = _State.pipeline, None
    RELAY.receive = None
    logs.ship_to(None)
    if pipeline is None or pipeline.pid != os.getpid():
        return
    until = time.monotonic() + STOP_S
    shippers = [shipper for shipper in (pipeline.spans, pipeline.logs) if shipper is not None]
    for shipper in shippers:
        shipper.ask_to_stop()
    ended = [shipper.join(until) for shipper in shippers]
    if not all(ended):
        pipeline.close()


def hurry() -> None:
    """Send the spans so far at once: this process may be about to die. Does not wait."""
    pipeline = _State.pipeline
    if pipeline is not None and pipeline.spans is not None and pipeline.pid == os.getpid():
        pipeline.spans.hurry()


def resource_of(role: str) -> Resource:
    return Resource.create(
        {
            "service.name": f"watchers-{role}",
            "service.version": settings.VERSION,
            "service.instance.id": uuid4().hex,
            "deployment.environment.name": settings.WATCHERS_ENV,
        }
    )


def _attach(pipeline: _Pipeline) -> None:
    _State.pipeline = pipeline
    RELAY.receive = pipeline.spans.put if pipeline.spans else None
    logs.ship_to(pipeline.logs.put if pipeline.logs else None)


def _pipeline_to(endpoint: str, resource: Resource) -> _Pipeline:
    # Imported here: without an endpoint the exporters and their HTTP client cost no memory.
    from opentelemetry.exporter.otlp.proto.http._log_exporter import (  # noqa: PLC0415
        OTLPLogExporter,
    )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    # What the exporter says about a dead collector is counted; its lines would fill the log.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    base = endpoint.rstrip("/")
    to_spans, span_posts = _exporter(OTLPSpanExporter, f"{base}/v1/traces")
    to_logs, log_posts = _exporter(OTLPLogExporter, f"{base}/v1/logs")

    def close() -> None:
        to_spans.shutdown()
        to_logs.shutdown()

    send_spans = partial(_send_spans, RedactingSpanExporter(to_spans, resource))
    send_logs = partial(logs.send, to_logs, resource)
    return _Pipeline(
        pid=os.getpid(),
        spans=Shipper(span_posts.watching(send_spans), signal="traces"),
        logs=Shipper(log_posts.watching(send_logs), signal="logs"),
        close=close,
    )


def _exporter(kind: Any, address: str) -> "tuple[Any, Posts]":
    """Give an exporter, and what sees the answers that it gets."""
    from lms.telemetry.posting import Posts  # noqa: PLC0415 - only with an endpoint

    is_local = urlsplit(address).hostname in LOOPBACK
    posts = Posts(is_local=is_local)
    exporter = kind(
        endpoint=address,
        timeout=EXPORT_TIMEOUT_S,
        headers=_headers(is_local=is_local),
        session=posts.session,
    )
    return exporter, posts


def _headers(*, is_local: bool) -> dict[str, str]:
    """Give the site's key, to whom it is meant for.

    A key that was made here opens the collector beside us and is told to nobody else. One that the
    operator set goes where she sends the telemetry.
    """
    if is_local or settings.OTLP_KEY_IS_SHARED:
        return {"Authorization": f"Bearer {settings.OTLP_KEY}"}
    return {}


def _send_spans(exporter: SpanExporter, batch: Sequence[ReadableSpan]) -> bool:
    return exporter.export(batch) is SpanExportResult.SUCCESS


def _instrument_libraries() -> None:
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor  # noqa: PLC0415

    # Position 2: requests on the metrics port are answered before it and leave no trace.
    DjangoInstrumentor().instrument(middleware_position=2, excluded_urls=UNTRACED)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    SQLite3Instrumentor().instrument()
    PsycopgInstrumentor().instrument()


def _log_uncaught(
    _kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    if not isinstance(error, KeyboardInterrupt):
        logs.get_logger(__name__).critical("process.failed", exc_info=error)


def _log_uncaught_in_thread(args: Any) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        logs.get_logger(__name__).critical("thread.failed", exc_info=args.exc_value)
