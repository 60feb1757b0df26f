"""The author's preview from outside."""

import pytest
from django.urls import reverse

from exercises.authoring.publish import save_draft_version
from exercises.models import Draft, Enrolment, Submission, WorkItem
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, content

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return ExerciseFactory()


def url_of(exercise):
    return reverse("exercises:preview", args=[exercise.course.slug, exercise.slug])


def seen_by(client, exercise, role):
    client.force_login(EnrolmentFactory(course=exercise.course, role=role).user)
    return client.get(url_of(exercise))


@pytest.mark.parametrize(
    ("role", "status"), [(ROLE.STUDENT, 403), (ROLE.ASSISTANT, 200), (ROLE.INSTRUCTOR, 200)]
)
def test_the_preview_is_for_course_staff(client, exercise, role, status):
    assert seen_by(client, exercise, role).status_code == status


def test_the_preview_of_another_course_is_not_found(client, exercise):
    client.force_login(EnrolmentFactory(role=ROLE.INSTRUCTOR).user)

    assert client.get(url_of(exercise)).status_code == 404


def test_the_preview_shows_the_draft_rather_than_the_live_version(client, exercise):
    draft = content(title="A new title")
    save_draft_version(exercise=exercise, content=draft, source="admin", author=None)

    page = seen_by(client, exercise, ROLE.ASSISTANT).content.decode()

    assert "A new title" in page
    assert "Preview of the draft of version 2" in page


def test_the_preview_shows_questions_and_stores_nothing(client, exercise):
    page = seen_by(client, exercise, ROLE.ASSISTANT).content.decode()

    assert 'name="level-chosen"' in page
    assert 'aria-disabled="true"' in page
    assert "only students hand in" in page
    assert [model for model in (WorkItem, Draft, Submission) if model.objects.exists()] == []


def test_the_preview_takes_no_post(client, exercise):
    seen_by(client, exercise, ROLE.INSTRUCTOR)

    assert client.post(url_of(exercise), {"level-chosen": "debug"}).status_code == 405


def test_an_unwritten_exercise_has_no_preview(client, exercise):
    course = exercise.course.slug
    seen_by(client, exercise, ROLE.INSTRUCTOR)

    assert client.get(reverse("exercises:preview", args=[course, "nothing"])).status_code == 404
