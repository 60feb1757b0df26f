"""The author's form: an exercise's policy as fields, its content as text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exercises.author_sheets import content_of, newest_version, text_of
from exercises.authoring.document import FileProblem, UnreadableFiles
from exercises.models import Exercise, ExerciseVersion, Module

if TYPE_CHECKING:
    ExerciseModelForm = forms.ModelForm[Exercise]
else:
    ExerciseModelForm = forms.ModelForm

SKELETON = Path(__file__).with_name("skeleton.yaml")
POLICY = ("points", "attempts", "opens_wall", "due_wall", "late_steps", "reveal", "release")

_WALL_TIME = gettext_lazy("Local time of the course, such as 2026-11-29T23:59; empty for none.")


class LateStepsField(forms.CharField):
    """Late steps as lines: a local time, a blank, the fraction of the points that is kept."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{step['until_wall']} {step['fraction']}" for step in value)
        return value

    def to_python(self, value: Any) -> Any:
        lines = [line.split() for line in str(value or "").splitlines() if line.strip()]
        return [self._step(words) for words in lines]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))

    def run_validators(self, value: Any) -> None:
        """Skip the validators of text: the value is a list by now."""

    def _step(self, words: list[str]) -> dict[str, str]:
        try:
            wall, fraction = words
            kept = Decimal(fraction)
        except (ValueError, InvalidOperation):
            kept = Decimal(-1)
        if not (kept.is_finite() and 0 <= kept <= 1):
            raise ValidationError(
                _("Write each step on its own line, such as: 2026-12-06T23:59 0.5")
            )
        return {"until_wall": wall, "fraction": str(kept)}


class DraftForm(ExerciseModelForm):
    """What an assistant may write: the text of the draft.

    content: cleaned, the JSON of ExerciseContent. seen: digest of what was loaded, so that two
    authors do not overwrite each other. problems: what is wrong with the text, with its lines.
    stored: the version that another author saved meanwhile.
    """

    checks_row = False

    content = forms.CharField(
        label=gettext_lazy("Text"),
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 40, "class": "au-yaml", "spellcheck": "false"}),
        help_text=gettext_lazy("YAML: title, statement, parts with their samples, discussion."),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    class Meta:
        model = Exercise
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: list[FileProblem] = []
        self.stored: ExerciseVersion | None = None
        self.newest = newest_version(self.instance)
        self.fields["content"].initial = text_of(self.newest) if self.newest else skeleton()
        self.fields["seen"].initial = self.newest.sha256 if self.newest else ""

    def _post_clean(self) -> None:
        # Without a module the row has no course yet, and without a course no zone for its times.
        if self.checks_row and self.instance.course_id is not None:
            super()._post_clean()  # type: ignore[misc]  # Django's hook; the stubs leave it out

    def clean_content(self) -> dict[str, Any]:
        try:
            return content_of(self.cleaned_data["content"])
        except UnreadableFiles as refused:
            self.problems = refused.problems
            raise ValidationError(
                ngettext(
                    "Not saved: %(n)d problem, listed below. Your text is kept here.",
                    "Not saved: %(n)d problems, listed below. Your text is kept here.",
                    len(refused.problems),
                ),
                params={"n": len(refused.problems)},
            ) from None

    def clean(self) -> dict[str, Any]:
        """Refuse to overwrite what another author saved since the text was loaded."""
        if self.newest and self.cleaned_data.get("seen") != self.newest.sha256:
            self.stored = self.newest
            # Saving the shown form once more is the author's decision to replace it.
            self.data = {
                **{name: self.data[name] for name in self.data},
                "seen": self.newest.sha256,
            }
            raise ValidationError(
                _(
                    "Not saved: somebody saved this exercise since you opened it. Their text is "
                    "shown under yours. Take over what you need, then save again to replace it."
                )
            )
        return self.cleaned_data


class ExerciseForm(DraftForm):
    """What an instructor may write: place and policy beside the text."""

    checks_row = True

    late_steps = LateStepsField(
        required=False,
        label=gettext_lazy("Late steps"),
        help_text=gettext_lazy(
            "One a line, after the due time: until when, and the fraction of the points that is "
            "kept, such as 2026-12-06T23:59 0.5"
        ),
    )

    class Meta:
        model = Exercise
        fields = ("module", "slug", "position", *POLICY)
        labels = {"opens_wall": gettext_lazy("Opens"), "due_wall": gettext_lazy("Due")}
        help_texts = {"opens_wall": _WALL_TIME, "due_wall": _WALL_TIME}

    def clean(self) -> dict[str, Any]:
        """Set the course from the module, and keep addresses apart within the course."""
        cleaned = super().clean()
        module: Module | None = cleaned.get("module")
        if module is not None:
            if self.instance.pk and module.course_id != self.instance.course_id:
                self.add_error("module", _("Choose a module of the same course."))
            self.instance.course = module.course
            self._keep_apart(module, cleaned.get("slug"))
        return cleaned

    def _keep_apart(self, module: Module, slug: str | None) -> None:
        taken = Exercise.objects.filter(course=module.course_id, slug=slug)
        if slug and taken.exclude(pk=self.instance.pk).exists():
            self.add_error("slug", _("This course has an exercise of that slug; choose another."))


def skeleton() -> str:
    """Give the text that a new exercise starts from."""
    return SKELETON.read_text(encoding="utf-8")
