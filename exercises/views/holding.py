"""Answers that arrive without a session or with a stale CSRF token: kept, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

from exercises import holding
from exercises.forms import UNREADABLE_CHARACTERS

if TYPE_CHECKING:
    from exercises.drafting import Fields

# What the form carries beside the answers.
_FORM_OWN = {"csrfmiddlewaretoken", "key", "held", "revision", "version"}


def fields_of(request: HttpRequest) -> Fields:
    """Give the posted answer fields, each with its list of values."""
    return {
        name: [UNREADABLE_CHARACTERS.sub("\ufffd", text) for text in request.POST.getlist(name)]
        for name in request.POST
        if name not in _FORM_OWN
    }


def hold_and_sign_in(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Keep a hand-in that came without a session and send its writer to sign in."""
    held = holding.hold(
        key=request.POST.get("key", ""), fields=fields_of(request), counts_from_receipt=True
    )
    if held is None:
        return _not_kept(request, status=401)
    messages.info(request, _("You were signed out. Your answer is kept: sign in and it is back."))
    return HttpResponseRedirect(_sign_in_for(course, exercise))


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a post whose CSRF token was refused: an answer is kept, to be handed in again."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return csrf_failure(request, reason=reason, template_name="403_csrf.html")
    if match.view_name not in {"exercises:hand_in", "exercises:save_draft"}:
        return csrf_failure(request, reason=reason, template_name="403_csrf.html")
    held = holding.hold(
        key=request.POST.get("key", ""), fields=fields_of(request), counts_from_receipt=False
    )
    if held is None:
        return _not_kept(request, status=403)
    messages.info(
        request, _("This page was out of date. Your text is kept: hand it in again from here.")
    )
    course, exercise = match.kwargs["course"], match.kwargs["exercise"]
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("exercises:exercise", args=[course, exercise]))
    return HttpResponseRedirect(_sign_in_for(course, exercise))


def _sign_in_for(course: str, exercise: str) -> str:
    there = reverse("exercises:exercise", args=[course, exercise])
    return f"{reverse('accounts:sign_in')}?{urlencode({'next': there})}"


def _not_kept(request: HttpRequest, *, status: int) -> HttpResponse:
    """Give the text back on a page of its own: we could not keep it, so she copies it."""
    texts = [value for values in fields_of(request).values() for value in values if value.strip()]
    return render(request, "exercises/not_kept.html", {"texts": texts}, status=status)
