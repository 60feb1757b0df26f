"""Addresses under observe/."""

from django.urls import URLPattern, path

from lms.observatory.views import traces

app_name = "observatory"
urlpatterns: list[URLPattern] = [
    path("traces/<str:trace_id>/", traces.trace, name="trace"),
]
