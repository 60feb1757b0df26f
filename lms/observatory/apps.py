"""The observatory as a Django application."""

from django.apps import AppConfig


class ObservatoryConfig(AppConfig):
    name = "lms.observatory"
    label = "observatory"
