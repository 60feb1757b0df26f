"""The application of the site's processes: commands only, no models."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "lms.processes"
    label = "processes"

    def ready(self) -> None:
        # Every process that queues a task needs our Celery application, or the task would be sent
        # by a default one to a broker that nobody configured.
        from lms import celery  # noqa: F401, PLC0415 - needs the settings
