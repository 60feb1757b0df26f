"""Fixtures of the collector's tests."""

import pytest

from lms.observatory.collector.tests.running import collecting


@pytest.fixture(scope="module")
def _running():
    with collecting() as running:
        yield running


@pytest.fixture
def collector(_running):
    yield _running
    _running.store.clear()
