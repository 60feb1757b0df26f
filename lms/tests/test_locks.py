"""The lock files name what pyproject.toml asks for, with hashes, and agree with each other."""

import re
import tomllib

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def text_of(lock):
    return (settings.BASE_DIR / lock).read_text()


def pins(lock):
    return {canonicalize_name(name): version for name, version in _PIN.findall(text_of(lock))}


def wanted():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    run = [Requirement(line) for line in project["project"]["dependencies"]]
    dev = [Requirement(line) for line in project["dependency-groups"]["dev"]]
    return run, dev


def unmet(requirements, pinned):
    names = [(one, pinned.get(canonicalize_name(one.name))) for one in requirements]
    return [str(one) for one, version in names if version is None or version not in one.specifier]


def test_the_run_lock_meets_the_dependencies():
    run, _dev = wanted()

    assert unmet(run, pins("requirements.lock")) == []


def test_the_developers_lock_meets_both_groups():
    run, dev = wanted()

    assert unmet([*run, *dev], pins("requirements-dev.lock")) == []


def test_both_locks_pin_the_same_versions():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_registry_is_named(lock):
    entries = re.split(r"\n(?=\S)", text_of(lock).strip())

    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text_of(lock)
