"""Fixtures of the learning application's tests."""

from pathlib import Path

import pytest

from exercises import registry
from exercises.models import GradingJob
from exercises.submitting import new_key, open_work, submit
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory
from exercises.tests.fake_kind import fake_content


@pytest.fixture
def fake_kind(settings):
    """Add the kind `fake` to the registry."""
    engine = dict(settings.TEMPLATES[0])
    engine["DIRS"] = [*engine["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = [engine]
    settings.QUESTION_KINDS = [*settings.QUESTION_KINDS, "exercises.tests.fake_kind.FakeKind"]
    registry.kinds.cache_clear()
    yield
    registry.kinds.cache_clear()


@pytest.fixture
def work(db, fake_kind):
    """A student's fresh work item on an open exercise with one fake part, worth 3 points."""
    exercise = ExerciseFactory(content=fake_content())
    enrolment = EnrolmentFactory(course=exercise.course)
    return open_work(enrolment=enrolment, exercise=exercise)


@pytest.fixture
def hand_in(work):
    """Hand in a word on the work item and give the stored submission."""

    def _hand_in(word="right", *, item=work, key=None, **more):
        return submit(
            work_item=item,
            key=key or new_key(item),
            version=item.exercise.current_version,
            answers={"w1": {"word": word}},
            **more,
        )

    return _hand_in


@pytest.fixture
def job_of():
    """Give the newest job of a submission, fresh from the database."""

    def _job_of(submission):
        return GradingJob.objects.filter(submission=submission).latest("run")

    return _job_of
