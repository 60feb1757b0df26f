"""Switching a logger: what holds, for how long, and what the database refuses."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from exercises.tests.factories import UserFactory
from lms.observatory import level_switching
from lms.observatory.level_switching import NotOffered, ends, restore, standing, switch
from lms.observatory.models import LevelSwitch
from lms.telemetry.tests.fixtures import lines

__all__ = ["lines"]  # a fixture

GRADING, TASKS = "exercises.grading", "exercises.tasks"


@pytest.fixture
def operator(db):
    return UserFactory(is_superuser=True)


@pytest.fixture
def turned(operator):
    """Give a function that switches a logger; ago moves the turn into the past."""

    def _turned(logger=GRADING, minutes=15, *, ago=timedelta(0)):
        return LevelSwitch.objects.create(
            logger=logger, minutes=minutes, reason="Slow since noon.",
            switched_at=timezone.now() - ago, switched_by=operator,
        )  # fmt: skip

    return _turned


def test_a_switch_holds_for_its_minutes(operator):
    turn = switch(logger=GRADING, minutes=15, reason="Slow since noon.", by=operator)

    assert standing() == [turn]
    assert ends() == {GRADING: turn.switched_at + timedelta(minutes=15)}


def test_a_switch_that_ran_out_holds_no_more(turned):
    turned(minutes=5, ago=timedelta(minutes=5, seconds=1))

    assert (standing(), ends()) == ([], {})


@pytest.mark.parametrize("minutes", [5, 60])
def test_the_last_switch_of_a_logger_counts_be_its_end_later_or_sooner(turned, minutes):
    turned(minutes=30, ago=timedelta(minutes=10))
    last = turned(minutes=minutes)
    other = turned(TASKS, 60, ago=timedelta(minutes=59))

    assert standing() == [last, other]


def test_a_sooner_end_does_not_bring_the_earlier_switch_back(turned):
    turned(minutes=60, ago=timedelta(minutes=10))
    turned(minutes=5, ago=timedelta(minutes=6))

    assert standing() == []


def test_an_early_end_is_a_turn_of_its_own(turned, operator):
    turned(minutes=30, ago=timedelta(minutes=3))
    first = turned(minutes=60)

    assert restore(logger=GRADING, by=operator)

    assert standing() == []
    assert [turn.minutes for turn in LevelSwitch.objects.all()] == [None, 60, 30]
    assert LevelSwitch.objects.get(pk=first.pk).until > timezone.now()


def test_there_is_nothing_to_end_twice(turned, operator):
    turned()
    restore(logger=GRADING, by=operator)

    assert not restore(logger=GRADING, by=operator)
    assert LevelSwitch.objects.count() == 2


def test_both_turns_are_told_without_the_reason(
    operator, lines, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        switch(logger=GRADING, minutes=15, reason="Canary", by=operator)
        restore(logger=GRADING, by=operator)

    told = lines()
    assert [line["event"] for line in told] == ["log_level.switched", "log_level.restored"]
    assert {(line["module"], line["person"]) for line in told} == {(GRADING, operator.pseudonym)}
    assert [line["minutes"] for line in told] == [15, None]
    assert "Canary" not in str(told)


@pytest.mark.parametrize("logger", ["django.db.backends", "exercises.granting", "exercises.none"])
def test_only_what_is_offered_can_be_switched(operator, logger):
    with pytest.raises(NotOffered):
        switch(logger=logger, minutes=5, reason="Curious.", by=operator)


def test_nothing_is_offered_where_every_line_is_written(settings):
    offered = level_switching.offered()
    settings.LOGGING = {"root": {"level": "DEBUG"}}

    assert GRADING in offered
    assert level_switching.offered() == []


def test_quiet_loggers_are_offered_where_the_settings_hide_their_lines(settings):
    settings.LOGGING = {"root": {"level": "WARNING"}}

    assert "exercises.granting" in level_switching.offered()


@pytest.mark.parametrize(
    "wrong",
    [{"minutes": 61}, {"minutes": 1440}, {"minutes": 0}, {"reason": ""},
     {"logger": "django.db.backends"}, {"logger": "x.exercises.grading"}],
    ids=str,
)  # fmt: skip
def test_the_database_refuses(operator, wrong):
    row = {"logger": GRADING, "minutes": 5, "reason": "Slow.", "switched_at": timezone.now()}

    with pytest.raises(IntegrityError), transaction.atomic():
        LevelSwitch.objects.create(**row | wrong)

    assert LevelSwitch.objects.create(**row).pk


@pytest.mark.parametrize("change", [{"minutes": 60}, {"reason": "Other."}, {"logger": TASKS}])
def test_a_turn_never_changes(turned, change):
    turn = turned(minutes=5)

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        LevelSwitch.objects.filter(pk=turn.pk).update(**change)


def test_erasing_the_operator_leaves_the_turn(turned, operator):
    turn = turned()

    operator.delete()

    assert LevelSwitch.objects.get(pk=turn.pk).switched_by is None


def test_what_holds_is_one_query_however_many_turns(turned, django_assert_num_queries):
    turned()
    with django_assert_num_queries(1):
        ends()
    for logger in (GRADING, TASKS, "exercises.drafting"):
        turned(logger)
    with django_assert_num_queries(1):
        assert len(ends()) == 3


def test_the_tables_description_can_be_read(db):
    """Django's reader for SQLite breaks on some checks, and with it the trigger's making."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(
            cursor, "observatory_levelswitch"
        )

    assert "minutes" in [column.name for column in described]
