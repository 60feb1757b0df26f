"""The form of a choice: radio buttons for one option, checkboxes for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from exercises.kinds.choice.spec import ChoiceSpec, Option


@dataclass(frozen=True, slots=True)
class Card:
    """An option as it is drawn: nothing in it tells whether it is right."""

    label: str
    detail: str
    severity: str

    def __str__(self) -> str:
        return self.label


def card(option: Option) -> Card:
    """Give what may be shown of an option before grading."""
    return Card(label=option.label, detail=option.detail, severity=option.severity or "")


class ChosenField(forms.MultipleChoiceField):
    """A list of option ids, also where only one can be chosen."""

    default_error_messages = {
        "required": _("Choose an option."),
        "invalid_choice": _("Choose one of the options shown."),
        "invalid_list": _("Choose one of the options shown."),
    }

    def to_python(self, value: Any) -> list[str]:
        chosen = [value] if isinstance(value, str) and value else value
        return list(dict.fromkeys(super().to_python(chosen)))


def answer_form(spec: ChoiceSpec) -> type[forms.Form]:
    """Give the form class whose cleaned data is {"chosen": [option id, ...]}."""
    widget = forms.CheckboxSelectMultiple if spec.multiple else forms.RadioSelect
    options = [(option.id, card(option)) for option in spec.options]

    class AnswerForm(forms.Form):
        chosen = ChosenField(label=_("Your choice"), choices=options, widget=widget)

    return AnswerForm
