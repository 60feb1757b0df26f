"""Joining a course with an invitation code, with or without an account."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exercises.enrolling import AddressTaken, EnrollingRefused, NameTaken, sign_up
from exercises.enrolling import join as join_course
from exercises.enrolling_forms import JoinForm, SignUpForm
from lms.accounts import throttle
from lms.accounts.signing_in import remember_device

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.models import Enrolment
    from lms.accounts.models import User

# Refused tries per client address: a class of 200 behind one address may err twice each within
# five minutes (400 now and 300 more), and who tries addresses or codes gets one a second.
FAILURES_BURST = 400
FAILURES_PER_S = 1.0


@login_not_required
@never_cache
@sensitive_post_parameters("code", "username", "email", "password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Take a code, and make an account with it for somebody who is not signed in."""
    form_class = JoinForm if request.user.is_authenticated else SignUpForm
    if request.method != "POST":
        return _page(request, form_class(initial={"code": request.GET.get("code", "")[:40]}))
    form = form_class(request.POST)
    wait = _failure(request, is_counted=False)
    if wait:
        return _slowed(request, form, wait_s=wait)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        if isinstance(form, SignUpForm):
            return _signed_up(request, sign_up(**form.account))
        return _joined(request, form.cleaned_data["code"])
    except EnrollingRefused as refused:
        form.add_error(_field_of(refused), str(refused.sentence))
    wait = _failure(request, is_counted=True)
    return _slowed(request, form, wait_s=wait) if wait else _page(request, form, status=422)


def _joined(request: HttpRequest, code: str) -> HttpResponse:
    enrolment = join_course(user=cast("User", request.user), code=code)
    return _onward(request, enrolment)


def _signed_up(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Start a session of her own: the key of the one before, if any, ends with it."""
    login(request, enrolment.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = _onward(request, enrolment)
    remember_device(response, enrolment.user, secure=settings.SESSION_COOKIE_SECURE)
    return response


def _onward(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    course = enrolment.course
    messages.success(request, _("You are in %(title)s.") % {"title": course.title})
    return redirect("exercises:course", course.slug)


def _failure(request: HttpRequest, *, is_counted: bool) -> float:
    """Give 0.0, or the seconds to wait after too many refused tries; count one more, or only look.

    A look is a taking that is rolled back: people who join must not use up what errors may.
    """
    with transaction.atomic():
        wait = throttle.take(
            f"join:{throttle.client_key(request)}", per_s=FAILURES_PER_S, burst=FAILURES_BURST
        )
        transaction.set_rollback(not is_counted)
    return wait


def _field_of(refused: EnrollingRefused) -> str:
    if isinstance(refused, NameTaken):
        return "username"
    return "email" if isinstance(refused, AddressTaken) else "code"


def _slowed(request: HttpRequest, form: JoinForm, *, wait_s: float) -> HttpResponse:
    """Ask to wait, and say nothing of what was typed."""
    seconds = math.ceil(wait_s)
    blank = type(form)(initial={name: request.POST.get(name, "") for name in ("code", "username")})
    sentence = ngettext(
        "Too many tries from your network. Wait %(n)s second, then try again.",
        "Too many tries from your network. Wait %(n)s seconds, then try again.",
        seconds,
    )
    messages.error(request, sentence % {"n": seconds})
    response = _page(request, blank, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _page(request: HttpRequest, form: JoinForm, *, status: int = 200) -> HttpResponse:
    return render(request, "exercises/join.html", {"form": form}, status=status)
