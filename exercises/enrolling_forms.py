"""What people send to join a course, and what instructors send about people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.models import Enrolment
from exercises.models.walltime import instant_of
from lms.accounts.models import User, validate_username

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from exercises.models import PolicyOverride

_LONGEST_DAYS = 366
_MOST_ATTEMPTS = 100
_MOST_USES = 10_000
_PASSWORD_MAX = 1024


def _text(autocomplete: str = "off", **more: str) -> forms.TextInput:
    plain = {"class": "in", "autocapitalize": "none", "spellcheck": "false"}
    return forms.TextInput(attrs={**plain, "autocomplete": autocomplete, **more})


def _number(low: int, high: int, *, label: Any, too_much: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        widget=forms.NumberInput(attrs={"class": "in"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), too_much),
    )


class JoinForm(forms.Form):
    """The code alone, for somebody who is signed in."""

    code = forms.CharField(
        label=gettext_lazy("Invitation code"),
        max_length=40,
        widget=_text(placeholder="XXXX-XXXX-XXXX"),
        error_messages={
            "required": gettext_lazy("Type the code of your invitation."),
            "max_length": gettext_lazy("A code has twelve signs. Compare it with your invitation."),
        },
    )


class SignUpForm(JoinForm):
    """The code and a new account; what is taken is the use case's to say."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        help_text=gettext_lazy("Your instructor sees it. Letters, digits and . + - _"),
        max_length=40,
        validators=[validate_username],
        widget=_text("username"),
        error_messages={
            "required": gettext_lazy("Choose a user name."),
            "max_length": gettext_lazy("Keep the user name under 41 letters."),
        },
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("Only to let you set a new password when you forgot yours."),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "in", "autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Type your e-mail address."),
            "invalid": gettext_lazy("Write the address as name@example.org."),
        },
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least 8 characters; no common password, not like your name."),
        max_length=_PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "in", "autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Choose a password.")},
    )
    password_again = forms.CharField(
        label=gettext_lazy("Password, once more"),
        max_length=_PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "in", "autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Type the password a second time.")},
    )

    def clean(self) -> dict[str, Any]:
        """Hold the password against the site's rules and its repetition."""
        data = self.cleaned_data
        password, again = data.get("password"), data.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("The two differ. Type the same password twice."))
        if password:
            person = User(username=data.get("username", ""), email=data.get("email", ""))
            try:
                validate_password(password, user=person)
            except ValidationError as refused:
                self.add_error("password", refused)
        return data

    @property
    def account(self) -> dict[str, str]:
        """The checked values as sign_up takes them."""
        return {name: self.cleaned_data[name] for name in ("username", "email", "password", "code")}


class SearchForm(forms.Form):
    """q: words, each of which stands in a person's name, user name or pseudonym."""

    q = forms.CharField(
        label=gettext_lazy("Name"), required=False, max_length=100, widget=_text(type="search")
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Enrolment.Role.choices,
        widget=forms.Select(attrs={"class": "in"}),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the roles shown.")},
    )


class GrantForm(forms.Form):
    """Extra time in days and hours, with its reason."""

    days = _number(
        0,
        _LONGEST_DAYS,
        label=gettext_lazy("Days"),
        too_much=gettext_lazy("Write whole days from 0 to 366."),
    )
    hours = _number(
        0, 23, label=gettext_lazy("Hours"), too_much=gettext_lazy("Write whole hours from 0 to 23.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=_text(),
        error_messages={
            "required": gettext_lazy("Write the reason: it stands beside what you grant."),
            "max_length": gettext_lazy("Keep the reason under 201 characters."),
        },
    )

    @property
    def extra_time(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"], hours=self.cleaned_data["hours"])

    @staticmethod
    def initial_of(extra_time: timedelta, reason: str) -> dict[str, Any]:
        """Give the form's initial values for time that was granted."""
        return {
            "days": extra_time.days,
            "hours": extra_time.seconds // 3600,
            "reason": reason,
        }


class OverrideForm(GrantForm):
    """Extra time and attempts in one exercise. With is_revealed it asks whether they count."""

    attempts = _number(
        0,
        _MOST_ATTEMPTS,
        label=gettext_lazy("Extra attempts"),
        too_much=gettext_lazy("Write a whole number from 0 to 100."),
    )
    counts_after_reveal = forms.BooleanField(
        label=gettext_lazy("Let later attempts count although the discussion was shown"),
        required=False,
    )

    def __init__(self, *args: Any, is_revealed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_revealed:
            del self.fields["counts_after_reveal"]

    @staticmethod
    def initial_from(override: PolicyOverride | None) -> dict[str, Any]:
        """Give the form's initial values for an override, if there is one."""
        if override is None:
            return {"days": 0, "hours": 0, "attempts": 0}
        return {
            **GrantForm.initial_of(override.extra_time, override.reason),
            "attempts": override.extra_attempts,
            "counts_after_reveal": override.counts_after_reveal,
        }

    @property
    def values(self) -> dict[str, Any]:
        """The checked values as override_policy takes them."""
        return {
            "extra_time": self.extra_time,
            "extra_attempts": self.cleaned_data["attempts"],
            "counts_after_reveal": self.cleaned_data.get("counts_after_reveal", False),
            "reason": self.cleaned_data["reason"],
        }


class CodeForm(forms.Form):
    """The last day of a code, in the course's zone, and how many may join with it."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "in", "type": "date"}),
        error_messages={
            "required": gettext_lazy("Choose the last day on which the code works."),
            "invalid": gettext_lazy("Write the day as 2026-11-29."),
        },
    )
    uses_max = _number(
        1,
        _MOST_USES,
        label=gettext_lazy("People"),
        too_much=gettext_lazy("Write how many people may join: 1 to 10 000."),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        today = timezone.now().astimezone(zone).date()
        kwargs.setdefault("initial", {"last_day": today + timedelta(days=30), "uses_max": 200})
        super().__init__(*args, **kwargs)
        self._zone = zone

    def clean_last_day(self) -> datetime:
        """Give the end of that day; refuse a day that is over or too far away."""
        day = self.cleaned_data["last_day"]
        now = timezone.now()
        try:
            end = instant_of(f"{day:%Y-%m-%d}T23:59", self._zone)
        except (ValueError, OverflowError):
            raise ValidationError(_("Choose another day.")) from None
        if end is None or end <= now:
            raise ValidationError(_("That day is over. Choose today or a later day."))
        if end > now + timedelta(days=_LONGEST_DAYS):
            raise ValidationError(_("Choose a day within a year: make a new code after it."))
        return end
