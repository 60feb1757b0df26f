"""What a reviewer posts: levels for each criterion, words, ticks; and how she narrows the queue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.models import FeedbackSnippet
from exercises.queries.waiting import REASONS, Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.forms import BoundField

    from exercises.group_reviewing import Alike
    from exercises.marking import Stretch
    from exercises.models import Exercise, Grade
    from exercises.part_sheets import CriterionSheet, PartSheet
    from exercises.review_sheets import ReviewSheet

if TYPE_CHECKING:
    _SnippetForm = forms.ModelForm[FeedbackSnippet]
else:  # Django's own class takes no parameter
    _SnippetForm = forms.ModelForm

_WORDS = {0.0: gettext_lazy("None"), 0.5: gettext_lazy("Half"), 1.0: gettext_lazy("Full")}
MOST_FEEDBACK = 5000


class FilterForm(forms.Form):
    """What of the queue is shown. Values that the course does not know narrow nothing."""

    reason = forms.ChoiceField(required=False, label=gettext_lazy("Why"))
    exercise = forms.ChoiceField(required=False, label=gettext_lazy("Exercise"))
    part = forms.ChoiceField(required=False, label=gettext_lazy("Question"))

    def __init__(self, data: Mapping[str, Any], *, exercises: Iterable[Exercise]) -> None:
        super().__init__(data, auto_id="filter-%s")
        versions = {e.slug: e.current_version for e in exercises if e.current_version}
        self.fields["reason"].choices = [("", _("Every reason")), *REASONS.items()]  # type: ignore[attr-defined]
        self.fields["exercise"].choices = [  # type: ignore[attr-defined]
            ("", _("Every exercise")),
            *((slug, version.title) for slug, version in versions.items()),
        ]
        chosen = versions.get(str(data.get("exercise", "")))
        parts = chosen.specification.parts if chosen else ()
        self.fields["part"].choices = [  # type: ignore[attr-defined]
            ("", _("Every question")),
            *((part.slug, part.title) for part in parts),
        ]
        self.has_parts = bool(parts)
        for field in self.fields.values():
            field.widget.attrs["class"] = "in"

    def filters(self) -> Filters:
        """Give what was asked for and is known."""
        self.is_valid()
        return Filters(**{name: self.cleaned_data.get(name, "") for name in self.fields})


@dataclass(frozen=True, slots=True)
class PartFields:
    """One part's fields. again: the box that reopens a decided part, None where there is none.

    criteria: number on the page, sheet and field; empty for a part that stays as it is. marked:
    the answer in stretches, empty where it is not in the student's own words. sample: the box
    that keeps the decision as a sample. alike: who waits like this one; group: the list's number.
    """

    sheet: PartSheet
    again: BoundField | None
    criteria: list[tuple[int, CriterionSheet, BoundField]]
    marked: list[Stretch]
    sample: BoundField | None
    alike: list[Alike]
    group: int
    ticked: frozenset[str]


class ReviewForm(forms.Form):
    """A level for each criterion that waits or is reopened, and a word to the student.

    The proposal of the grade that holds is preselected; the page says whose it is. On a blind
    sheet nothing is, and there is no word: it may be written once the verdict shows.
    """

    head = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    audits = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    feedback = forms.CharField(
        required=False,
        max_length=MOST_FEEDBACK,
        strip=True,
        label=gettext_lazy("Feedback to the student"),
        widget=forms.Textarea(attrs={"rows": 4, "aria-describedby": "rv-feedback-hint"}),
        error_messages={"max_length": gettext_lazy("Keep the feedback under 5 000 characters.")},
    )

    def __init__(self, *args: Any, sheet: ReviewSheet, **kwargs: Any) -> None:
        head = sheet.head
        kwargs["initial"] = {
            "head": head.pk if head and not sheet.is_blind else "",
            "audits": ",".join(audit.token for audit in sheet.audits),
            "feedback": _said(sheet),
        }
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        if sheet.is_blind:
            del self.fields["feedback"]
        for part in filter(sheet.decides, sheet.parts):
            self._add(part)

    def parts(self) -> Iterator[PartFields]:
        """Give every part in reading order with its fields."""
        group = 0
        for part in self.sheet.parts:
            numbers = self.sheet.numbers.get(part.part.slug, {})
            alike = self.sheet.alike.get(part.part.slug, [])
            group += bool(alike)
            yield PartFields(
                sheet=part,
                again=self._field(_again(part)),
                criteria=[
                    (numbers[each.criterion.id], each, self[_name(part, each.criterion.id)])
                    for each in part.criteria
                    if each.criterion.id in numbers
                ],
                marked=part.marked(numbers) if part.text else [],
                sample=self._field(_sample(part)),
                alike=alike,
                group=group if alike else 0,
                ticked=self._ticked(part, alike),
            )

    def clean(self) -> dict[str, Any]:
        """Ask for every level of each part that is decided, and for something to save."""
        for part in self._decided():
            for each in part.criteria:
                name = _name(part, each.criterion.id)
                if name not in self.errors and not self.cleaned_data.get(name):
                    self.add_error(name, _("Choose a level."))
        says_more = self.cleaned_data.get("feedback", "") != _said(self.sheet)
        if not (self._decided() or says_more or self.sheet.is_asked):
            raise ValidationError(_("Nothing has changed: reopen a part or write feedback."))
        return self.cleaned_data

    def scores(self) -> dict[str, dict[str, Decimal]]:
        """Give the chosen score by criterion id, by part slug, for the parts that are decided."""
        return {
            part.part.slug: {
                each.criterion.id: Decimal(self.cleaned_data[_name(part, each.criterion.id)])
                for each in part.criteria
            }
            for part in self._decided()
        }

    def samples(self) -> list[str]:
        """Give the slugs of the decided parts that shall become samples."""
        return [part.part.slug for part in self._decided() if self.cleaned_data.get(_sample(part))]

    def tokens(self, part: str) -> list[str]:
        """Give what was ticked among the answers that are alike in a part."""
        ticked: list[str] = self.data.getlist(f"{part}:alike")  # type: ignore[attr-defined]
        return ticked

    def with_words(self, more: str) -> ReviewForm:
        """Give the form as it was posted, not yet checked, with words added to the feedback."""
        data = self.data.copy()  # type: ignore[attr-defined]
        said = data.get("feedback", "").rstrip()
        data["feedback"] = f"{said}\n{more}" if said else more
        return UncheckedReviewForm(data, sheet=self.sheet)

    def _decided(self) -> list[PartSheet]:
        return [
            part
            for part in filter(self.sheet.decides, self.sheet.parts)
            if part.is_open or self.cleaned_data.get(_again(part), False)
        ]

    def _ticked(self, part: PartSheet, alike: list[Alike]) -> frozenset[str]:
        if self.is_bound:
            return frozenset(self.tokens(part.part.slug))
        return frozenset(each.token for each in alike if each.is_same)

    def _field(self, name: str) -> BoundField | None:
        return self[name] if name in self.fields else None

    def _add(self, part: PartSheet) -> None:
        if not part.is_open:
            label = _("Decide this part anew")
            self.fields[_again(part)] = forms.BooleanField(required=False, label=label)
        if part.text is not None:
            label = _("Keep as a sample of the rubric")
            self.fields[_sample(part)] = forms.BooleanField(required=False, label=label)
        for each in part.criteria:
            self.fields[_name(part, each.criterion.id)] = forms.ChoiceField(
                required=False,
                choices=_choices(each),
                initial=None if each.score is None else str(each.score),
                label=each.criterion.title,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose one of the levels shown.")},
            )


class UncheckedReviewForm(ReviewForm):
    """A review that comes back unsaved: she is not done, so nothing in it is called wrong."""

    def full_clean(self) -> None:
        """Find nothing."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}


