"""Addresses under observe/."""

from django.urls import URLPattern, path, register_converter

from lms.observatory.views import logs, traces


class TraceId:
    """An address's trace id; anything else is no address of ours."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TraceId, "trace")

app_name = "observatory"
urlpatterns: list[URLPattern] = [
    path("", traces.observe, name="observe"),
    path("traces/", traces.traces, name="traces"),
    path("traces/<trace:trace_id>/", traces.trace, name="trace"),
    path("logs/", logs.logs, name="logs"),
    path("pulse/<trace:trace_id>/", traces.pulse, name="pulse"),
]
