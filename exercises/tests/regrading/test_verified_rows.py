"""Damage to what a batch wrote is found, and nothing is said of a sound one."""

import pytest
from django.db import connection

from exercises.models import RegradeRow
from exercises.models.triggers import install
from exercises.tests.regrading.steps import applied, by_person, new_version, previewed, undone
from exercises.verifying import differences

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the guards are taken away in SQLite's own way"
)


@pytest.fixture
def verified():
    """These tests damage the rows, so the others' check is left out."""


@pytest.fixture
def damage(db):
    """Run SQL that the database would refuse."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("DROP TRIGGER IF EXISTS exercises_grade_frozen")
        yield cursor.execute
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    install()


@pytest.fixture
def taken_back(work, graded):
    """A batch over a machine's grade, a person's and nothing changed, applied and undone."""
    _machine, hers = graded("wrong", "wrong")
    by_person(hers, "0.5")
    return undone(applied(previewed(work.exercise, version=new_version(work.exercise))))


def test_nothing_is_said_of_a_batch_that_was_undone(taken_back):
    assert list(differences()) == []


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("UPDATE exercises_regraderow SET points = 1 WHERE written_id NOT NULL", "points of grade"),
        ("UPDATE exercises_regraderow SET items = '[]' WHERE written_id NOT NULL", "items of"),
        ("UPDATE exercises_regraderow SET written_id = NULL", "written grade"),
        ("UPDATE exercises_regraderow SET written_id = NULL", "row of a regrade's grade"),
        ("UPDATE exercises_regraderow SET undo_grade_id = NULL", "undo grade"),
        ("UPDATE exercises_regraderow SET base_id = NULL", "superseded grade"),
        ("UPDATE exercises_gradeproposal SET points = 1", "points of proposal"),
        ("UPDATE exercises_grade SET batch_id = NULL", "batch of grade"),
        ("UPDATE exercises_grade SET source = 'human'", "source of grade"),
        ("UPDATE exercises_grade SET kept_fraction = 0.5", "kept"),
    ],
)  # fmt: skip
def test_damage_to_a_batch_s_work_is_found(taken_back, damage, sql, check):
    damage(sql)

    assert any(one.check.startswith(check) for one in differences())


def test_a_written_grade_without_its_row_is_found(taken_back, damage):
    damage("UPDATE exercises_regraderow SET undo_grade_id = NULL, undone_at = NULL")

    assert {one.check for one in differences()} == {"row of a regrade's grade"}


def test_verifying_reads_rows_in_chunks(taken_back, monkeypatch):
    monkeypatch.setattr("exercises.verifying_regrades.ROWS_AT_A_TIME", 1)

    assert RegradeRow.objects.count() == 2
    assert list(differences()) == []
