"""What an instructor says when she switches the release of a part."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReleaseForm(forms.Form):
    """Which way, and why."""

    is_on = forms.TypedChoiceField(
        choices=[("on", "on"), ("off", "off")],
        coerce=lambda word: word == "on",
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Open this page anew, then press its button."),
            "invalid_choice": _("Open this page anew, then press its button."),
        },
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "in", "rows": 2}),
        error_messages={
            "required": _("Write why, for whoever reads the history."),
            "max_length": _("Keep the reason under 500 characters."),
        },
    )
