"""What students send, checked: answers, drafts, marks of their own, a wish for a person."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exercises.contract import Variant
from exercises.models import ExerciseVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exercises.contract import Answer
    from exercises.drafting import Fields
    from exercises.models import WorkItem
    from exercises.self_marking import Marks
    from exercises.specification import Part, Specification

DRAFT_MAX_BYTES = 64 * 1024

# U+FFFD is what bytes that are no UTF-8 become; the others cannot be typed or shown, and
# PostgreSQL refuses U+0000. Tab, line feed and carriage return are ordinary text.
UNREADABLE_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")

UNREADABLE = _(
    "This text holds a character that cannot be read. Remove or retype what looks odd in it."
)


@dataclass(frozen=True, slots=True)
class Question:
    """One part as the form shows it. question: what its kind's answer.html needs beside it."""

    number: int
    part: Part
    form: forms.Form
    question: dict[str, Any]

    @property
    def template(self) -> str:
        return f"kinds/{self.part.kind.slug}/answer.html"

    @property
    def has_errors(self) -> bool:
        return self.form.is_bound and bool(self.form.errors)


class AnswerSheet:
    """The answer forms of all parts of one version, each prefixed with its part's slug.

    data: what was posted, to be checked. fields: a draft or held post, shown unchecked.
    answers: an earlier submission's, shown where nothing newer was typed. is_dirty: the fields
    were just posted, so no draft may have them; always true of data. ids: what element ids begin
    with, for a second sheet on the page.
    """

    def __init__(
        self,
        specification: Specification,
        *,
        seed: str,
        data: QueryDict | None = None,
        fields: Fields | None = None,
        answers: Mapping[str, Answer] | None = None,
        is_dirty: bool = False,
        ids: str = "id",
    ) -> None:
        self._data = data
        self.is_dirty = is_dirty or data is not None
        typed = _query(fields) if fields is not None else None
        variant = Variant(seed=seed)
        self.questions = [
            Question(
                number=number,
                part=part,
                form=_form(
                    part.kind.answer_form(part.spec, variant=variant),
                    data=data,
                    typed=typed,
                    initial=dict((answers or {}).get(part.slug, {})),
                    prefix=part.slug,
                    auto_id=f"{ids}_%s",
                ),
                question=part.kind.question(part.spec, variant=variant),
            )
            for number, part in enumerate(specification.parts, start=1)
        ]

    def is_valid(self) -> bool:
        """Check every part, so that all errors are shown at once."""
        for question in self.questions:
            self._refuse_unreadable(question.form)
        return not any(question.form.errors for question in self.questions)

    @property
    def answers(self) -> dict[str, Answer]:
        """The checked answers by part slug."""
        return {question.part.slug: question.form.cleaned_data for question in self.questions}

    @property
    def fields(self) -> Fields:
        """What was posted for these parts, unchecked, as a draft keeps it."""
        data = self._data or QueryDict()
        return {
            name: [UNREADABLE_CHARACTERS.sub("\ufffd", text) for text in data.getlist(name)]
            for name in self._names()
            if name in data
        }

    @property
    def errors(self) -> list[tuple[Question, str, str]]:
        """Each error as (question, id of the field it belongs to, sentence)."""
        return [
            (question, _field_id(question.form, name), str(sentence))
            for question in self.questions
            if question.has_errors
            for name, sentences in question.form.errors.items()
            for sentence in sentences
        ]

    def _names(self) -> Iterator[str]:
        for question in self.questions:
            for name in question.form.fields:
                yield question.form.add_prefix(name)

    def _refuse_unreadable(self, form: forms.Form) -> None:
        data = self._data or QueryDict()
        for name in form.fields:
            texts = data.getlist(form.add_prefix(name))
            if name not in form.errors and any(map(UNREADABLE_CHARACTERS.search, texts)):
                form.add_error(name, UNREADABLE)


class DraftForm(forms.Form):
    """revision: what the writer saw, 0 for none."""

    revision = forms.IntegerField(min_value=0, initial=0)


class ReviewWishForm(forms.Form):
    """A wish that a person looks, and at what."""

    reason = forms.CharField(
        label=_("What should the person look at?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Write what the person should look at, then ask again."),
            "max_length": _("Shorten your note to 1000 characters, then ask again."),
        },
    )


class SelfMarkForm(forms.Form):
    """One mark for each criterion of each part; an unmarked one stays unmarked."""

    LEVELS = (("1", _("Yes")), ("0.5", _("In part")), ("0", _("No")))

    def __init__(self, specification: Specification, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys: dict[str, tuple[str, str]] = {}
        for part in specification.parts:
            for criterion in part.kind.criteria(part.spec):
                name = f"mark-{part.slug}-{criterion.id}"
                self._keys[name] = (part.slug, criterion.id)
                self.fields[name] = forms.ChoiceField(
                    label=criterion.title,
                    choices=self.LEVELS,
                    required=False,
                    widget=forms.RadioSelect,
                )

    @staticmethod
    def initial_of(marks: Mapping[tuple[str, str], Decimal]) -> dict[str, str]:
        """Give the form's initial values for stored marks."""
        return {
            f"mark-{part}-{criterion}": format(level.normalize(), "f")
            for (part, criterion), level in marks.items()
        }

    def of_part(self, part: str) -> list[forms.BoundField]:
        """Give the fields of one part's criteria, in their order."""
        return [self[name] for name, key in self._keys.items() if key[0] == part]

    @property
    def marks(self) -> Marks:
        """The checked marks."""
        return {
            key: Decimal(self.cleaned_data[name])
            for name, key in self._keys.items()
            if self.cleaned_data[name]
        }


def is_too_long(fields: Fields) -> bool:
    """Claim that a draft's fields exceed what one draft may hold."""
    return len(json.dumps(fields).encode()) > DRAFT_MAX_BYTES


def version_mark(item: WorkItem, version: ExerciseVersion) -> str:
    """Give the signed note of which version a form shows, so that an answer is graded on it."""
    return _signer().sign(f"{item.pk}.{version.pk}")


def marked_version(mark: str, item: WorkItem) -> ExerciseVersion:
    """Give the version that a posted form showed; the newest where the note is missing or forged.

    The item's exercise and its current version must be loaded.
    """
    newest = item.exercise.current_version
    if newest is None:
        raise ExerciseVersion.DoesNotExist
    try:
        item_id, version_id = map(int, _signer().unsign(mark).split("."))
    except (BadSignature, ValueError):
        return newest
    if item_id != item.pk or version_id == newest.pk:
        return newest
    return (
        ExerciseVersion.objects.filter(exercise=item.exercise_id, pk=version_id).first() or newest
    )


def _signer() -> Signer:
    return Signer(salt="exercises.form-version")


def _form(
    form_class: type[forms.Form],
    *,
    data: QueryDict | None,
    typed: QueryDict | None,
    initial: dict[str, Any],
    prefix: str,
    auto_id: str,
) -> forms.Form:
    form = form_class(data, initial=initial, prefix=prefix, auto_id=auto_id)
    if typed is not None:
        for name, field in form.fields.items():
            prefixed = form.add_prefix(name)
            form.initial[name] = field.widget.value_from_datadict(typed, QueryDict(), prefixed)
    return form


def _query(fields: Fields) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, texts in fields.items():
        query.setlist(name, texts)
    return query


def _field_id(form: forms.Form, name: str) -> str:
    if name not in form.fields:
        return form.add_prefix("form")
    bound = form[name]
    return bound.id_for_label or bound.auto_id
