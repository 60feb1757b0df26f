import pytest

from exercises.models import Enrolment
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, UserFactory


@pytest.fixture
def exercise():
    """An exercise of one attempt: what is doubtful waits for a person at once."""
    return ExerciseFactory(attempts=1)


@pytest.fixture
def as_role(client, exercise):
    """Sign in somebody of that role in the exercise's course; the client keeps her enrolment."""

    def sign_in(role):
        if role == "operator":
            client.force_login(UserFactory(is_superuser=True))
        elif role == "stranger":
            client.force_login(EnrolmentFactory(role=Enrolment.Role.INSTRUCTOR).user)
        else:
            client.enrolment = EnrolmentFactory(course=exercise.course, role=role)
            client.force_login(client.enrolment.user)
        return client

    return sign_in
