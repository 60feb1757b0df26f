"""What a browser may keep of a signed-in person's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.cache import patch_cache_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


def private_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Keep signed-in pages out of shared caches, and ask again before one is shown from a cache.

    Not no-store: the Back button must still bring a form back with what was typed in it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware
