"""The form of a free-text answer."""

import unicodedata
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ROWS = 4


class AnswerField(forms.CharField):
    """A text of limited length; lines end in one character, as they are counted."""

    widget = forms.Textarea(attrs={"rows": ROWS})
    default_error_messages = {
        "required": _("Write an answer, or leave the exercise for later. Nothing was handed in."),
    }

    def __init__(self, *, most_characters: int, **options: Any) -> None:
        super().__init__(**options)
        self.most_characters = most_characters
        self.validators = []  # validate() refuses the null character in our words

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if any(map(_is_refused, value)):
            raise ValidationError(
                gettext(
                    "The answer holds characters that cannot be read, such as control characters."
                    " Type it again, or paste it as plain text, then hand it in again."
                ),
                code="characters",
            )
        if len(value) > self.most_characters:
            raise ValidationError(
                gettext(
                    "The answer is %(length)s characters long; at most %(limit)s are taken."
                    " Shorten it and hand it in again."
                ),
                code="max_length",
                params={
                    "length": number_format(len(value), use_l10n=True, force_grouping=True),
                    "limit": number_format(self.most_characters, force_grouping=True),
                },
            )


@lru_cache(maxsize=32)
def answer_form(most_characters: int) -> type[forms.Form]:
    """Give the form class whose cleaned data is {"text": ...}."""

    class AnswerForm(forms.Form):
        text = AnswerField(label=_("Your answer"), most_characters=most_characters)

    return AnswerForm


def _is_refused(character: str) -> bool:
    """Refuse control characters but line ends and tabs, and what stands for undecodable bytes."""
    if character in "\n\t":
        return False
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cs"}
