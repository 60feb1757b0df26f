"""The pages that say what went wrong and what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from exercises.views.holding import fields_of
from lms.telemetry import traces

if TYPE_CHECKING:
    from django.http import HttpRequest

# A killed process is back within seconds; a full disk is not, and she can press again.
RETRY_AFTER_S = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be read, 413 for what is too large."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent)
    name, status = ("413.html", 413) if too_large else ("400.html", 400)
    # Nothing that reads the request's body or the database: both may be the trouble.
    return HttpResponse(render_to_string(name, _bare(request)), status=status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a page that is closed to the person's role."""
    said = exception.args[0] if exception.args else ""
    return render(request, "403.html", {"sentence": said}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer for what does not exist or is not hers: to her it is the same."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we broke: rendered without database, session and context processors.

    503 where the database cannot be reached or written to, which passes. An answer comes back on
    the page, with a button that posts the same form again.
    """
    # Django calls this while it handles the exception.
    is_passing = isinstance(sys.exception(), OperationalError | InterfaceError)
    status = 503 if is_passing else 500
    posted = _posted(request)
    if posted and request.headers.get("Accept", "").startswith("application/json"):
        sentence = _("The draft could not be stored just now. Keep this page open: try again soon.")
        response: HttpResponse = JsonResponse({"sentence": sentence}, status=status)
    else:
        context = _bare(request) | posted
        response = HttpResponse(render_to_string(f"{status}.html", context), status=status)
    if is_passing:
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def too_many(request: HttpRequest, *, retry_after_s: int) -> HttpResponse:
    """Answer somebody who is faster than a person, with when to come back."""
    context = {"retry_after_s": retry_after_s}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after_s)
    return response


def _bare(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in {"light", "dark"} else "",
        "trace_id": traces.current_trace_id(),
    }


def _posted(request: HttpRequest) -> dict[str, Any]:
    """Give what was being handed in or saved: the whole form, and its prose for reading.

    The form's own CSRF token goes back, not a fresh one: a stranger's form stays refused.
    """
    if request.method != "POST":
        return {}
    try:
        name = resolve(request.path_info).view_name
        fields = [(field, text) for field, texts in request.POST.lists() for text in texts]
    except (Resolver404, SuspiciousOperation, OSError):
        return {}
    if name not in {"exercises:hand_in", "exercises:save_draft"}:
        return {}
    prose = [text for texts in fields_of(request).values() for text in texts if " " in text]
    return {
        "again": request.path,
        "fields": fields,
        "texts": prose,
        "is_draft": name == "exercises:save_draft",
    }
