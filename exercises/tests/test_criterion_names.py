"""What a result says of a criterion that is not met yet."""

import pytest
from django.urls import reverse

from exercises import grading
from exercises.revealing import show_discussion

pytestmark = pytest.mark.django_db


def test_an_unmet_criterion_is_named_by_what_it_asks_until_the_reveal(work, hand_in, client):
    submission = hand_in("wrong")
    grading.grade_job(submission.jobs.get().pk)
    client.force_login(work.enrolment.user)
    page = reverse("exercises:submission", args=[work.exercise.course.slug, submission.receipt])
    before = client.get(page).content.decode()

    show_discussion(work_item=work)
    after = client.get(page).content.decode()

    assert "Which word?" in before
    assert "Names the word" not in before
    assert "Names the word" in after
