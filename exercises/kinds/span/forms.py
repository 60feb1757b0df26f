"""The form of a trace: one radio button for each span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from lms.observatory.traces.waterfall import Waterfall


def answer_form(waterfall: Waterfall) -> type[forms.Form]:
    """Give the form class whose cleaned data is {"span": span id}.

    Each choice's label is its drawn row, so that the page draws the button within the row.
    """
    rows = [(row.span.id, row) for row in waterfall.rows]

    class AnswerForm(forms.Form):
        span = forms.ChoiceField(
            label=_("The span"),
            choices=rows,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose a span of the trace."),
                "invalid_choice": _("Choose one of the spans shown."),
            },
        )

    return AnswerForm
