"""OTEL_SDK_DISABLED ends tracing and export before they begin."""

import pytest

from lms.telemetry import setup


@pytest.fixture
def not_yet_begun(monkeypatch):
    monkeypatch.setattr(setup._State, "instrumented", False)
    monkeypatch.setattr(setup._State, "pipeline", None)


def test_a_disabled_sdk_instruments_nothing(not_yet_begun, settings):
    settings.OTEL_SDK_DISABLED = True
    setup.instrument()

    assert not setup._State.instrumented


def test_a_disabled_sdk_exports_nothing(not_yet_begun, settings, monkeypatch):
    for hook in ("sys.excepthook", "threading.excepthook"):
        monkeypatch.setattr(hook, None)
    settings.OTEL_SDK_DISABLED = True
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
    setup.start("web")

    assert setup._State.pipeline is None
