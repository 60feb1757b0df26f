"""Free text, graded by the author's rubric."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from django import forms
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
from exercises.kinds.text.flags import Examined, flags_of
from exercises.kinds.text.forms import answer_form
from exercises.kinds.text.matching import Matched, compiled, match, nothing_matched, quotes
from exercises.kinds.text.rubric import RubricCriterion, TextSpec, rubric_problems
from exercises.kinds.text.sentences import Reading, read


class TextKind(Kind[TextSpec]):
    """One to three sentences in the student's own words."""

    slug: ClassVar[str] = "text"
    version: ClassVar[str] = "3"
    samples_min: ClassVar[int] = 8
    is_audited: ClassVar[bool] = True
    label = _("Free text")
    spec_model = TextSpec

    def answer_form(self, spec: TextSpec, *, variant: Variant | None = None) -> type[forms.Form]:
        return answer_form(spec.max_length)

    def shown(
        self, spec: TextSpec, answer: Answer, *, variant: Variant | None = None
    ) -> dict[str, Any]:
        return {"text": _text_of(answer)}

    def grade(self, spec: TextSpec, answer: Answer, *, variant: Variant | None = None) -> Verdict:
        """Judge one answer; what goes beyond max_length is not read."""
        text = _text_of(answer)
        reading = read(text[: spec.max_length])
        rubric = _compiled(spec)
        matched = match(spec, rubric, reading)
        flags = flags_of(
            Examined(spec=spec, rubric=rubric, text=text, reading=reading, matched=matched)
        )
        if NOT_AN_ANSWER.intersection(flags):
            matched = nothing_matched(matched)
        return Verdict(
            score=self.combine(spec, matched.levels),
            criteria=tuple(_verdict(each, matched, reading) for each in spec.criteria),
            certain=not flags and spec.is_earned(matched.levels),
            flags=flags,
            feedback=_feedback(spec, matched, self.combine(spec, matched.levels)),
        )

    def criteria(self, spec: TextSpec) -> tuple[Criterion, ...]:
        return tuple(
            Criterion(
                id=each.id,
                title=each.title,
                asks=each.asks,
                weight=each.points / spec.possible,
                feedback=each.feedback.by_level,
            )
            for each in spec.criteria
        )

    def combine(self, spec: TextSpec, scores: Mapping[str, float]) -> float:
        parts = [each.points * scores.get(each.id, 0.0) for each in spec.criteria]
        total = sum(parts) if spec.combine == "sum" else max(parts)
        return min(1.0, max(0.0, total / spec.possible))

    def model_answer(self, spec: TextSpec, *, variant: Variant | None = None) -> Markdown:
        return Markdown(spec.model_answer)

    def problems(self, spec: TextSpec) -> list[tuple[str, str]]:
        return rubric_problems(spec)


# Words that are no statement of the student's own about the question: nothing is proposed.
NOT_AN_ANSWER = frozenset({"copied_question", "stuffing", "instructions"})
_compiled = lru_cache(maxsize=128)(compiled)


def _text_of(answer: Answer) -> str:
    text = answer.get("text")
    if not isinstance(text, str):
        raise UnreadableAnswer("text: a string was expected")
    return text


def _verdict(criterion: RubricCriterion, matched: Matched, reading: Reading) -> CriterionVerdict:
    level = matched.levels[criterion.id]
    return CriterionVerdict(
        id=criterion.id,
        score=level,
        feedback=criterion.feedback.at(level),
        quotes=quotes(reading, matched.places[criterion.id]),
    )


def _feedback(spec: TextSpec, matched: Matched, score: float) -> str:
    """Give what is said of the field as a whole: its doubts first."""
    doubts = [each.feedback for each in spec.must_not if each.id in matched.must_not]
    said = [*doubts, spec.feedback.at(score)]
    return " ".join(sentence for sentence in said if sentence)