class ReplaceForm(forms.Form):
    """A word to the student whose released grade is replaced."""

    feedback = forms.CharField(
        required=False,
        max_length=MOST_FEEDBACK,
        label=gettext_lazy("A word more to the student"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("Keep the feedback under 5 000 characters.")},
    )


class SnippetForm(_SnippetForm):
    """A phrase and what its button says."""

    class Meta:
        model = FeedbackSnippet
        fields = ("title", "text")
        labels = {"title": gettext_lazy("On its button"), "text": gettext_lazy("The phrase")}
        widgets = {
            "title": forms.TextInput(attrs={"class": "in"}),
            "text": forms.Textarea(attrs={"rows": 3}),
        }
        error_messages = {
            "title": {
                "required": gettext_lazy("Write a few words for the button."),
                "max_length": gettext_lazy("Keep the button under 60 characters."),
            },
            "text": {
                "required": gettext_lazy("Write the phrase."),
                "max_length": gettext_lazy("Keep the phrase under 1 000 characters."),
            },
        }


def against(data: Any, *, form: ReviewForm, head: Grade | None) -> Any:
    """Give a posted review as if made on another head, so that saving it again replaces that one.

    Parts that it decides stay decided, also where the new head holds them for settled.
    """
    kept = data.copy()
    for part in form.sheet.parts:
        if part.part.slug in form.scores():
            kept[_again(part)] = "on"
    kept["head"] = head.pk if head else ""
    kept["audits"] = ""  # she sees the grade from now on
    return kept


def _name(part: PartSheet, criterion: str) -> str:
    return f"{part.part.slug}-{criterion}"


def _again(part: PartSheet) -> str:
    # A colon stands in no slug, so the name is never a criterion's.
    return f"{part.part.slug}:again"


def _sample(part: PartSheet) -> str:
    return f"{part.part.slug}:sample"


def _said(sheet: ReviewSheet) -> str:
    return sheet.head.feedback if sheet.head and not sheet.is_blind else ""


def _choices(each: CriterionSheet) -> list[tuple[str, str]]:
    possible = Decimal(each.points)
    return [
        (str(level), f"{_WORDS.get(level, level)} · {possible * Decimal(str(level)):.2f}")
        for level in each.criterion.levels
    ]
