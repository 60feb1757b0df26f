"""Why an answer was not taken, in sentences for its writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from exercises.models import Submission


class HandInRefused(Exception):
    """An answer was not taken. sentence: why, and what to do; never holds the answer."""

    sentence: str | _StrPromise = ""


class NotOpenYet(HandInRefused):
    """The exercise opens later."""

    sentence = _("This exercise is not open yet. Your text is kept as a draft.")


class Closed(HandInRefused):
    """The last late step is over."""

    sentence = _("This exercise has closed. Your text is kept; ask your instructor for more time.")


class AttemptsUsed(HandInRefused):
    """The attempt limit is reached."""

    sentence = _("All your attempts are used. Your text is kept as a draft.")


class KeyInvalid(HandInRefused):
    """The form's key was not made by us for this person and exercise."""

    sentence = _("This form is out of date. Your text is below: hand it in again.")


class KeyReused(HandInRefused):
    """The form was already handed in with other answers. submission: the stored one."""

    sentence = _("This form was already handed in with another text.")

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission


class TooManyHandIns(HandInRefused):
    """More answers in a minute than one person types. retry_after_s: whole seconds."""

    sentence = _("That was very fast. Wait a minute, then hand in again; your text is kept.")
    retry_after_s = 60
