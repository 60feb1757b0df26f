"""What pages read telemetry from, as whom and in which zone. Settings choose."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

from lms.observatory.store.prometheus import PrometheusStore

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from lms.observatory.red.routes import Routes
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MetricStore, MinuteStore
    from lms.observatory.viewing import Viewer


def store() -> Reader:
    """Give the store that settings.TELEMETRY_STORE names: a path to a function without arguments.

    The function gives the same reader again within one process.
    """
    return cast("Reader", import_string(settings.TELEMETRY_STORE)())


def metrics() -> MetricStore:
    """Give what samples are read from: the server that settings.METRIC_STORE names, else ours."""
    if settings.METRIC_STORE:
        return _server(settings.METRIC_STORE)
    return cast("MetricStore", import_string(settings.TELEMETRY_METRICS)())


def minutes() -> MinuteStore:
    """Give what was counted by the minute: always ours, for no server's interface has it."""
    return cast("MinuteStore", import_string(settings.TELEMETRY_METRICS)())


@cache
def _server(address: str) -> PrometheusStore:
    return PrometheusStore(address)


def viewer_of(user: AbstractBaseUser | AnonymousUser) -> Viewer:
    """Give what a person may see: settings.TELEMETRY_VIEWER names the function that knows."""
    return cast("Viewer", import_string(settings.TELEMETRY_VIEWER)(user))


def zone_of(user: AbstractBaseUser | AnonymousUser) -> ZoneInfo:
    """Give the zone in which a person reads times: settings.TELEMETRY_ZONE names the function."""
    return cast("ZoneInfo", import_string(settings.TELEMETRY_ZONE)(user))


def routes() -> Routes:
    """Give the routes that boards treat apart: settings.TELEMETRY_ROUTES names the function."""
    return cast("Routes", import_string(settings.TELEMETRY_ROUTES)())
