"""/metrics: of the web processes on a port of their own, of the worker's on another."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django_prometheus.middleware import PrometheusAfterMiddleware
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from lms.telemetry.logs import get_logger
from lms.telemetry.middleware import METHODS

log = get_logger(__name__)
PATH: Final = "/metrics"


def metrics_port(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer what comes in on the metrics port here: it serves metrics and nothing of the site.

    The port is the socket's (SERVER_PORT), which no header can claim. Elsewhere /metrics is no
    address at all.
    """
    port = str(settings.METRICS_PORT)

    def middleware(request: HttpRequest) -> HttpResponse:
        return (
            metrics(request) if request.META.get("SERVER_PORT") == port else get_response(request)
        )

    return middleware


def metrics(request: HttpRequest) -> HttpResponse:
    if request.path != PATH:
        return HttpResponseNotFound("Only /metrics is here.\n", content_type="text/plain")
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    body, content_type = exposition(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)


def exposition(accept: str) -> tuple[bytes, str]:
    """Give the metrics of all processes of this role and the negotiated content type."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    registry: CollectorRegistry = REGISTRY
    if folder:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def forget_dead(folder: Path) -> None:
    """Drop the live gauges of processes that are gone; Celery says nothing when a child dies."""
    for pid in {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")}:
        if not Path("/proc", pid).exists():
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class AfterMiddleware(PrometheusAfterMiddleware):  # type: ignore[misc]
    """django-prometheus', which takes one histogram's method label as the sender wrote it."""

    def label_metric(
        self, metric: Any, request: HttpRequest, response: Any = None, **labels: str
    ) -> Any:
        if labels.get("method", "GET") not in METHODS:
            labels["method"] = "<invalid method>"
        return super().label_metric(metric, request, response, **labels)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Write no access log."""


class _Served:
    server: WSGIServer | None = None
    pid = 0


def serve_worker_metrics() -> None:
    """Serve /metrics of the worker's processes, from Celery's main process."""
    host, port = settings.METRICS_HOST, settings.WORKER_METRICS_PORT
    try:
        server = make_server(host, port, _worker_app, handler_class=_SilentHandler)
    except OSError:
        log.warning("metrics.port_taken", port=port)
        return
    _Served.server, _Served.pid = server, os.getpid()
    threading.Thread(target=server.serve_forever, name="worker-metrics", daemon=True).start()


def close_inherited_server() -> None:
    """Close a forked child's copy of the socket, which would hold the port after its parent."""
    if _Served.server is not None and _Served.pid != os.getpid():
        _Served.server.socket.close()
        _Served.server = None


def _worker_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    if environ.get("PATH_INFO") != PATH:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Only /metrics is here.\n"]
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        forget_dead(Path(folder))
    body, content_type = exposition(environ.get("HTTP_ACCEPT", ""))
    start_response("200 OK", [("Content-Type", content_type)])
    return [body]
