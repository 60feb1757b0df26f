"""What Celery says: the request's context with each message, one line and one metric per task."""

import logging
import time
from typing import Any

import structlog
from celery import signals as celery_signals
from django_structlog.celery import signals as structlog_signals
from django_structlog.celery.receivers import CeleryReceiver

from lms.telemetry import exposing, levels, setup
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import TASK_SECONDS
from lms.telemetry.sampling import routine_tasks

log = get_logger("lms.task")
# What a task's lines take over from the request that queued it.
_CARRIED = frozenset({"request_id", "pseudonym", "parent_task_id"})


class TaskLog(CeleryReceiver):
    """django-structlog's carrying of context, with lines of our own.

    Its lines hold str(exception) and a retry's reason, which hold what was being worked on.
    """

    def receiver_after_task_publish(self, *_args: Any, **kwargs: Any) -> None:
        headers = kwargs.get("headers") or {}
        name = headers.get("task")
        log.log(
            _level_of(name),
            "task.enqueued",
            child_task_id=headers.get("id"),
            child_task_name=name,
        )

    def receiver_task_prerun(self, task_id: str, task: Any, *_args: Any, **_kwargs: Any) -> None:
        task.request.begun_at = time.perf_counter()
        if task.request.is_eager:
            return  # it runs inside the request, under the request's context
        structlog.contextvars.clear_contextvars()
        self.bind_context(getattr(task.request, "__django_structlog__", {}))
        structlog.contextvars.bind_contextvars(task_id=task_id)

    def receiver_task_postrun(self, task: Any, state: str, **_kwargs: Any) -> None:
        seconds = time.perf_counter() - getattr(task.request, "begun_at", time.perf_counter())
        outcome = str(state or "unknown").lower()
        TASK_SECONDS.labels(task=task.name, outcome=outcome).observe(seconds)
        log.log(
            _level_of(task.name) if outcome == "success" else logging.INFO,
            "task.finished",
            task=task.name,
            outcome=outcome,
            duration_ms=round(seconds * 1000, 1),
        )
        if not task.request.is_eager:
            structlog.contextvars.clear_contextvars()

    def receiver_task_failure(self, *_args: Any, **kwargs: Any) -> None:
        sender = kwargs.get("sender")
        log.error(
            "task.failed", task=getattr(sender, "name", None), exc_info=kwargs.get("exception")
        )

    def connect(self) -> None:
        celery_signals.before_task_publish.connect(self.receiver_before_task_publish)
        celery_signals.after_task_publish.connect(self.receiver_after_task_publish)
        celery_signals.task_prerun.connect(self.receiver_task_prerun)
        celery_signals.task_postrun.connect(self.receiver_task_postrun)
        celery_signals.task_failure.connect(self.receiver_task_failure)


def _level_of(task_name: str | None) -> int:
    """Give DEBUG for what beat sends every few seconds: its success is in the metrics."""
    return logging.DEBUG if task_name in routine_tasks() else logging.INFO


_TASK_LOG = TaskLog()  # Celery's signals hold their receivers weakly


def connect() -> None:
    """Listen to Celery. Repeating it changes nothing."""
    _TASK_LOG.connect()
    structlog_signals.modify_context_before_task_publish.connect(_carry_only_known)
    # Before the broker is reached: a worker that cannot reach it is worth looking at.
    celery_signals.worker_init.connect(_serve_metrics)
    celery_signals.worker_process_init.connect(_leave_metrics_to_parent)
    celery_signals.beat_init.connect(_start_beat)
    # The main process has forked its pool by then; its children start for themselves.
    celery_signals.worker_ready.connect(_follow_levels)
    celery_signals.worker_shutdown.connect(_leave_levels)


def _carry_only_known(context: dict[str, Any], **_kwargs: Any) -> None:
    for key in context.keys() - _CARRIED:
        del context[key]


def _serve_metrics(**_kwargs: Any) -> None:
    exposing.serve_worker_metrics()


def _leave_metrics_to_parent(**_kwargs: Any) -> None:
    exposing.close_inherited_server()


def _follow_levels(**_kwargs: Any) -> None:
    levels.start()


def _leave_levels(**_kwargs: Any) -> None:
    levels.stop()


def _start_beat(**_kwargs: Any) -> None:
    setup.start("beat")
