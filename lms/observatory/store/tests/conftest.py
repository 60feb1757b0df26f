"""Stores for the tests: each of them, and SQLite's alone."""

import pytest

from lms.observatory.store.tests.making import SqliteStore, made


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made_store = made(request.param, tmp_path / "telemetry")
    yield made_store
    if request.param == "sqlite":
        made_store.close()


@pytest.fixture
def sqlite_store(tmp_path):
    made_store = SqliteStore(tmp_path / "telemetry")
    yield made_store
    made_store.close()
