"""One span, picked in a drawn trace."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exercises.contract import (
    Answer,
    Criterion,
    CriterionVerdict,
    Kind,
    Markdown,
    UnreadableAnswer,
    Variant,
    Verdict,
)
from exercises.kinds.span.drawing import waterfall
from exercises.kinds.span.forms import answer_form
from exercises.kinds.span.spec import DrawnSpan, SpanSpec, spec_problems

CRITERION = "span"


class SpanKind(Kind[SpanSpec]):
    """A trace drawn as a waterfall, in which one span is right. The verdict is always certain."""

    slug = "span"
    version = "1"
    label = _("Trace")
    spec_model = SpanSpec

    def answer_form(self, spec: SpanSpec, *, variant: Variant | None = None) -> type[forms.Form]:
        return answer_form(waterfall(spec))

    def question(self, spec: SpanSpec, *, variant: Variant | None = None) -> dict[str, Any]:
        return {"waterfall": waterfall(spec)}

    def shown(
        self, spec: SpanSpec, answer: Answer, *, variant: Variant | None = None
    ) -> dict[str, Any]:
        return {"span": _picked(spec, answer), "waterfall": waterfall(spec)}

    def grade(self, spec: SpanSpec, answer: Answer, *, variant: Variant | None = None) -> Verdict:
        picked = _picked(spec, answer)
        said = spec.feedback.get(picked.id)
        found = CriterionVerdict(
            id=CRITERION,
            score=1.0 if picked.id == spec.right else 0.0,
            feedback=said.text if said else "",
            misconception=said.misconception if said else "",
        )
        return Verdict(score=found.score, criteria=(found,), certain=True)

    def criteria(self, spec: SpanSpec) -> tuple[Criterion, ...]:
        return (
            Criterion(id=CRITERION, title=gettext("The right span"), weight=1.0, levels=(0.0, 1.0)),
        )

    def combine(self, spec: SpanSpec, scores: Mapping[str, float]) -> float:
        return scores.get(CRITERION, 0.0)

    def model_answer(self, spec: SpanSpec, *, variant: Variant | None = None) -> Markdown:
        right = spec.span(spec.right)
        return Markdown(spec.model_answer or (right.name if right else ""))

    def problems(self, spec: SpanSpec) -> list[tuple[str, str]]:
        return list(spec_problems(spec))


def _picked(spec: SpanSpec, answer: Answer) -> DrawnSpan:
    picked = answer.get("span")
    span = spec.span(picked) if isinstance(picked, str) else None
    if span is None:
        raise UnreadableAnswer("span: the id of a span of this trace was expected")
    return span
