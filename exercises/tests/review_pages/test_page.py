"""One submission's review page from outside."""

import pytest
from django.urls import reverse

from exercises.models import Enrolment
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    SubmissionFactory,
    WorkItemFactory,
    choice_part,
    content,
    grade_item,
)
from exercises.tests.review_pages.rows import doubtful, queue_url, url_of

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (ROLE.STUDENT, 403),
        (ROLE.ASSISTANT, 200),
        (ROLE.INSTRUCTOR, 200),
        ("operator", 200),
        ("stranger", 404),
    ],
)
def test_review_pages_open_to_staff_of_the_course_only(as_role, exercise, role, status):
    submission, _grade = doubtful(exercise)

    client = as_role(role)

    assert client.get(queue_url(exercise)).status_code == status
    assert client.get(url_of(submission)).status_code == status


def test_a_receipt_of_another_course_is_not_found(as_role, exercise):
    submission, _grade = doubtful(ExerciseFactory())

    url = reverse("exercises:review", args=[exercise.course.slug, submission.receipt])

    assert as_role(ROLE.INSTRUCTOR).get(url).status_code == 404


@pytest.mark.parametrize("waiting", [1, 30])
def test_review_page_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, waiting
):
    submissions = [doubtful(exercise)[0] for _ in range(waiting)]
    client = as_role(ROLE.ASSISTANT)

    with django_assert_num_queries(22):
        client.get(url_of(submissions[0]))


def test_review_page_says_why_the_machine_was_unsure_and_preselects_its_proposal(as_role, exercise):
    submission, _grade = doubtful(exercise, score=1.0)

    page = as_role(ROLE.ASSISTANT).get(url_of(submission)).content.decode()

    assert "it lists words without a sentence" in page
    assert "the machine proposes 1<" in page
    assert page.count(" checked") == 1
    assert submission.work_item.enrolment.user.username not in page


def test_an_answer_is_escaped(as_role, exercise):
    hostile = {"level": {"chosen": ["<script>alert(1)</script>"]}}
    submission, _grade = doubtful(exercise, answers=hostile)

    page = as_role(ROLE.ASSISTANT).get(url_of(submission)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_nobody_reviews_her_own_answer(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    item = WorkItemFactory(exercise=exercise, enrolment=client.enrolment)
    submission = SubmissionFactory(work_item=item)

    assert client.get(url_of(submission)).status_code == 403
    assert client.post(url_of(submission), {}).status_code == 403


def test_only_uncertain_parts_ask_for_a_level(as_role):
    exercise = ExerciseFactory(
        attempts=1, content=content(parts=[choice_part("level"), choice_part("again")])
    )
    answers = {"level": {"chosen": ["debug"]}, "again": {"chosen": ["debug"]}}
    submission = SubmissionFactory(work_item__exercise=exercise, answers=answers)
    items = [grade_item(part="level"), grade_item(part="again", certain=False)]
    GradeFactory(submission=submission, items=items, points="2.00", possible="2.00", released=False)
    assistant = EnrolmentFactory(course=exercise.course, role=ROLE.ASSISTANT)

    form = _form_of(as_role, assistant, submission)

    names = [name for name in form.fields if name not in ("head", "audits", "feedback")]
    assert all(name.startswith("again-") for name in names)
    assert len(names) == 1


def _form_of(as_role, enrolment, submission):
    client = as_role(enrolment.role)
    client.force_login(enrolment.user)
    return client.get(url_of(submission)).context["form"]
