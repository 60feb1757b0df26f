"""Deadlines: zones, daylight saving, extensions and late steps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from exercises.models import Policy
from exercises.models.walltime import instant_of
from exercises.tests.factories import ExerciseFactory

RIGA = ZoneInfo("Europe/Riga")


def test_a_wall_time_keeps_its_zones_summer_and_winter_offset():
    assert instant_of("2026-07-01T12:00", RIGA) == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert instant_of("2026-12-01T12:00", RIGA) == datetime(2026, 12, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "word"),
    [("2026-03-29T03:30", "skip"), ("2026-10-25T03:30", "twice"), ("tomorrow", "write it as")],
)
def test_a_wall_time_that_is_no_single_instant_is_refused(wall, word):
    with pytest.raises(ValueError, match=word):
        instant_of(wall, RIGA)


@pytest.mark.django_db
def test_cleaning_an_exercise_makes_the_instants():
    exercise = ExerciseFactory(due_wall="2026-11-29T23:59")
    exercise.late_steps = [{"until_wall": "2026-12-06T23:59", "fraction": "0.5"}]

    exercise.full_clean()

    assert exercise.due_at == datetime(2026, 11, 29, 21, 59, tzinfo=UTC)
    assert exercise.late_steps[0]["until"] == "2026-12-06T21:59:00+00:00"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"due_wall": "2026-11-29T23:59", "opens_wall": "2026-11-30T00:00"},
        {"late_steps": [{"until_wall": "2026-12-06T23:59", "fraction": "0.5"}]},
        {"due_wall": "2026-11-29T23:59", "late_steps": [{"until_wall": "", "fraction": "0.5"}]},
        {
            "due_wall": "2026-11-29T23:59",
            "late_steps": [{"until_wall": "2026-12-06T23:59", "fraction": "7"}],
        },
    ],
)
def test_times_out_of_order_are_refused(fields):
    exercise = ExerciseFactory()
    for name, value in fields.items():
        setattr(exercise, name, value)

    with pytest.raises(ValidationError):
        exercise.full_clean()


@pytest.mark.django_db
def test_an_extension_moves_due_and_late_times_and_not_the_opening():
    exercise = ExerciseFactory(opens_wall="2026-11-01T00:00", due_wall="2026-11-29T23:59")
    exercise.late_steps = [{"until_wall": "2026-12-06T23:59", "fraction": "0.5"}]
    exercise.full_clean()

    plain, extended = (Policy.of(exercise, extension=timedelta(days=d)) for d in (0, 2))

    assert extended.opens_at == plain.opens_at
    assert extended.due_at - plain.due_at == timedelta(days=2)
    assert extended.closes_at - plain.closes_at == timedelta(days=2)


@pytest.mark.django_db
def test_lateness_takes_the_first_step_that_still_holds():
    exercise = ExerciseFactory(due_wall="2026-11-01T00:00")
    exercise.late_steps = [
        {"until_wall": "2026-11-02T00:00", "fraction": "0.8"},
        {"until_wall": "2026-11-03T00:00", "fraction": "0.5"},
    ]
    exercise.full_clean()
    policy = Policy.of(exercise, extension=timedelta(0))

    kept = [policy.fraction_at(exercise.due_at + timedelta(hours=h)) for h in (0, 1, 25, 49)]

    assert kept == [Decimal(1), Decimal("0.8"), Decimal("0.5"), Decimal(0)]
