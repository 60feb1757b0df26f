"""The COMMIT span: no instrumentation makes one, and without it a write's cost is invisible."""

from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind

_tracer = trace.get_tracer("watchers.database")


def in_commit_span(commit: Callable[[], Any], *, system: str) -> Any:
    """Run a wrapper's commit inside a span. Statements under autocommit have no such moment."""
    with _tracer.start_as_current_span(
        "COMMIT",
        kind=SpanKind.CLIENT,
        attributes={"db.system.name": system, "db.operation.name": "COMMIT"},
    ):
        return commit()
