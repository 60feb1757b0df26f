"""Addresses under observe/."""

from django.urls import URLPattern, path, register_converter

from lms.observatory.views import logs, overview, traces


class TraceId:
    """An address's trace id; anything else is no address of ours."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class MetricName:
    """A metric's name as Prometheus allows it."""

    regex = "[a-zA-Z_:][a-zA-Z0-9_:]*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TraceId, "trace")
register_converter(MetricName, "metric")

app_name = "observatory"
urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("class/", overview.board, name="board"),
    path("tail/", overview.tail, name="tail"),
    path("metrics/<metric:name>/", overview.series, name="series"),
    path("store/", overview.store_state, name="store_state"),
    path("traces/", traces.traces, name="traces"),
    path("traces/<trace:trace_id>/", traces.trace, name="trace"),
    path("logs/", logs.logs, name="logs"),
    path("pulse/<trace:trace_id>/", traces.pulse, name="pulse"),
]
