"""Pages of log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.observatory.pages.audience import audience_words, sees_site
from lms.observatory.pages.filters import LogFilter
from lms.observatory.pages.lists import log_list
from lms.observatory.reading import store, viewer_of, zone_of
from lms.observatory.views.store_trouble import reads_store

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@reads_store("observatory/unavailable.html")
def logs(request: HttpRequest) -> HttpResponse:
    """List log lines, newest first, under the filters of the address."""
    viewer, zone = viewer_of(request.user), zone_of(request.user)
    with timezone.override(zone):
        asked = LogFilter(request.GET)
        page = log_list(store(), viewer, asked, now=timezone.now(), zone=zone)
        context = {
            "page": page,
            "form": asked,
            "zone": zone,
            "audience": audience_words(viewer),
            "sees_site": sees_site(viewer),
        }
        return render(request, "observatory/logs.html", context)
