"""People before the pages of telemetry, and what is stored."""

import time

import pytest
from django.urls import reverse

from exercises.models import Enrolment
from exercises.tests.factories import CourseFactory, EnrolmentFactory, UserFactory
from lms.observatory.tests.story import MS, hand_in, stored

ROLES = [
    "owner", "other student", "assistant", "instructor", "student of another course",
    "instructor of another course", "operator", "nobody's student",
]  # fmt: skip


@pytest.fixture
def course(db):
    return CourseFactory()


@pytest.fixture
def owner(course):
    return EnrolmentFactory(course=course).user


@pytest.fixture
def people(course, owner):
    """Give a person by her role toward the owner's traces."""
    elsewhere = CourseFactory()
    role = Enrolment.Role
    return {
        "owner": owner,
        "other student": EnrolmentFactory(course=course).user,
        "assistant": EnrolmentFactory(course=course, role=role.ASSISTANT).user,
        "instructor": EnrolmentFactory(course=course, role=role.INSTRUCTOR).user,
        "student of another course": EnrolmentFactory(course=elsewhere).user,
        "instructor of another course": EnrolmentFactory(
            course=elsewhere, role=role.INSTRUCTOR
        ).user,
        "operator": UserFactory(is_superuser=True),
        "nobody's student": UserFactory(),
    }


@pytest.fixture
def keep(telemetry, owner, course):
    """Store a hand-in of the owner, or of whom is told; give its spans and lines."""

    def _keep(*, ago_s=60, **more):
        whose = {"owner": owner.pseudonym, "course": course.slug} | more
        spans, lines = hand_in(at_ns=time.time_ns() - ago_s * 1000 * MS, **whose)
        stored(telemetry, spans, lines)
        return spans, lines

    return _keep


@pytest.fixture
def read(client, owner):
    """Give the text of a page as the owner reads it."""
    client.force_login(owner)

    def _read(view, /, *args, **query):
        response = client.get(reverse(f"observatory:{view}", args=args), query)
        return response.content.decode().replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")

    return _read
