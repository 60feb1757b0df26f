"""The telemetry application: first in INSTALLED_APPS, so that the others begin under it."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "lms.telemetry"
    label = "telemetry"

    def ready(self) -> None:
        from lms.telemetry import logs, setup, tasks  # noqa: PLC0415 - after the settings

        logs.configure()
        # Celery calls in the order of connecting: a task's last line comes before its span's end.
        tasks.connect()
        setup.instrument()
