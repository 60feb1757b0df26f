"""Signing in and out, one's account, the theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts import context, signing_in
from lms.accounts.forms import ChangedPasswordForm, NewPasswordForm, SignInForm, ThemeForm
from lms.telemetry.logs import get_logger

log = get_logger(__name__)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; sign in and go on to where the person wanted to be."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(_next_of(request))
        return render(request, "accounts/sign_in.html", _form_context(request, SignInForm()))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form_again(request, form, status=422)
    try:
        person = signing_in.sign_in(request, **form.cleaned_data)
    except signing_in.SignInSlowed as slowed:
        sentence = _("Too many wrong passwords. Wait %(seconds)s seconds, then try again.")
        form.add_error(None, sentence % {"seconds": slowed.wait_s})
        response = _form_again(request, form, status=429)
        response["Retry-After"] = str(slowed.wait_s)
        return response
    if person is None:
        form.add_error(None, _("Name and password do not fit. Check both and try again."))
        return _form_again(request, form, status=422)
    login(request, person, backend="lms.accounts.signing_in.NameOrEmailBackend")
    log.info("session.started", person=person.pseudonym)
    response = HttpResponseRedirect(_next_of(request))
    signing_in.remember_device(response, person, secure=settings.SESSION_COOKIE_SECURE)
    return response


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        log.info("session.ended", person=request.user.pseudonym)
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what the site knows of the person."""
    return render(request, "accounts/account.html")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to the page."""
    form = ThemeForm(request.POST)
    response = HttpResponseRedirect(_next_of(request))
    if form.is_valid():
        response.set_cookie(
            context.THEME_COOKIE,
            form.cleaned_data["theme"],
            max_age=365 * 24 * 3600,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


class PasswordChange(auth_views.PasswordChangeView):
    """Django's, noted in the log."""

    form_class = ChangedPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        log.info("password.changed", person=form.user.pseudonym)
        return response


class PasswordReset(auth_views.PasswordResetConfirmView):
    """Django's, with a session and a known device at its end.

    So whoever is slowed by a stranger that guesses at her name gets in by way of her mailbox.
    """

    form_class = NewPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        log.info("password.changed", person=form.user.pseudonym, reason="reset")
        log.info("session.started", person=form.user.pseudonym)
        signing_in.remember_device(response, form.user, secure=settings.SESSION_COOKIE_SECURE)
        return response


def _form_context(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    return {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}


def _form_again(request: HttpRequest, form: SignInForm, *, status: int) -> HttpResponse:
    return render(request, "accounts/sign_in.html", _form_context(request, form), status=status)


def _next_of(request: HttpRequest) -> str:
    """Give where to go on; only addresses of this site are followed."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)
