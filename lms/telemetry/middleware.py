"""What the site says about each request: one line, one metric, the pulse at the page's foot."""

import logging
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from opentelemetry import context, trace

from lms.telemetry import traces
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import HTTP_SECONDS

log = get_logger("lms.request")
SERVER_ERROR: Final = 500
UNMATCHED: Final = "unmatched"
STATIC: Final = "static"
METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
# Asked every few seconds without anybody's doing: their lines are for debugging only.
_QUIET_ROUTES: Final = frozenset({STATIC, "healthz", "observe/tail/"})
_ANCHORS: Final = re.compile(r"^\^|\$$|\\Z$")
# Where OpenTelemetry's middleware keeps the span that it began.
_ACTIVATION: Final = "opentelemetry-instrumentor-django.activation_key"


class Pulse:
    """What a request has cost so far. Read at the foot of a page: "41 ms to here"."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._sql_s = 0.0
        self.sql_count = 0
        self.is_signed_in = False
        self.trace_id = traces.current_trace_id()
        self.traceparent = traces.current_traceparent()

    @property
    def server_s(self) -> float:
        return time.perf_counter() - self._begun

    @property
    def server_ms(self) -> int:
        return round(self.server_s * 1000)

    @property
    def sql_ms(self) -> float:
        return round(self._sql_s * 1000, 1)

    def time_sql(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Count one statement; an execute_wrapper of Django's."""
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.sql_count += 1
            self._sql_s += time.perf_counter() - begun


def pulse(request: HttpRequest) -> dict[str, Pulse | None]:
    """Give templates `pulse`; None to people who are not signed in.

    Times and counts of a sign-in page would tell which accounts exist.
    """
    measured: Pulse | None = getattr(request, "pulse", None)
    return {"pulse": measured if measured is not None and measured.is_signed_in else None}


def fresh_context(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request a tracing context of its own, whatever the last one left in the thread.

    When an error page fails itself, OpenTelemetry's middleware is never told that the request
    ended: the thread's next request would be recorded inside that one's trace, and its span would
    end when the garbage collector comes by. It is ended here.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        token = context.attach(context.Context())
        try:
            return get_response(request)
        except Exception as error:
            _end_span(request, error)
            raise
        finally:
            context.detach(token)

    return middleware


def _end_span(request: HttpRequest, error: Exception) -> None:
    """End the span of a request that got no answer but the server's bare 500."""
    activation = request.META.pop(_ACTIVATION, None)
    if activation is not None:
        trace.get_current_span().set_attribute("http.response.status_code", SERVER_ERROR)
        activation.__exit__(type(error), error, error.__traceback__)


class RequestMiddleware:
    """Stands inside OpenTelemetry's middleware and outside all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.pulse = measured = Pulse()  # type: ignore[attr-defined]
        request_id = uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            with ExitStack() as counting:
                for connection in connections.all(initialized_only=False):
                    counting.enter_context(connection.execute_wrapper(measured.time_sql))
                response = self._get_response(request)
            _tell(request, response.status_code, measured)
        except Exception:
            # Only an error page that fails itself comes here; the server answers with a bare 500.
            _tell(request, SERVER_ERROR, measured)
            raise
        finally:
            structlog.contextvars.clear_contextvars()
        response["X-Request-ID"] = request_id
        if measured.is_signed_in:
            _show(response, measured)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Bind route and person: the address is resolved here, and the session is read."""
        structlog.contextvars.bind_contextvars(route=route_of(request))
        # Without the cookie nobody is signed in, and asking would cost a statement.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            request.pulse.is_signed_in = True  # type: ignore[attr-defined]
            pseudonym = getattr(user, "pseudonym", "")
            structlog.contextvars.bind_contextvars(pseudonym=pseudonym)
            traces.set_owner(pseudonym)


def _tell(request: HttpRequest, status: int, measured: Pulse) -> None:
    route, method = route_of(request), method_of(request)
    seconds = measured.server_s
    status_class = f"{status // 100}xx"
    HTTP_SECONDS.labels(method=method, route=route, status_class=status_class).observe(seconds)
    log.log(
        logging.DEBUG if route in _QUIET_ROUTES else logging.INFO,
        "request.finished",
        method=method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        sql_count=measured.sql_count,
        sql_ms=measured.sql_ms,
    )


def _show(response: HttpResponse, measured: Pulse) -> None:
    if measured.traceparent:
        response["traceresponse"] = measured.traceparent
    response["Server-Timing"] = (
        f'total;dur={measured.server_ms}, sql;dur={measured.sql_ms};desc="{measured.sql_count}"'
    )


def route_of(request: HttpRequest) -> str:
    """Give the address's template, never the address: "courses/<slug:course>/"."""
    match = request.resolver_match
    if match is not None:
        return _ANCHORS.sub("", match.route) or "/"
    return STATIC if request.path.startswith(settings.STATIC_URL) else UNMATCHED


def method_of(request: HttpRequest) -> str:
    """Give the method, "other" for one that the sender made up: metric labels stay few."""
    return request.method if request.method in METHODS else "other"
