"""Installations to back up and to restore into, on both databases."""

import pytest

from lms.backups.tests.installation import Installation


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def source(engine, tmp_path_factory):
    """An installation with people and their work. Tests only read it."""
    return Installation.stored(engine, tmp_path_factory.mktemp("source") / "data")


@pytest.fixture(scope="module")
def backup(source):
    return source.back_up()


@pytest.fixture
def empty(engine, tmp_path):
    """An installation that was never started."""
    return Installation.empty(engine, tmp_path / "empty")
