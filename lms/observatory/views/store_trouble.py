"""What a page of telemetry answers when the store cannot be read."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.shortcuts import render

from lms.observatory.store.base import StoreUnavailable
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = get_logger(__name__)
Arguments = ParamSpec("Arguments")
RETRY_AFTER_S = 10


def reads_store(
    template: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Arguments], HttpResponse]],
    Callable[Concatenate[HttpRequest, Arguments], HttpResponse],
]:
    """Answer 503 with a template when the store is unavailable."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Arguments], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
        @wraps(view)
        def answer(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except StoreUnavailable as trouble:
                log.warning("store.unavailable", exc_info=trouble)
                response = render(request, template, {"why": str(trouble)}, status=503)
                response["Retry-After"] = str(RETRY_AFTER_S)
                return response

        return answer

    return decorate
