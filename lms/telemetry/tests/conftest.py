"""Fixtures of the telemetry tests."""

from lms.telemetry.tests.fixtures import collector, exporting, lines, person, site, spans

__all__ = ["collector", "exporting", "lines", "person", "site", "spans"]
