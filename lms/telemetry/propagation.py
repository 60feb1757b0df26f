"""Which trace a unit of work belongs to when it comes from elsewhere."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


class InsideOnly(TextMapPropagator):
    """W3C trace context between web and Celery; what a public request claims is ignored.

    A stranger's traceparent would let her write into another person's trace or switch recording
    off. An empty context, not a missing one: the instrumentation attaches what it is given.
    """

    def __init__(self) -> None:
        self._inside = TraceContextTextMapPropagator()

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        if _is_wsgi(carrier):
            return Context()
        return self._inside.extract(carrier, context, getter)

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        self._inside.inject(carrier, context, setter)

    @property
    def fields(self) -> set[str]:
        return self._inside.fields


def _is_wsgi(carrier: Any) -> bool:
    return isinstance(carrier, Mapping) and "REQUEST_METHOD" in carrier
