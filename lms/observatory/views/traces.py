"""Pages of traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.observatory.pages.trace import trace_page
from lms.observatory.reading import store, viewer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Show one trace."""
    page = trace_page(store(), viewer_of(request.user), trace_id)
    if page is None:
        raise Http404(_("There is no such trace among yours."))
    return render(request, "observatory/trace.html", {"page": page})
