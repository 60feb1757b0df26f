"""How spans are kept and cleaned: the relay inside the provider, the wrapper round the exporter."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status, StatusCode

from lms.telemetry.redaction import clean_attributes, facts_of

# The recorder leaves an exception under these keys; the wrapper lets these through and no others,
# so that an event made by someone else's record_exception loses its message and its stack.
OWN_STACK = "watchers.exception.frames"
OWN_MESSAGE = "watchers.exception.message"
EXCEPTION_EVENT = "exception"
# What a span that nobody ran says of its end; no other words of a status are let through.
NEVER_REPORTED = "never reported back"


def record_exception(span: Span, error: BaseException, *_args: Any, **_kwargs: Any) -> None:
    """Record type and frames, and the message only of an exception of our own."""
    facts = facts_of(error)
    attributes = {"exception.type": facts.type, OWN_STACK: "\n".join(facts.frames)}
    if facts.message:
        attributes[OWN_MESSAGE] = facts.message
    span.add_event(EXCEPTION_EVENT, attributes)


class Relay(SpanProcessor):
    """Hands ended spans to whatever pipeline runs, so that the provider can be set once.

    OpenTelemetry takes one provider per process, and it must exist before gunicorn forks; threads
    must not. Tests set `receive` too.
    """

    receive: Callable[[ReadableSpan], None] | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        # The SDK would record str(error) and source lines; its text cannot be cleaned afterwards.
        span.record_exception = partial(record_exception, span)  # type: ignore[method-assign]

    def on_end(self, span: ReadableSpan) -> None:
        receive = self.receive
        if receive is not None:
            receive(span)


class RedactingSpanExporter(SpanExporter):
    """Exports copies that hold allowed attributes only, under the given resource."""

    def __init__(self, exporter: SpanExporter, resource: Resource) -> None:
        self._exporter = exporter
        self._resource = resource

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([redacted(span, self._resource) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()


def redacted(span: ReadableSpan, resource: Resource) -> ReadableSpan:
    events = [_event(event) for event in span.events]
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=resource,
        attributes=clean_attributes(span.attributes),
        events=events,
        links=[Link(link.context, clean_attributes(link.attributes)) for link in span.links],
        kind=span.kind,
        status=_status(span.status, events),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _event(event: Event) -> Event:
    kept = clean_attributes(event.attributes)
    if event.name == EXCEPTION_EVENT:
        given = event.attributes or {}
        for own, standard in ((OWN_STACK, "stacktrace"), (OWN_MESSAGE, "message")):
            if own in given:
                kept[f"exception.{standard}"] = given[own]
    return Event(event.name, kept, event.timestamp)


def _status(status: Status, events: Sequence[Event]) -> Status:
    """Give the status with the last exception's type as its description: others hold messages."""
    if status.status_code is not StatusCode.ERROR:
        return Status(status.status_code)
    if status.description == NEVER_REPORTED:
        return Status(StatusCode.ERROR, NEVER_REPORTED)
    types = [(event.attributes or {}).get("exception.type") for event in events]
    named = [str(kind) for kind in types if kind]
    return Status(StatusCode.ERROR, named[-1] if named else None)
