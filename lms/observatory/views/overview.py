"""Pages of the site's own health."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.observatory.pages import board as class_board
from lms.observatory.pages import overview as site_overview
from lms.observatory.pages.asked import RangeForm, labels_in
from lms.observatory.pages.audience import sees_site
from lms.observatory.pages.readings import Reading
from lms.observatory.pages.series import SeriesReading
from lms.observatory.pages.store_state import store_page
from lms.observatory.reading import metrics, minutes, routes, store, viewer_of, zone_of
from lms.observatory.red.window import window_of
from lms.observatory.views.store_trouble import reads_store

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from lms.observatory.viewing import Viewer

NS_PER_MS = 1_000_000


@require_safe
@reads_store("observatory/unavailable.html")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the site's health to those who teach or run it; others get to the class's board."""
    viewer = viewer_of(request.user)
    if not sees_site(viewer):
        return redirect("observatory:board")
    zone = zone_of(request.user)
    window = window_of(RangeForm(request.GET).key, _now_ms())
    reading = Reading(minutes(), metrics(), routes())
    page = site_overview.overview_page(
        store(), minutes(), reading, viewer, window=window, zone=zone
    )
    rows = site_overview.tail(store(), viewer, now_ns=time.time_ns(), zone=zone)
    context = {"page": page, "rows": rows, "zone": zone, "sees_site": True}
    with timezone.override(zone):
        return render(request, "observatory/overview.html", context)


@require_safe
@reads_store("observatory/unavailable.html")
def board(request: HttpRequest) -> HttpResponse:
    """Show the class's board, with the person's own requests on it."""
    viewer, zone = viewer_of(request.user), zone_of(request.user)
    page = class_board.board_page(
        store(), minutes(), routes(), owner=viewer.owner, zone=zone,
        window=window_of(RangeForm(request.GET, class_board.RANGES).key, _now_ms()),
    )  # fmt: skip
    context = {"page": page, "zone": zone, "sees_site": sees_site(viewer)}
    return render(request, "observatory/board.html", context)


@require_safe
@reads_store("observatory/_tail_trouble.html")
def tail(request: HttpRequest) -> HttpResponse:
    """Give the newest log lines, the overview's live part."""
    viewer = _of_site(request)
    zone = zone_of(request.user)
    rows = site_overview.tail(store(), viewer, now_ns=time.time_ns(), zone=zone)
    return render(request, "observatory/_tail.html", {"rows": rows, "zone": zone})


@require_safe
@reads_store("observatory/unavailable.html")
def series(request: HttpRequest, name: str) -> HttpResponse:
    """Show what stands behind a number: a metric's series."""
    viewer = _of_site(request)
    zone = zone_of(request.user)
    window = window_of(RangeForm(request.GET).key, _now_ms())
    reading = SeriesReading(store(), minutes(), metrics(), window=window, zone=zone)
    page = reading.page(viewer, name, labels_in(request.GET.dict()))
    if page is None:
        raise Http404
    return render(
        request, "observatory/series.html", {"page": page, "zone": zone, "sees_site": True}
    )


@require_safe
@reads_store("observatory/unavailable.html")
def store_state(request: HttpRequest) -> HttpResponse:
    """Show what the store of telemetry holds and lost."""
    _of_site(request)
    zone = zone_of(request.user)
    page = store_page(
        store(), minutes(), metrics(), now_ms=_now_ms(), zone=zone,
        keep_days=settings.TELEMETRY_KEEP_DAYS, most_bytes=settings.TELEMETRY_MOST_BYTES,
        interval_s=settings.SCRAPE_INTERVAL_S,
    )  # fmt: skip
    return render(
        request, "observatory/store_state.html", {"page": page, "zone": zone, "sees_site": True}
    )


def _of_site(request: HttpRequest) -> Viewer:
    """Give the viewer. Raises PermissionDenied for people who neither teach nor run the site."""
    viewer = viewer_of(request.user)
    if not sees_site(viewer):
        raise PermissionDenied
    return viewer


def _now_ms() -> int:
    return time.time_ns() // NS_PER_MS
