"""The settings page keeps its promise."""

import re
from pathlib import Path

import pytest
from django.conf import settings

_READER = re.compile(r"""env\.\w+\(\s*"([A-Z][A-Z0-9_]+)\"""")


def variables_read() -> set[str]:
    return set(_READER.findall((settings.BASE_DIR / "lms" / "settings.py").read_text()))


def page() -> str:
    return Path(settings.BASE_DIR, "docs", "settings.md").read_text()


def test_every_variable_that_is_read_is_explained():
    missing = {name for name in variables_read() if f"| `{name}` |" not in page()}

    assert not missing


def test_every_variable_that_is_explained_is_read():
    explained = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page(), re.MULTILINE))

    assert explained == variables_read()


@pytest.mark.parametrize("name", ["PORT", "SECRET_KEY", "DATABASE_URL", "GRADING_LEASE_S"])
def test_the_reader_pattern_finds_each_kind_of_reader(name):
    assert name in variables_read()
