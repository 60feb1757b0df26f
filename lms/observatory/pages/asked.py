"""What an address of a board asks for, checked: a range, and labels of a metric."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django import forms

from lms.observatory.red.window import RANGES, USUAL_RANGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lms.observatory.samples import Labels

_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_MOST_LABELS, _LONGEST_VALUE = 10, 300
RANGE: Final = "range"


class RangeForm(forms.Form):
    """The range of a board. Links alone lead here, so that anything else means the usual one."""

    range = forms.ChoiceField(required=False)

    def __init__(self, data: Mapping[str, str], keys: Sequence[str] = tuple(RANGES)) -> None:
        super().__init__(data)
        field = self.fields["range"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(key, key) for key in keys]

    @property
    def key(self) -> str:
        return (self.cleaned_data["range"] if self.is_valid() else "") or USUAL_RANGE


def labels_in(query: Mapping[str, str]) -> Labels:
    """Give the labels that an address asks for; what can be no label is left out."""
    pairs = [
        (name, value)
        for name, value in sorted(query.items())
        if name != RANGE and value and _LABEL.fullmatch(name) and len(value) <= _LONGEST_VALUE
    ]
    return tuple(pairs[:_MOST_LABELS])
