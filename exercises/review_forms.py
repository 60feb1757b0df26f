"""The criteria form of a review."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.forms import BoundField

    from exercises.contract import Criterion
    from exercises.models import Grade
    from exercises.review_sheets import CriterionSheet, PartSheet, ReviewSheet

_WORDS = {0.0: gettext_lazy("None"), 0.5: gettext_lazy("Half"), 1.0: gettext_lazy("Full")}


@dataclass(frozen=True, slots=True)
class PartFields:
    """One part's fields. again: the box that reopens a decided part, None where there is none.

    criteria: empty for a part that stays as it is.
    """

    sheet: PartSheet
    again: BoundField | None
    criteria: list[tuple[CriterionSheet, BoundField]]


class ReviewForm(forms.Form):
    """A level for each criterion that waits or is reopened, and a word to the student.

    The proposal of the grade that holds is preselected; the page says whose it is.
    """

    head = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    feedback = forms.CharField(
        required=False,
        max_length=5000,
        strip=True,
        label=gettext_lazy("Feedback to the student"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": gettext_lazy("Keep the feedback under 5 000 characters.")},
    )

    def __init__(self, *args: Any, sheet: ReviewSheet, **kwargs: Any) -> None:
        head = sheet.head
        kwargs["initial"] = {"head": head.pk if head else "", "feedback": _said(head)}
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for part in sheet.parts:
            if part.is_open or sheet.may_reopen(part):
                self._add(part)

    def parts(self) -> Iterator[PartFields]:
        """Give every part in reading order with its fields."""
        for part in self.sheet.parts:
            again = _again(part)
            yield PartFields(
                sheet=part,
                again=self[again] if again in self.fields else None,
                criteria=[
                    (each, self[_name(part, each.criterion)])
                    for each in part.criteria
                    if _name(part, each.criterion) in self.fields
                ],
            )

    def clean(self) -> dict[str, Any]:
        """Ask for every level of each part that is decided, and for something to save."""
        for part in self._decided():
            for each in part.criteria:
                name = _name(part, each.criterion)
                if name not in self.errors and not self.cleaned_data.get(name):
                    self.add_error(name, _("Choose a level."))
        says_more = self.cleaned_data.get("feedback", "") != _said(self.sheet.head)
        if not (self._decided() or says_more or self.sheet.is_asked):
            raise ValidationError(_("Nothing has changed: reopen a part or write feedback."))
        return self.cleaned_data

    def scores(self) -> dict[str, dict[str, Decimal]]:
        """Give the chosen score by criterion id, by part slug, for the parts that are decided."""
        return {
            part.part.slug: {
                each.criterion.id: Decimal(self.cleaned_data[_name(part, each.criterion)])
                for each in part.criteria
            }
            for part in self._decided()
        }

    def _decided(self) -> list[PartSheet]:
        return [
            part
            for part in self.sheet.parts
            if part.is_open or self.cleaned_data.get(_again(part), False)
        ]

    def _add(self, part: PartSheet) -> None:
        if not part.is_open:
            label = _("Decide this part anew")
            self.fields[_again(part)] = forms.BooleanField(required=False, label=label)
        for each in part.criteria:
            self.fields[_name(part, each.criterion)] = forms.ChoiceField(
                required=False,
                choices=_choices(each),
                initial=None if each.score is None else str(each.score),
                label=each.criterion.title,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose one of the levels shown.")},
            )


def against(data: Mapping[str, Any], *, form: ReviewForm, head: Grade | None) -> dict[str, Any]:
    """Give a posted review as if made on another head, so that saving it again replaces that one.

    Parts that it decides stay decided, also where the new head holds them for settled.
    """
    kept = {name: data[name] for name in data}
    kept |= {_again(part): "on" for part in form.sheet.parts if part.part.slug in form.scores()}
    return kept | {"head": head.pk if head else ""}


def _name(part: PartSheet, criterion: Criterion) -> str:
    return f"{part.part.slug}-{criterion.id}"


def _again(part: PartSheet) -> str:
    # A colon stands in no slug, so the name is never a criterion's.
    return f"{part.part.slug}:again"


def _said(head: Grade | None) -> str:
    return head.feedback if head else ""


def _choices(each: CriterionSheet) -> list[tuple[str, str]]:
    possible = Decimal(each.points)
    return [
        (str(level), f"{_WORDS.get(level, level)} · {possible * Decimal(str(level)):.2f}")
        for level in each.criterion.levels
    ]
