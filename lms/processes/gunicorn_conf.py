"""gunicorn's settings: one preloaded process of threads, and the metrics on a port of their own."""

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connections
from django.template import Engine
from django.template.loader import get_template
from django.urls import get_resolver
from gunicorn.glogging import Logger

from lms.processes import lifeline, preparing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
# Here and not with the application: gunicorn's first lines then leave through the site's log chain.
django.setup()


class SiteLogger(Logger):  # type: ignore[misc]
    """gunicorn's lines through the root logger, without handlers of its own; no access log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def _bound(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# /metrics is told apart by the port on which a request came, which no header can claim.
bind = [_bound(settings.HOST, settings.PORT), _bound(settings.METRICS_HOST, settings.METRICS_PORT)]
worker_class = "gthread"
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
preload_app = True
timeout = 30
graceful_timeout = 1 if settings.WATCHERS_ENV == "local" else 20
keepalive = 5
# The default would be a file under the home directory; nobody steers this gunicorn.
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - memory
forwarded_allow_ips = ",".join(settings.TRUSTED_PROXY)
logger_class = SiteLogger
proc_name = "watchers"


def on_starting(_server: Any) -> None:
    """Refuse what `manage.py up` refuses: a container starts the web server without it."""
    try:
        preparing.refuse_demo_accounts()
    except preparing.NotReady as error:
        sys.exit(str(error))
    finally:
        connections.close_all()  # no connection may be shared across the fork


def when_ready(_server: Any) -> None:
    """Do before the fork what the first requests would do: the first publish took 750 ms."""
    from lms.celery import app  # noqa: PLC0415 - after django.setup
    from lms.telemetry import setup  # noqa: PLC0415

    app.connection_for_write().transport  # noqa: B018 - a property that imports
    app.amqp  # noqa: B018
    _load_pages()
    setup.load()
    gc.freeze()  # see lms.celery.freeze_what_is_loaded


def _load_pages() -> None:
    """Import the addresses and compile the templates: 0.2 s of CPU that first visitors paid."""
    get_resolver().url_patterns  # noqa: B018 - a property that imports
    for folder in Engine.get_default().dirs:
        for path in Path(folder).rglob("*.html"):
            get_template(str(path.relative_to(folder)))


def post_fork(server: Any, _worker: Any) -> None:
    from lms.telemetry import setup  # noqa: PLC0415 - threads must start after the fork

    lifeline.end_with_parent(server.pid, by=signal.SIGTERM)
    setup.start("web")


def worker_exit(_server: Any, _worker: Any) -> None:
    from lms.telemetry import setup  # noqa: PLC0415

    setup.stop()


def child_exit(_server: Any, worker: Any) -> None:
    from lms.telemetry import metrics  # noqa: PLC0415

    metrics.forget_process(worker.pid)
