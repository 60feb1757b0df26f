"""The pages that say what went wrong and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from lms.telemetry import traces

if TYPE_CHECKING:
    from django.http import HttpRequest


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
    """Answer when we broke: rendered without database, session and context processors."""
    return HttpResponse(render_to_string("500.html", _bare(request)), status=500)


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
