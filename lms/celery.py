"""The Celery application: JSON only, the broker is a hint and never the truth."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
)

from lms.processes import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

app = Celery("watchers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.Task.Request = "lms.processes.acknowledging:Request"
app.autodiscover_tasks(["exercises", "lms.accounts"])


@setup_logging.connect
def keep_logging(**_kwargs: Any) -> None:
    """Leave logging as Django's settings made it: Celery adds its own unless someone listens."""


@worker_init.connect
@beat_init.connect
def freeze_what_is_loaded(**_kwargs: Any) -> None:
    """Keep the garbage collector away from the loaded site: it is never garbage.

    Looking at it would copy pages that the pool shares, and took most of a second at each exit.
    """
    from lms.telemetry import setup  # noqa: PLC0415 - the settings are read

    setup.load()
    gc.freeze()


@worker_process_init.connect
def start_pool_process(**_kwargs: Any) -> None:
    from lms.telemetry import setup  # noqa: PLC0415 - threads must start after the fork

    # Celery's pool outlives a killed main process, with a task in hand and no one to tell.
    lifeline.end_with_parent(os.getppid())
    setup.start("worker")


@worker_process_shutdown.connect
def stop_pool_process(**_kwargs: Any) -> None:
    from lms.telemetry import setup  # noqa: PLC0415

    setup.stop()
