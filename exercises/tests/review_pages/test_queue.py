"""The review queue from outside."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from exercises.models import Enrolment, GradingJob, ReviewRequest
from exercises.tests.factories import (
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    WorkItemFactory,
    grade_item,
)
from exercises.tests.review_pages.rows import decision, doubtful, queue_url, url_of

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


def test_review_page_sends_the_signed_out_to_sign_in(client, exercise):
    response = client.get(queue_url(exercise))

    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response["Location"]


def test_queue_lists_the_longest_waiting_first_under_pseudonyms(as_role, exercise):
    late, _grade = doubtful(exercise)
    item = WorkItemFactory(exercise=exercise)
    early = SubmissionFactory(work_item=item)
    ago = timezone.now() - timedelta(hours=3)
    items = [grade_item(score=0.0, points="0.00", certain=False)]
    GradeFactory(submission=early, items=items, points="0.00", released=False, created_at=ago)

    page = as_role(ROLE.ASSISTANT).get(queue_url(exercise)).content.decode()

    names = [s.work_item.enrolment.pseudonym for s in (early, late)]
    assert page.index(names[0]) < page.index(names[1])
    assert late.work_item.enrolment.user.username not in page
    assert "3\xa0hours" in page
    assert "The machine was not sure" in page


def test_queue_shows_dead_jobs_and_wishes(as_role, exercise):
    dead = SubmissionFactory(work_item__exercise=exercise)
    GradingJobFactory(submission=dead, state=GradingJob.State.DEAD, finished_at=timezone.now())
    asked = GradeFactory(submission__work_item__exercise=exercise).submission
    ReviewRequest.objects.create(submission=asked, created_at=timezone.now())

    page = as_role(ROLE.ASSISTANT).get(queue_url(exercise)).content.decode()

    assert "2 answers need a person" in page
    assert "The machine failed" in page
    assert "The student asked for a person" in page


def test_empty_queue_says_what_would_come(as_role, exercise):
    page = as_role(ROLE.ASSISTANT).get(queue_url(exercise))

    assert b"Nothing waits" in page.content


@pytest.mark.parametrize("query", ["", "?page=2", "?page=x"])
def test_queue_is_paginated(as_role, exercise, query):
    for _ in range(51):
        doubtful(exercise)

    shown = as_role(ROLE.ASSISTANT).get(queue_url(exercise) + query).content.decode()

    assert shown.count('scope="row"') == (1 if query == "?page=2" else 50)


@pytest.mark.parametrize("waiting", [1, 30])
def test_queue_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, waiting
):
    for _ in range(waiting):
        doubtful(exercise)
    client = as_role(ROLE.ASSISTANT)

    with django_assert_num_queries(12):
        client.get(queue_url(exercise))


def test_saving_the_last_returns_to_the_queue(as_role, exercise):
    submission, machine = doubtful(exercise)

    response = as_role(ROLE.ASSISTANT).post(url_of(submission), decision(submission, machine))

    assert response["Location"] == queue_url(exercise)


def test_a_reviewers_own_answer_stands_in_the_queue_without_a_link(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    own = SubmissionFactory(
        work_item=WorkItemFactory(exercise=exercise, enrolment=client.enrolment)
    )
    GradingJobFactory(submission=own, state=GradingJob.State.DEAD, finished_at=timezone.now())

    page = client.get(queue_url(exercise)).content.decode()

    assert own.work_item.enrolment.pseudonym in page
    assert url_of(own) not in page
