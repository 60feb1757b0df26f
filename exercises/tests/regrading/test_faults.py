"""A worker killed in mid-apply: each answer is regraded once, with no command by hand."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from lms.testing.site import manage, running_site, wait_until

pytestmark = pytest.mark.process

ANSWERS = 400
BEGIN = """
from exercises import regrading
from exercises.models import *
from exercises.models.exercise import digest
from lms.accounts.models import User
exercise = Exercise.objects.filter(course__slug="demo-class").order_by("position").first()
old = exercise.current_version
content = old.content
options = content["parts"][0]["spec"]["options"]
right = next(at for at, one in enumerate(options) if one.pop("right", False))
options[right - 1]["right"] = True
options[right - 1].pop("misconception", None)
from django.utils import timezone
version = ExerciseVersion.objects.create(exercise=exercise, number=old.number + 1, title=old.title,
    content=content, sha256=digest(content), published_at=timezone.now())
orders = regrading.Orders(what="graders", reason="turned round", version=version, never_lower=False)
regrading.start(exercise=exercise, orders=orders, actor=User.objects.first())
"""
ORDER = """
from exercises import regrading
from exercises.models import RegradeBatch
from lms.accounts.models import User
regrading.{order}(batch=RegradeBatch.objects.get(), actor=User.objects.first())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    more = {"GRADING_LEASE_S": "3", "GRADING_SWEEP_S": "0.5"}
    with running_site(tmp_path_factory.mktemp("site"), **more) as running:
        filled = manage("seed_demo", "--students", "400", "--exercises", "1", "--submissions",
                        str(ANSWERS), environment=running.environment)  # fmt: skip
        assert filled.returncode == 0, filled.stderr
        yield running


def _shell(site, code):
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "shell", "--no-imports", "-c"]
    done = subprocess.run(
        [*command, code], check=False, env=site.environment, cwd=settings.BASE_DIR,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _one(site, query):
    path = Path(site.environment["WATCHERS_DATA"], "watchers.sqlite3")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchone()[0]


def _state(site):
    return _one(site, "SELECT state FROM exercises_regradebatch")


def _written(site):
    return _one(site, "SELECT count(*) FROM exercises_grade WHERE batch_id IS NOT NULL")


def _kill_worker(site):
    worker = site.child("worker")
    for process in worker.children(recursive=True):
        process.send_signal(signal.SIGKILL)
    worker.send_signal(signal.SIGKILL)


def _is_sound(site):
    verified = manage("verify", environment=site.environment)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_worker_killed_in_mid_apply_and_in_mid_undo_loses_and_doubles_nothing(site):
    _shell(site, BEGIN)
    assert wait_until(lambda: _state(site) == "ready", within_s=60)
    to_write = _one(
        site,
        "SELECT count(*) FROM exercises_regraderow"
        " WHERE outcome IN ('raised', 'lowered', 'reasons')",
    )
    assert to_write > 100

    _shell(site, ORDER.format(order="apply"))
    assert wait_until(lambda: 0 < _written(site) < to_write, within_s=30)
    _kill_worker(site)
    assert _state(site) == "applying"
    assert wait_until(lambda: _state(site) == "applied", within_s=120)
    assert _written(site) == to_write
    _is_sound(site)

    _shell(site, ORDER.format(order="undo"))
    assert wait_until(lambda: to_write < _written(site) < 2 * to_write, within_s=30)
    _kill_worker(site)
    assert wait_until(lambda: _state(site) == "undone", within_s=120)
    assert _written(site) == 2 * to_write
    _is_sound(site)
