"""A logger switched on the running site: every process follows, and goes back."""

import json
import re
import time
from pathlib import Path

import pytest

from exercises.tests.http_student import COURSE, hand_in, signed_in
from lms.testing.site import manage, running_site, wait_until

# One site serves the tests of this file, in their order: --dist loadfile keeps them together.
pytestmark = pytest.mark.process
FOLLOWS_WITHIN_S = 5.0
PAGE = "/admin/observatory/levelswitch/"
MAKE_OPERATOR = """
from lms.accounts.models import User
User.objects.filter(username="instructor").update(is_superuser=True)
"""
NEARLY_OVER = """
from datetime import timedelta
from django.utils import timezone
from lms.observatory.models import LevelSwitch
begun = timezone.now() - timedelta(minutes=5) + timedelta(seconds=14)
LevelSwitch.objects.create(logger="exercises.tasks", minutes=5, reason="Slow.", switched_at=begun)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    environment = {"LOG_FORMAT": "json", "GRADING_SWEEP_S": "1"}
    with running_site(tmp_path_factory.mktemp("site"), **environment) as running:
        made = manage("shell", "-c", MAKE_OPERATOR, environment=running.environment)
        assert made.returncode == 0, made.stderr
        yield running


@pytest.fixture(scope="module")
def operator(site):
    return signed_in(site, "instructor")


def post(site, operator, path, **fields):
    page = operator.get(f"{site.address}{PAGE}").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)[1]
    reply = operator.post(f"{site.address}{path}", {"csrfmiddlewaretoken": token, **fields})
    assert reply.status_code == 200, reply.text
    return reply.text


def switch(site, operator, logger, minutes=5):
    return post(site, operator, PAGE, logger=logger, minutes=minutes, reason="Slow since noon.")


def events(site, name, *, since=0, module=None):
    """Give the lines of an event that processes wrote since then, each with its process's role."""
    found = []
    for line in site.lines[since:]:
        role, bar, text = line.partition(" | ")
        if bar and f'"{name}"' in text:
            event = json.loads(text)
            if module in {None, event.get("module")}:
                found.append((role.strip(), event))
    return found


def pids(site, name, **more):
    return {(role, event["pid"]) for role, event in events(site, name, **more)}


def draft(site, session):
    page = session.get(f"{site.address}{COURSE}/exercises/log-levels/").text
    names = ("csrfmiddlewaretoken", "key", "version", "revision")
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}
    form["why_info-text"] = f"Canary at {time.monotonic()}"
    assert session.post(f"{site.address}{COURSE}/exercises/log-levels/draft/", form).ok


def test_every_process_follows_within_five_seconds(site, operator):
    begun = time.monotonic()
    switch(site, operator, "exercises.grading")

    everywhere = wait_until(lambda: len(pids(site, "log_level.applied")) == 5, within_s=15)

    took_s = time.monotonic() - begun
    roles = sorted(role for role, _pid in pids(site, "log_level.applied"))
    assert everywhere, site.output
    assert roles == ["beat", "web", "worker", "worker", "worker"]  # its main and two children
    assert took_s < FOLLOWS_WITHIN_S


def test_the_worker_writes_debug_lines(site):
    student = signed_in(site, "student1")
    hand_in(site, student, {"level-chosen": "debug", "why_info-text": "canary Wobbegong disk"})

    assert wait_until(lambda: events(site, "part.graded"), within_s=20)
    roles = {(role, event["level"]) for role, event in events(site, "part.graded")}
    assert roles == {("worker", "debug")}


def test_the_web_writes_debug_lines(site, operator):
    switch(site, operator, "exercises.drafting")
    assert wait_until(
        lambda: "web" in {role for role, _ in pids(site, "log_level.applied",
                                                   module="exercises.drafting")},
        within_s=FOLLOWS_WITHIN_S,
    )  # fmt: skip

    draft(site, signed_in(site, "student2"))

    assert wait_until(lambda: events(site, "draft.saved"), within_s=5)
    assert events(site, "draft.saved")[0][0] == "web"


def test_a_worker_that_starts_anew_follows_too(site):
    before = len(site.lines)
    site.child("worker").kill()

    def follow():
        applied = pids(site, "log_level.applied", since=before, module="exercises.grading")
        return len(applied) == 3

    assert wait_until(follow, within_s=20), site.output


def test_a_pool_process_that_is_born_meanwhile_follows_too(site):
    """It has the level from its parent, and no line of its own until the end."""
    pool = {one.pid for one in site.child("worker").children()}
    next(one for one in site.child("worker").children()).kill()

    assert wait_until(
        lambda: len({one.pid for one in site.child("worker").children()} - pool) == 1, within_s=20
    )


def test_an_early_end_reaches_every_process_and_the_lines_end(site, operator):
    before = len(site.lines)
    for logger in ("exercises.grading", "exercises.drafting"):
        page = post(site, operator, f"{PAGE}end/", logger=logger)
    assert "None. Every logger of ours" in page
    for logger in ("exercises.grading", "exercises.drafting"):
        assert wait_until(
            lambda logger=logger: len(pids(site, "log_level.given_back", since=before,
                                           module=logger)) == 5,
            within_s=FOLLOWS_WITHIN_S,
        ), site.output  # fmt: skip
    gone_back = {pid for role, pid in pids(site, "log_level.given_back") if role == "worker"}
    assert {one.pid for one in site.child("worker").children()} < gone_back
    quiet_from = len(site.lines)

    student = signed_in(site, "student3")
    draft(site, student)
    hand_in(site, student, {"level-chosen": "debug", "why_info-text": "It fills the disk."})
    assert wait_until(lambda: events(site, "submission.graded", since=quiet_from), within_s=20)

    assert not [line for line in site.lines[quiet_from:] if '"level": "debug"' in line]


def test_a_switch_ends_by_itself_while_the_database_is_gone(site):
    before = len(site.lines)
    made = manage("shell", "-c", NEARLY_OVER, environment=site.environment)
    assert made.returncode == 0, made.stderr
    assert wait_until(
        lambda: len(pids(site, "log_level.applied", since=before)) == 5,
        within_s=FOLLOWS_WITHIN_S,
    )
    file = Path(site.environment["WATCHERS_DATA"], "watchers.sqlite3")
    file.rename(file.with_suffix(".away"))
    file.mkdir()  # nobody can make an empty database in its place
    gone_from = len(site.lines)

    went_back = wait_until(
        lambda: len(pids(site, "log_level.given_back", since=gone_from)) == 5, within_s=20
    )

    failures = events(site, "log_level.ask_failed", since=gone_from)
    file.rmdir()
    file.with_suffix(".away").rename(file)
    assert went_back, site.output
    assert len(failures) == 5  # each process says so once, however often it asked


def test_the_audit_and_nothing_private_is_in_the_output(site):
    switched = events(site, "log_level.switched")

    assert [event["module"] for _role, event in switched] == [
        "exercises.grading",
        "exercises.drafting",
    ]
    assert len(events(site, "log_level.restored")) == 2
    assert len({event["person"] for _role, event in switched}) == 1
    assert not re.search("Wobbegong|Canary|since noon", site.output)


def test_the_site_still_ends_in_time(site):
    assert site.stop() < 5
    assert site.process.returncode == 0
