"""Fixtures of the database tests."""

from lms.telemetry.tests.fixtures import spans

__all__ = ["spans"]
