"""Processes killed in mid-work: each stored answer is graded once, with no command by hand."""

import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from lms.testing.site import running_site, wait_until

pytestmark = pytest.mark.process

COURSE = "/courses/backend-operations"
ANSWER = {"level-chosen": "debug", "why_info-text": "Logs fill the disk and leak passwords."}


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    return tmp_path_factory.mktemp("gate") / "closed"


@pytest.fixture(scope="module")
def site(tmp_path_factory, gate):
    settings = {
        "DJANGO_SETTINGS_MODULE": "exercises.tests.gated_site",
        "GRADER_GATE": str(gate),
        "GRADING_LEASE_S": "3",
        "GRADING_SWEEP_S": "0.5",
    }
    with running_site(tmp_path_factory.mktemp("site"), **settings) as running:
        yield running


@pytest.fixture
def closed_gate(gate):
    gate.touch()
    yield gate
    gate.unlink(missing_ok=True)


def _rows(site, query):
    path = Path(site.environment["WATCHERS_DATA"], "watchers.sqlite3")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchall()


def _student(site, name):
    """Sign a demo student in over HTTP."""
    accounts = Path(site.environment["WATCHERS_DATA"], "demo-accounts.txt").read_text()
    password = re.search(rf"^{name}\t(\S+)", accounts, re.MULTILINE)[1]
    session = requests.Session()
    session.trust_env = False
    session.get(f"{site.address}/sign-in/")
    form = {"name": name, "password": password, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    assert session.post(f"{site.address}/sign-in/", form).ok
    return session


def _hand_in(site, session):
    """Hand the answer in; give the receipt and how long the reply took."""
    page = session.get(f"{site.address}{COURSE}/exercises/log-levels/").text
    names = ("csrfmiddlewaretoken", "key", "version", "revision")
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}
    started = time.monotonic()
    reply = session.post(
        f"{site.address}{COURSE}/exercises/log-levels/hand-in/",
        {**form, **ANSWER},
        allow_redirects=False,
    )
    assert reply.status_code == 302, reply.text
    return reply.headers["Location"].rstrip("/").rsplit("/", 1)[-1], time.monotonic() - started


def _job(site, receipt):
    """Give (state, tries) of the submission's job."""
    query = (
        "SELECT state, tries FROM exercises_gradingjob j JOIN exercises_submission s"
        f" ON s.id = j.submission_id WHERE s.receipt = '{receipt}'"
    )
    return _rows(site, query)[0]


def _grades(site, receipt):
    query = (
        "SELECT g.points, g.possible FROM exercises_grade g JOIN exercises_submission s"
        f" ON s.id = g.submission_id WHERE s.receipt = '{receipt}'"
    )
    return _rows(site, query)


def _is_graded(site, receipt):
    return _job(site, receipt)[0] == "done"


def test_a_worker_killed_in_mid_grade_costs_nothing_but_time(site, closed_gate):
    receipt, _took = _hand_in(site, _student(site, "student1"))
    assert wait_until(lambda: _job(site, receipt) == ("running", 1), within_s=20)
    for process in site.child("worker").children(recursive=True):
        process.send_signal(signal.SIGKILL)
    site.child("worker").send_signal(signal.SIGKILL)
    closed_gate.unlink()

    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert _job(site, receipt)[1] >= 2
    assert _grades(site, receipt) == [(3, 3)]


def test_a_frozen_broker_costs_neither_the_receipt_nor_the_grade(site):
    student = _student(site, "student2")
    broker = site.child("broker")
    broker.suspend()
    try:
        receipt, took_s = _hand_in(site, student)
    finally:
        broker.resume()

    assert took_s < 5
    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert len(_grades(site, receipt)) == 1


def test_a_killed_broker_costs_neither_the_receipt_nor_the_grade(site):
    student = _student(site, "student3")
    site.child("broker").kill()
    receipt, _took = _hand_in(site, student)

    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert len(_grades(site, receipt)) == 1
