"""Processes killed in mid-work: each stored answer is graded once, with no command by hand."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exercises.tests.http_student import hand_in, signed_in
from lms.testing.site import manage, running_site, wait_until

pytestmark = pytest.mark.process

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
        verified = manage("verify", environment=running.environment)
        assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture
def closed_gate(gate):
    gate.touch()
    yield gate
    gate.unlink(missing_ok=True)


def _rows(site, query):
    path = Path(site.environment["WATCHERS_DATA"], "watchers.sqlite3")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchall()


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
    receipt, _took = hand_in(site, signed_in(site, "student1"), ANSWER)
    assert wait_until(lambda: _job(site, receipt) == ("running", 1), within_s=20)
    for process in site.child("worker").children(recursive=True):
        process.send_signal(signal.SIGKILL)
    site.child("worker").send_signal(signal.SIGKILL)
    closed_gate.unlink()

    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert _job(site, receipt)[1] >= 2
    assert _grades(site, receipt) == [(3, 3)]


def test_a_frozen_broker_costs_neither_the_receipt_nor_the_grade(site):
    student = signed_in(site, "student2")
    broker = site.child("broker")
    broker.suspend()
    try:
        receipt, took_s = hand_in(site, student, ANSWER)
    finally:
        broker.resume()

    assert took_s < 5
    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert len(_grades(site, receipt)) == 1


def test_a_killed_broker_costs_neither_the_receipt_nor_the_grade(site):
    student = signed_in(site, "student3")
    site.child("broker").kill()
    receipt, _took = hand_in(site, student, ANSWER)

    assert wait_until(lambda: _is_graded(site, receipt), within_s=40)
    assert len(_grades(site, receipt)) == 1
