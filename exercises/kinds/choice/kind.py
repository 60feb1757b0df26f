"""One or several options, chosen from a list."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
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
from exercises.kinds.choice.forms import answer_form, card
from exercises.kinds.choice.spec import ChoiceSpec, Option, spec_problems

CRITERION = "choice"


class ChoiceKind(Kind[ChoiceSpec]):
    """Options of which one, or several, are right. The verdict is always certain."""

    slug = "choice"
    version = "1"
    label = _("Choice")
    spec_model = ChoiceSpec

    def answer_form(self, spec: ChoiceSpec, *, variant: Variant | None = None) -> type[forms.Form]:
        return answer_form(spec)

    def question(self, spec: ChoiceSpec, *, variant: Variant | None = None) -> dict[str, Any]:
        return {"multiple": spec.multiple}

    def shown(
        self, spec: ChoiceSpec, answer: Answer, *, variant: Variant | None = None
    ) -> dict[str, Any]:
        return {"chosen": [card(option) for option in _chosen(spec, answer)]}

    def grade(self, spec: ChoiceSpec, answer: Answer, *, variant: Variant | None = None) -> Verdict:
        chosen = _chosen(spec, answer)
        found = CriterionVerdict(
            id=CRITERION,
            score=_score(spec, {option.id for option in chosen}),
            feedback=_feedback(spec, chosen),
            misconception=next((each.misconception for each in chosen if each.misconception), ""),
        )
        return Verdict(score=found.score, criteria=(found,), certain=True)

    def criteria(self, spec: ChoiceSpec) -> tuple[Criterion, ...]:
        title = gettext("The right options") if spec.multiple else gettext("The right option")
        return (Criterion(id=CRITERION, title=title, weight=1.0, levels=_levels(spec)),)

    def combine(self, spec: ChoiceSpec, scores: Mapping[str, float]) -> float:
        return scores.get(CRITERION, 0.0)

    def model_answer(self, spec: ChoiceSpec, *, variant: Variant | None = None) -> Markdown:
        labels = ", ".join(option.label for option in spec.options if option.right)
        return Markdown(spec.model_answer or labels)

    def problems(self, spec: ChoiceSpec) -> list[tuple[str, str]]:
        return list(spec_problems(spec))


def _chosen(spec: ChoiceSpec, answer: Answer) -> list[Option]:
    """Give the chosen options in the order of the question."""
    ids = answer.get("chosen")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise UnreadableAnswer("chosen: a list of option ids was expected")
    if set(ids) - {option.id for option in spec.options}:
        raise UnreadableAnswer("chosen: an id is none of this part's options")
    if not spec.multiple and len(ids) > 1:
        raise UnreadableAnswer("chosen: one option id was expected")
    return [option for option in spec.options if option.id in ids]


def _score(spec: ChoiceSpec, chosen: set[str]) -> float:
    right = spec.right_ids
    if spec.credit == "all" or not spec.multiple:
        return float(chosen == right)
    return max(0, len(chosen & right) - len(chosen - right)) / len(right)


def _levels(spec: ChoiceSpec) -> tuple[float, ...]:
    steps = len(spec.right_ids) if spec.multiple and spec.credit == "share" else 1
    return tuple(step / steps for step in range(steps + 1))


def _feedback(spec: ChoiceSpec, chosen: list[Option]) -> str:
    if not spec.multiple:
        return chosen[0].feedback
    said = [f"{option.label}: {option.feedback}" for option in chosen if option.feedback]
    missing = len(spec.right_ids - {option.id for option in chosen})
    if missing:
        said.append(
            ngettext(
                "%(count)d option that belongs here is missing.",
                "%(count)d options that belong here are missing.",
                missing,
            )
            % {"count": missing}
        )
    return "\n".join(said)
