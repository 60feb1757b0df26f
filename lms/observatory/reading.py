"""What pages read telemetry from, as whom and in which zone. Three settings choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from lms.observatory.store.base import Reader
    from lms.observatory.viewing import Viewer


def store() -> Reader:
    """Give the store that settings.TELEMETRY_STORE names: a path to a function without arguments.

    The function gives the same reader again within one process.
    """
    return cast("Reader", import_string(settings.TELEMETRY_STORE)())


def viewer_of(user: AbstractBaseUser | AnonymousUser) -> Viewer:
    """Give what a person may see: settings.TELEMETRY_VIEWER names the function that knows."""
    return cast("Viewer", import_string(settings.TELEMETRY_VIEWER)(user))


def zone_of(user: AbstractBaseUser | AnonymousUser) -> ZoneInfo:
    """Give the zone in which a person reads times: settings.TELEMETRY_ZONE names the function."""
    return cast("ZoneInfo", import_string(settings.TELEMETRY_ZONE)(user))
