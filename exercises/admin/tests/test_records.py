"""The operator's records from outside."""

import pytest
from django.urls import reverse

from exercises.models import AuditEvent, Enrolment
from exercises.tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    client.operator = UserFactory(is_superuser=True)
    client.force_login(client.operator)
    return client


def test_the_operator_makes_the_first_instructor_of_a_course(operator):
    course, user = CourseFactory(), UserFactory()
    data = {"course": course.pk, "user": user.pk, "role": "instructor"}

    operator.post("/admin/exercises/enrolment/add/", data)

    enrolment = Enrolment.objects.get(course=course, user=user)
    assert (enrolment.role, bool(enrolment.pseudonym)) == (Enrolment.Role.INSTRUCTOR, True)
    assert AuditEvent.objects.filter(action="enrolment.created", actor=operator.operator).exists()


def test_an_enrolment_is_only_looked_at(operator):
    enrolment = EnrolmentFactory(pseudonym="Heron 17")
    url = reverse("admin:exercises_enrolment_change", args=[enrolment.pk])

    answers = operator.get(url).status_code, operator.post(url, {"role": "assistant"}).status_code

    enrolment.refresh_from_db()
    assert answers == (200, 403)
    assert enrolment.role == Enrolment.Role.STUDENT


def test_an_override_is_granted_on_the_people_page_alone(operator):
    assert operator.post("/admin/exercises/policyoverride/add/", {}).status_code == 403


def test_a_submission_is_shown_without_its_answer(operator):
    submission = SubmissionFactory(answers={"level": {"chosen": ["secret-canary"]}})
    url = reverse("admin:exercises_submission_change", args=[submission.pk])

    page = operator.get(url).content.decode()

    assert submission.receipt in page
    assert "secret-canary" not in page
    course = submission.work_item.exercise.course.slug
    assert reverse("exercises:review", args=[course, submission.receipt]) in page
