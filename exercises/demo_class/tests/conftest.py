"""The seed course, and a live site whose worker grades at once."""

from pathlib import Path
from random import Random

import pytest

from exercises.authoring.importing import import_course
from exercises.demo_class import making
from exercises.demo_class.running import Tally
from exercises.models import Course

SEED_COURSE = Path(__file__).parents[2] / "content" / "backend-operations"


@pytest.fixture
def course(db):
    import_course(SEED_COURSE, publish=True)
    return Course.objects.get(slug="backend-operations")


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def students(transactional_db, live_server, course, tally, settings):
    """Give two demo students of the seed course in front of the live site."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    accounts = making.make_students(course=course, count=2)
    made = making.students_at(live_server.url, accounts, course=course, watch=tally.add)
    yield made
    for student in made:
        student.browser.close()


class Unhurried:
    """A clock that never waits and never ends."""

    def think(self, seconds):
        """Go on at once."""

    def take_turn(self):
        """Hand in at once."""


@pytest.fixture
def clock():
    return Unhurried()


@pytest.fixture
def chance():
    return Random(3)
