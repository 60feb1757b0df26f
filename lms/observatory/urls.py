"""Addresses under observe/."""

from django.urls import URLPattern

app_name = "observatory"
urlpatterns: list[URLPattern] = []
