"""What every test gets: a database in a file, fast passwords, and servers on request."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from lms.observatory.store import memory, metric_memory
from lms.testing import broker as test_broker
from lms.testing import prometheus

# Time is never asserted: a busy machine must not fail a property.
hypothesis_settings.register_profile(
    "site", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("site")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only PostgreSQL can run: `make test` runs it there, with the races."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("postgres")]


def pytest_unconfigure() -> None:
    if settings.configured:
        shutil.rmtree(settings.TEST_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Put SQLite's test database into a file: in memory, threads would share one connection."""
    if connection.vendor == "sqlite":
        settings.TEST_DIR.mkdir(parents=True, exist_ok=True)
        connection.settings_dict["TEST"]["NAME"] = str(settings.TEST_DIR / "test.sqlite3")


@pytest.fixture(autouse=True)
def telemetry(monkeypatch: pytest.MonkeyPatch) -> memory.MemoryStore:
    """This process's own empty store, which pages read."""
    monkeypatch.setattr(settings, "TELEMETRY_STORE", "lms.observatory.store.memory.shared")
    monkeypatch.setattr(settings, "TELEMETRY_METRICS", "lms.observatory.store.metric_memory.shared")
    memory.shared().clear()
    return memory.shared()


@pytest.fixture(autouse=True)
def measured(telemetry: memory.MemoryStore) -> metric_memory.MemoryMetricStore:
    """This process's own empty store of metrics, which pages read."""
    metric_memory.shared().clear()
    return metric_memory.shared()


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded broker of this test run, as kombu writes it."""
    with test_broker.server(Path(tmp_path_factory.mktemp("broker"))) as running:
        yield running.url


@pytest.fixture(scope="session")
def prometheus_server() -> Callable[..., AbstractContextManager[prometheus.Server]]:
    """Run a Prometheus for a test; skips where none is installed, which is a failure in CI."""

    @contextmanager
    def server(targets: Sequence[str] = ()) -> Iterator[prometheus.Server]:
        try:
            with prometheus.server(targets=targets) as running:
                yield running
        except prometheus.Missing as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(missing))

    return server
