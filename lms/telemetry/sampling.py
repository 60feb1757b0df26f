"""Which spans are made: all, but for beat's looks at rows that found nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import Link, SpanKind, TraceState
    from opentelemetry.util.types import Attributes

# What the Celery instrumentation calls a task's run and its sending: run/exercises.sweep.
_RUN: Final = "run"
_SEND: Final = "apply_async"


def routine_tasks() -> frozenset[str]:
    """Give the names of the tasks that beat sends by the clock."""
    schedule = getattr(settings, "CELERY_BEAT_SCHEDULE", {})
    return frozenset(str(entry["task"]) for entry in schedule.values())


class WithoutRoutine(Sampler):
    """Leaves out routine tasks and all below them; a span follows what was decided for its parent.

    Beat looks several times a second and mostly finds nothing: its spans would be nearly all that
    is stored. What it finds begins a trace of its own (own_trace) or continues a stored one.
    The sending of such a task by somebody else stays in the sender's trace; its run is left out.
    """

    def __init__(self) -> None:
        self._routine = routine_tasks()

    def should_sample(  # noqa: PLR0917 - the SDK calls it so
        self,
        parent_context: Context | None,
        trace_id: int,  # noqa: ARG002 - the SDK's signature
        name: str,
        kind: SpanKind | None = None,  # noqa: ARG002
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,  # noqa: ARG002
        trace_state: TraceState | None = None,  # noqa: ARG002
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        is_kept = not self._is_routine(name, is_root=not parent.is_valid) and (
            not parent.is_valid or parent.trace_flags.sampled
        )
        if not is_kept:
            return SamplingResult(Decision.DROP)
        return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, parent.trace_state)

    def get_description(self) -> str:
        return "all but routine tasks"

    def _is_routine(self, name: str, *, is_root: bool) -> bool:
        action, _, task = name.partition("/")
        return task in self._routine and (action == _RUN or (action == _SEND and is_root))
