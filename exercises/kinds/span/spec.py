"""What an author writes for a trace in which one span is to be picked."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exercises.contract import Spec
from exercises.misconceptions import MisconceptionCode

SpanId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Sentence = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]
Ms = Annotated[float, Field(ge=0, le=3_600_000, allow_inf_nan=False)]


class DrawnLog(Spec):
    """A log line below its span, at_ms after the start of the trace."""

    at_ms: Ms
    level: Literal["debug", "info", "warning", "error"]
    event: Line
    fields: Mapping[Line, Line] = Field(default_factory=dict)


class DrawnSpan(Spec):
    """A span of the trace. Everything here is shown before answering.

    parent: None at a root. duration_ms: None for a span that never started; start_ms is then where
    it would have begun.
    """

    id: SpanId
    name: Line
    service: Line
    parent: SpanId | None = None
    start_ms: Ms
    duration_ms: Ms | None
    status: Literal["ok", "error", "unset"] = "unset"
    attributes: Mapping[Line, Line] = Field(default_factory=dict)
    logs: tuple[DrawnLog, ...] = ()


class Trace(Spec):
    """The drawn trace. total_ms: the length of the time axis."""

    total_ms: Annotated[float, Field(gt=0, le=3_600_000, allow_inf_nan=False)]
    spans: Annotated[tuple[DrawnSpan, ...], Field(min_length=2, max_length=100)]


class SpanFeedback(Spec):
    """What is said to who picked a span."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
    misconception: MisconceptionCode = ""


class SpanSpec(Spec):
    """A trace, the id of the right span, and feedback for each span by its id."""

    trace: Trace
    right: SpanId
    feedback: Mapping[SpanId, SpanFeedback]
    model_answer: Annotated[str, StringConstraints(max_length=20_000)] = ""

    def span(self, span_id: str) -> DrawnSpan | None:
        return next((span for span in self.trace.spans if span.id == span_id), None)


def spec_problems(spec: SpanSpec) -> Iterator[tuple[str, str]]:
    """Give (path, sentence) for what the schema cannot say."""
    ids = [span.id for span in spec.trace.spans]
    for i, span in enumerate(spec.trace.spans):
        path = f"trace.spans.{i}"
        if span.id in ids[:i]:
            yield f"{path}.id", f"the span id {span.id!r} is used twice; give each its own"
        if span.parent is not None and span.parent not in ids[:i]:
            yield f"{path}.parent", "no span before this one has that id; write parents first"
        if span.start_ms + (span.duration_ms or 0) > spec.trace.total_ms:
            yield path, "the span ends after total_ms; make total_ms longer"
        if span.duration_ms is None and span.status != "unset":
            yield f"{path}.status", "a span that never started has no status; write unset"
    if spec.right not in ids:
        yield "right", "no span has that id; write the id of a span of the trace"
    yield from _feedback_problems(spec, ids)


def _feedback_problems(spec: SpanSpec, ids: list[str]) -> Iterator[tuple[str, str]]:
    for span_id, said in spec.feedback.items():
        if span_id not in ids:
            yield f"feedback.{span_id}", "no span has that id; write the id of a span of the trace"
        if span_id == spec.right and said.misconception:
            yield (
                f"feedback.{span_id}.misconception",
                "the right span shows no misconception; remove it",
            )
    for span_id in dict.fromkeys(ids):
        if span_id not in spec.feedback:
            yield "feedback", f"the span {span_id!r} has no feedback; say why it is right or wrong"
