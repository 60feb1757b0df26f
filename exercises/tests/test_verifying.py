"""Each kind of damage is found, and nothing is said of a sound database."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises import grading, verifying
from exercises.models import (
    Grade,
    GradeProposal,
    GradingJob,
    ReleaseAudit,
    ReleaseSwitch,
    ReviewRequest,
    Submission,
    WorkItem,
)
from exercises.models.triggers import install
from exercises.release_control import switch_of
from exercises.reviewing import ask_for_review, review
from exercises.submitting import open_work
from exercises.tests.factories import EnrolmentFactory, ReleaseAuditFactory, UserFactory
from exercises.verifying import differences

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the guards are taken away in SQLite's own way"
)


@pytest.fixture
def graded(hand_in, job_of):
    """A wrong and a right answer on one work item, both graded."""
    submissions = [hand_in("wrong"), hand_in("right")]
    for submission in submissions:
        grading.grade_job(job_of(submission).pk)
    return submissions


@pytest.fixture
def damage(db):
    """Run SQL that the database would refuse: without triggers, checks and partial indexes."""
    tables = ("exercises_submission", "exercises_grade", "exercises_exerciseversion")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        for table in tables:
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen")
        for index in ("job_one_open", "grade_one_first"):
            cursor.execute(f"DROP INDEX IF EXISTS {index}")
        yield cursor.execute
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    install()


def _found():
    return {difference.check for difference in differences()}


def test_nothing_is_said_of_a_sound_database(graded):
    assert list(differences()) == []


def test_nothing_is_said_of_an_ungraded_hand_in(hand_in):
    hand_in()

    assert list(differences()) == []


def test_nothing_is_said_of_an_empty_database(db):
    assert list(differences()) == []


def test_nothing_is_said_of_a_returned_attempt(hand_in, job_of):
    submission = hand_in(7)
    grading.grade_job(job_of(submission).pk)

    assert job_of(submission).attempt_returned
    assert list(differences()) == []


def test_nothing_is_said_of_a_person_s_grade(graded):
    head = Grade.objects.get(submission=graded[0])
    review(
        submission=graded[0], reviewer=UserFactory(), scores={"w1": {"word": Decimal(1)}},
        feedback="", head_id=head.pk,
    )  # fmt: skip

    assert list(differences()) == []


def test_nothing_is_said_of_a_machine_that_came_after_a_person(hand_in, job_of):
    submission = hand_in("wrong")
    lease = grading.claim(job_of(submission).pk)
    review(
        submission=submission, reviewer=UserFactory(), scores={"w1": {"word": Decimal(1)}},
        feedback="", head_id=None,
    )  # fmt: skip
    evaluation = grading.evaluate(
        submission.version.specification, submission.answers, variant_seed=""
    )

    assert grading.finish(lease, evaluation) == "outranked"
    assert list(differences()) == []


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("UPDATE exercises_workitem SET attempts_used = 1", "attempts_used"),
        ("UPDATE exercises_workitem SET attempts_max = 1", "attempts_max"),
        ("UPDATE exercises_workitem SET official_grade_id = NULL", "official_grade"),
        ("UPDATE exercises_workitem SET best_points = 1", "best_points"),
        ("UPDATE exercises_workitem SET proposed_points = 1", "proposed_points"),
        ("UPDATE exercises_submission SET number = 7 WHERE number = 2", "numbers"),
        ("UPDATE exercises_submission SET counted = 0 WHERE number = 2", "number"),
        ("UPDATE exercises_submission SET answers = '{}' WHERE number = 2", "answers_hash"),
        ("UPDATE exercises_submission SET kept_fraction = 0.5", "best_points"),
        ("UPDATE exercises_gradingjob SET run = 2", "first job"),
        ("UPDATE exercises_gradingjob SET state = 'queued'", "state of a graded job"),
        ("UPDATE exercises_gradingjob SET attempt_returned = 1", "attempts_used"),
        ("UPDATE exercises_grade SET job_id = NULL", "grade of a done job"),
        ("UPDATE exercises_grade SET points = 1", "points of items"),
        ("UPDATE exercises_grade SET possible = 9", "possible of items"),
        ("UPDATE exercises_grade SET items = '[{}]'", "points of items"),
        ("UPDATE exercises_grade SET items = '7'", "points of items"),
        ("UPDATE exercises_grade SET supersedes_id = id", "grade chain"),
        ("UPDATE exercises_exerciseversion SET content = '{}'", "sha256"),
    ],
)
def test_damage_is_found(graded, damage, sql, check):
    damage(sql)

    assert check in _found()


def test_a_second_open_job_is_found(hand_in, job_of, damage):
    first = job_of(hand_in())
    GradingJob.objects.create(
        submission=first.submission, run=2, available_at=first.available_at,
        created_at=first.created_at,
    )  # fmt: skip

    assert _found() == {"open jobs"}


def test_a_chain_across_submissions_is_found(graded, damage):
    first, second = Grade.objects.order_by("pk")
    damage(f"UPDATE exercises_grade SET supersedes_id = {first.pk} WHERE id = {second.pk}")

    assert {"superseded grade", "grade chain"} <= _found()


def test_a_second_chain_is_found(graded, damage):
    damage(f"UPDATE exercises_grade SET submission_id = {graded[0].pk}")

    assert "grade chain" in _found()


def test_a_lost_job_is_found(hand_in, damage):
    hand_in()
    damage("DELETE FROM exercises_gradingjob")

    assert _found() == {"first job"}


def test_rows_are_read_in_chunks(work, monkeypatch):
    monkeypatch.setattr(verifying, "ITEMS_AT_A_TIME", 2)
    for _ in range(4):
        open_work(enrolment=EnrolmentFactory(course=work.exercise.course), exercise=work.exercise)
    WorkItem.objects.update(attempts_used=1)

    assert [difference.check for difference in differences()] == ["attempts_used"] * 5


def test_what_was_half_written_at_the_first_look_is_no_difference(hand_in, monkeypatch):
    read = verifying._rows_of

    def read_late(items):
        monkeypatch.setattr(verifying, "_rows_of", read)
        hand_in()  # between the work item and its rows
        return read(items)

    monkeypatch.setattr(verifying, "_rows_of", read_late)

    assert list(differences()) == []
    assert Submission.objects.count() == 1


def test_verifying_writes_nothing(graded, damage):
    damage("UPDATE exercises_workitem SET best_points = 1")
    with CaptureQueriesContext(connection) as ran:
        list(differences())

    assert WorkItem.objects.get().best_points == 1
    assert {query["sql"].split()[0] for query in ran} == {"SELECT", "SAVEPOINT", "RELEASE"}


def test_the_command_says_that_all_is_well(graded, capsys):
    call_command("verify")

    assert capsys.readouterr().out == "Everything follows from its rows.\n"


def test_the_command_ends_with_1_and_a_line_for_each_difference(graded, damage, capsys):
    damage("UPDATE exercises_workitem SET attempts_used = 0")

    with pytest.raises(SystemExit) as ended:
        call_command("verify")

    item = WorkItem.objects.get()
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert said == f"workitem:{item.pk} attempts_used: stored 0, expected 2\n"


def test_the_command_writes_json(graded, damage, capsys):
    damage("UPDATE exercises_workitem SET attempts_used = 0")

    with pytest.raises(SystemExit):
        call_command("verify", json=True)

    line = json.loads(capsys.readouterr().out)
    assert line == {
        "check": "attempts_used", "row": f"workitem:{WorkItem.objects.get().pk}",
        "stored": "0", "expected": "2",
    }  # fmt: skip


def test_a_switch_that_stands_against_its_last_change_is_found(graded, damage):
    ReleaseSwitch.objects.update(is_on=False)

    assert _found() == {"is_on"}


def test_an_audit_of_what_was_never_released_is_found(hand_in, job_of):
    submission = hand_in("half")
    grading.grade_job(job_of(submission).pk)
    ReleaseAuditFactory(grade=Grade.objects.get(), part="w1", switch=_switch(submission))

    assert _found() == {"released part"}


def test_an_audit_under_another_rubrics_switch_is_found(graded):
    ReleaseSwitch.objects.update(content_hash="ab" * 32)

    assert ReleaseAudit.objects.exists()
    assert _found() == {"switch"}


def test_a_request_that_a_persons_grade_left_open_is_found(graded):
    wrong = graded[0]
    ask_for_review(submission=wrong)
    review(
        submission=wrong, reviewer=UserFactory(), scores={}, feedback="It stands.",
        head_id=wrong.grades.get().pk,
    )  # fmt: skip
    assert _found() == set()

    ReviewRequest.objects.update(answered_at=None, answered_by=None, reply="")

    assert _found() == {"answered_at"}


def _switch(submission):
    return switch_of(
        exercise_id=submission.version.exercise_id, part=submission.version.specification.parts[0]
    )


def test_a_proposal_beside_a_grade_of_another_submission_is_found(graded):
    head = Grade.objects.get(submission=graded[0])
    GradeProposal.objects.create(
        submission=graded[1], against=head, version=head.version, source="auto", run=1,
        items=head.items, points=head.points, possible=head.possible, released=True,
        created_at=timezone.now(),
    )  # fmt: skip

    assert _found() == {"grade beside a proposal"}


def test_a_proposal_whose_points_are_not_its_items_sum_is_found(graded):
    head = Grade.objects.get(submission=graded[0])
    GradeProposal.objects.create(
        submission=graded[0], against=head, version=head.version, source="auto", run=1,
        items=head.items, points=Decimal(1), possible=head.possible, released=True,
        created_at=timezone.now(),
    )  # fmt: skip

    assert _found() == {"points of items"}


@pytest.mark.parametrize(
    ("levels", "agrees", "found"),
    [
        ({"word": 0.0}, True, set()),
        ({"word": 0.0}, False, {"agreement"}),
        ({"word": 1.0}, True, {"agreement"}),
        ({"other": 1.0}, True, {"levels"}),
    ],
)
def test_an_agreement_that_does_not_follow_from_the_levels_is_found(graded, levels, agrees, found):
    drawn = ReleaseAudit.objects.filter(grade__submission=graded[0])
    assert drawn.update(levels=levels, agrees=agrees, decided_at=timezone.now()) == 1

    assert _found() == found
