"""The answers on which an author tries a rubric."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.rubric_trials import BYTES_MAX


class TryForm(forms.Form):
    """Answers, typed or in a file, and what to show of them."""

    LINES, YAML = "lines", "yaml"

    shape = forms.ChoiceField(
        label=gettext_lazy("How they are written"),
        choices=[
            (LINES, gettext_lazy("One answer a line")),
            (YAML, gettext_lazy("YAML list with labels")),
        ],
        initial=LINES,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how the answers are written."),
            "invalid_choice": gettext_lazy("Choose how the answers are written."),
        },
    )
    answers = forms.CharField(
        label=gettext_lazy("Answers"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "in mono", "rows": 10, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        allow_empty_file=True,
        error_messages={"invalid": gettext_lazy("The file did not arrive. Choose it again.")},
    )
    only_differing = forms.BooleanField(
        label=gettext_lazy("Show only answers on which something differs"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one source of a bounded size."""
        typed, file = self.cleaned_data.get("answers", ""), self.cleaned_data.get("file")
        if typed.strip() and file:
            raise ValidationError(_("Type answers or choose a file, not both."))
        if not typed.strip() and not file:
            raise ValidationError(_("Type answers, or choose a file of at most 256 kB."))
        if len(typed.encode()) > BYTES_MAX or (file and file.size > BYTES_MAX):
            raise ValidationError(_("These are more than 256 kB; try fewer answers."))
        return self.cleaned_data

    @property
    def raw(self) -> bytes:
        """The answers of a valid form as they came, lines ended by one character."""
        file = self.cleaned_data["file"]
        if file:
            content: bytes = file.read()
            return content
        typed: str = self.cleaned_data["answers"]
        return typed.replace("\r\n", "\n").encode()
