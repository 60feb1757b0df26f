"""What an instructor sends to order a regrade."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.models import Enrolment, ExerciseVersion, GradingJob, RegradeBatch
from exercises.models.walltime import instant_of
from exercises.regrading import Orders

if TYPE_CHECKING:
    from exercises.models import Exercise

What, Standing = RegradeBatch.What, RegradeBatch.Standing


def _select(label: Any, *, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.Select(attrs={"class": "in"}),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the list.")},
    )


def _wall(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=16,
        widget=forms.DateTimeInput(attrs={"class": "in", "type": "datetime-local"}),
        error_messages={"max_length": gettext_lazy("Write the time as 2026-11-29T23:59.")},
    )


class RegradeForm(forms.Form):
    """The orders of a batch for one exercise."""

    what = forms.ChoiceField(
        label=gettext_lazy("What is done again"),
        choices=What,
        initial=What.GRADERS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what is done again."),
            "invalid_choice": gettext_lazy("Choose one of the two."),
        },
    )
    version = _select(
        gettext_lazy("By the rules of"),
        help_text=gettext_lazy("Answers whose questions differ in that version are left out."),
    )
    part = _select(gettext_lazy("Question"))
    standings = forms.MultipleChoiceField(
        label=gettext_lazy("Only answers that are"),
        required=False,
        choices=Standing,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )
    pseudonym = forms.CharField(
        label=gettext_lazy("Only the answers of"),
        help_text=gettext_lazy("A pseudonym as the review shows it; empty for everybody."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
    )
    received_from = _wall(gettext_lazy("Handed in from"))
    received_until = _wall(gettext_lazy("Handed in until"))
    grader = _select(gettext_lazy("Graded so far by"))
    never_lower = forms.BooleanField(
        label=gettext_lazy("Lower nobody's points"), required=False, initial=True
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Students whose grade changes read it beside their result."),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Write the reason: students read it beside their result."),
            "max_length": gettext_lazy("Keep the reason under 201 characters."),
        },
    )

    def __init__(self, *args: Any, exercise: Exercise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exercise = exercise
        self._versions = {str(version.pk): version for version in _versions(exercise)}
        self._offer("version", [("", _("the version that each answer was handed in on")), *[
            (pk, _("version %(n)s") % {"n": version.number})
            for pk, version in self._versions.items()]])  # fmt: skip
        self._offer("part", [("", _("All questions")), *_parts(exercise)])
        self._offer("grader", [("", _("Any grader")), *((one, one) for one in _graders(exercise))])
        self.initial.setdefault("version", str(exercise.current_version_id))

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_pseudonym(self) -> Enrolment | None:
        """Give the person of that pseudonym, None for everybody."""
        name = self.cleaned_data["pseudonym"]
        if not name:
            return None
        found = Enrolment.objects.filter(course=self._exercise.course_id, pseudonym__iexact=name)
        person = found.first()
        if person is None:
            raise ValidationError(_("Nobody in this course has that pseudonym. Copy it exactly."))
        return person

    def clean_received_from(self) -> datetime | None:
        return self._instant("received_from")

    def clean_received_until(self) -> datetime | None:
        """Give the end of that minute."""
        at = self._instant("received_until")
        return at + timedelta(seconds=60, microseconds=-1) if at else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("received_from"), cleaned.get("received_until")
        if start and end and end < start:
            self.add_error("received_until", _("This is before the time from which you look."))
        return cleaned

    @property
    def orders(self) -> Orders:
        """The checked values; a policy batch runs no grader, so version and part do not matter."""
        told = self.cleaned_data
        by_graders = told["what"] == What.GRADERS
        return Orders(
            what=told["what"],
            reason=told["reason"],
            version=self._versions.get(told["version"]) if by_graders else None,
            part=told["part"] if by_graders else "",
            standings=tuple(told["standings"]),
            enrolment=told["pseudonym"],
            received_from=told["received_from"],
            received_until=told["received_until"],
            grader=told["grader"],
            never_lower=told["never_lower"],
        )

    def _instant(self, name: str) -> datetime | None:
        try:
            return instant_of(self.cleaned_data[name], self._exercise.course.tzinfo)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def _versions(exercise: Exercise) -> list[ExerciseVersion]:
    return list(
        ExerciseVersion.objects.filter(exercise=exercise, published_at__isnull=False)
        .defer("content")
        .order_by("-number")
    )


def _parts(exercise: Exercise) -> list[tuple[str, str]]:
    version = exercise.current_version
    parts = version.specification.parts if version else ()
    return [(part.slug, part.title) for part in parts]


def _graders(exercise: Exercise) -> list[str]:
    """Give each kind and version that ever graded an answer of the exercise: "text 2"."""
    jobs = GradingJob.objects.filter(submission__work_item__exercise=exercise)
    rows = RegradeBatch.objects.filter(exercise=exercise)
    used = [
        *jobs.order_by().values_list("kind_versions", flat=True).distinct(),
        *rows.order_by().values_list("rows__kind_versions", flat=True).distinct(),
    ]
    return sorted({f"{kind} {version}" for each in used for kind, version in (each or {}).items()})
