"""The learning application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExercisesConfig(AppConfig):
    name = "exercises"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exercises import checks  # noqa: F401, PLC0415 - registers on import, needs loaded apps
        from exercises.models import triggers  # noqa: PLC0415 - needs loaded apps

        post_migrate.connect(triggers.install, sender=self)
