"""What people send about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from lms.accounts import tasks


class SignInForm(forms.Form):
    """Name and password; whether they fit is not a form's matter."""

    name = forms.CharField(
        label=_("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"class": "in mt2", "autocomplete": "username", "autocapitalize": "none"}
        ),
        error_messages={"required": _("Type your user name or e-mail address.")},
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "in mt2", "autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )


class ThemeForm(forms.Form):
    """light, dark, or "" for what the system says."""

    theme = forms.ChoiceField(
        choices=[("light", _("Light")), ("dark", _("Dark")), ("", _("As the system"))],
        required=False,
    )


class ResetForm(PasswordResetForm):
    """Asks for a reset mail; the worker looks whether somebody has that address.

    So the answer takes the same time whether or not the account exists.
    """

    def save(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Queue the mail; without a broker it is sent here."""
        request = kwargs["request"]
        args = (self.cleaned_data["email"], request.get_host(), request.is_secure())
        try:
            tasks.send_reset.delay(*args)
        except (OperationalError, OSError):
            tasks.send_reset(*args)
