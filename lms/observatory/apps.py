"""The observatory as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ObservatoryConfig(AppConfig):
    name = "lms.observatory"
    label = "observatory"
    verbose_name = _("Observatory")

    def ready(self) -> None:
        post_migrate.connect(_freeze, sender=self)


def _freeze(using: str = "default", **_kwargs: Any) -> None:
    from lms.database.freezing import Frozen, freeze  # noqa: PLC0415 - needs loaded apps

    frozen = Frozen(
        "observatory_levelswitch", "a switch of a logger never changes", erasable="switched_by_id"
    )
    freeze([frozen], using=using)
