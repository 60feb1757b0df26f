"""Pages of traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.observatory.pages.audience import audience_words, sees_site
from lms.observatory.pages.filters import TraceFilter
from lms.observatory.pages.lists import names_of, services_of, trace_list
from lms.observatory.pages.pulse import MOST_LOOKS, Waiting, pulse_page
from lms.observatory.pages.trace import trace_page
from lms.observatory.reading import store, viewer_of, zone_of
from lms.observatory.views.store_trouble import reads_store

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_LOOKS = frozenset(map(str, range(MOST_LOOKS)))


@require_safe
@reads_store("observatory/unavailable.html")
def traces(request: HttpRequest) -> HttpResponse:
    """List traces, newest first, under the filters of the address."""
    viewer, zone = viewer_of(request.user), zone_of(request.user)
    with timezone.override(zone):
        asked = TraceFilter(request.GET)
        page = trace_list(store(), viewer, asked, now=timezone.now(), zone=zone)
        context = {
            "page": page,
            "form": asked,
            "zone": zone,
            "audience": audience_words(viewer),
            "sees_site": sees_site(viewer),
            "names": names_of(page.rows),
            "services": services_of(page.rows),
        }
        return render(request, "observatory/traces.html", context)


@require_safe
@reads_store("observatory/unavailable.html")
def trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Show one trace; what is absent and what is not hers look the same."""
    page = trace_page(
        store(),
        viewer_of(request.user),
        trace_id,
        zone=zone_of(request.user),
        selected=request.GET.get("span", ""),
        is_unfolded="unfold" in request.GET,
    )
    if page is None:
        return render(request, "observatory/no_trace.html", {"trace_id": trace_id}, status=404)
    return render(request, "observatory/trace.html", {"page": page})


@require_safe
@reads_store("observatory/_pulse_trouble.html")
def pulse(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Give the drawer's inside, or a look that says when to look again."""
    look = request.GET.get("look", "0")
    page = pulse_page(
        store(), viewer_of(request.user), trace_id, look=int(look) if look in _LOOKS else MOST_LOOKS
    )
    template = "_pulse_waiting.html" if isinstance(page, Waiting) else "_pulse_open.html"
    return render(request, f"observatory/{template}", {"page": page})
