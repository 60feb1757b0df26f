"""What the tests of pages share: a student in a course, signed in."""

import pytest

from exercises.tests.factories import EnrolmentFactory, ExerciseFactory


@pytest.fixture
def exercise(db):
    return ExerciseFactory()


@pytest.fixture
def student(exercise):
    """Give the enrolment of a student in the exercise's course."""
    return EnrolmentFactory(course=exercise.course)


@pytest.fixture
def as_student(client, student):
    client.force_login(student.user)
    return client
