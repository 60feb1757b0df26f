"""What people send about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from lms.accounts import tasks

_OLD = _("Type your old password.")
_FIRST = _("Type a new password.")
_AGAIN = _("Type the new password a second time.")


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


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # only the stubs take one
    """The new password behind a mailed link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, new_password1=_FIRST, new_password2=_AGAIN)


class ChangedPasswordForm(PasswordChangeForm):
    """The old password and the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, old_password=_OLD, new_password1=_FIRST, new_password2=_AGAIN)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        _say(self, email=_("Type the e-mail address of your account."))

    def save(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Queue the mail; without a broker it is sent here."""
        request = kwargs["request"]
        args = (self.cleaned_data["email"], request.get_host(), request.is_secure())
        try:
            tasks.send_reset.delay(*args)
        except (OperationalError, OSError):
            tasks.send_reset(*args)


def _say(form: forms.BaseForm, **sentences: Any) -> None:
    """Set what is said of a field left empty: Django's own words say only that it is required."""
    for name, sentence in sentences.items():
        form.fields[name].error_messages["required"] = sentence
