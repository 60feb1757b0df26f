"""A student asks for a second look, waits for it, and reads the reply."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from exercises.models import Grade, ReviewRequest
from exercises.reviewing import ask_for_review, review
from exercises.tests.factories import (
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    UserFactory,
    WorkItemFactory,
    grade_item,
)
from exercises.views.tests.pages import text_of, url

pytestmark = pytest.mark.django_db

REASON = "I did name the cost."


@pytest.fixture
def submission(exercise, student):
    """Give the student's submission with a released grade of no points."""
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    submission = SubmissionFactory(work_item=item)
    GradingJobFactory(submission=submission, state="done")
    GradeFactory(
        submission=submission, items=[grade_item(score=0.0, points="0.00")], points=Decimal(0)
    )
    return submission


def page_of(client, submission):
    return client.get(url("submission", submission))


def asked(client, submission, reason=REASON):
    return client.post(url("ask_review", submission), {"reason": reason}, follow=True)


def answered(submission, *, feedback="The disk it is.", score=1):
    head = Grade.objects.heads().get(submission=submission)
    return review(
        submission=submission, reviewer=UserFactory(), scores={"level": {"choice": score}},
        feedback=feedback, head_id=head.pk,
    )  # fmt: skip


def test_what_may_still_earn_points_can_be_looked_at_again(as_student, submission):
    assert "Ask a person to look" in text_of(page_of(as_student, submission))

    said = text_of(asked(as_student, submission))

    assert "You asked for it on" in said
    assert REASON in said
    assert "Number 1 of 1 in line for a person." in said
    assert "Ask a person to look" not in said


def test_a_persons_grade_can_be_looked_at_again_once(as_student, submission):
    answered(submission, score=0, feedback="Not named.")

    asked(as_student, submission)
    answered(submission, feedback="You are right.")
    said = text_of(asked(as_student, submission, "And again."))

    assert "You have asked already." in said
    assert "You are right." in said
    assert ReviewRequest.objects.get().reason == REASON


def test_the_reply_stands_once_with_its_time(as_student, submission):
    asked(as_student, submission)
    answered(submission)

    said = text_of(page_of(as_student, submission))

    assert "A person looked on" in said
    assert said.count("The disk it is.") == 1
    assert "in line" not in said


def test_a_reply_without_words_says_so(as_student, submission):
    asked(as_student, submission)
    answered(submission, feedback="")

    assert "there is no word with them" in text_of(page_of(as_student, submission))


def test_a_later_grades_feedback_stands_beside_the_reply(as_student, submission):
    asked(as_student, submission)
    answered(submission)
    answered(submission, feedback="Corrected once more.")

    said = text_of(page_of(as_student, submission))

    assert "The disk it is." in said
    assert "Corrected once more." in said


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("  ", "Write what the person should look at"), ("x" * 1001, "Shorten your note")],
)
def test_a_reason_is_asked_for_and_what_was_typed_stays(as_student, submission, reason, sentence):
    response = asked(as_student, submission, reason)

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert reason.strip() in response.content.decode()
    assert not ReviewRequest.objects.exists()


def test_what_was_written_is_escaped(as_student, submission):
    asked(as_student, submission, "<b>disk</b>")
    answered(submission, feedback="<i>yes</i>")

    page = page_of(as_student, submission).content.decode()

    assert "&lt;b&gt;disk&lt;/b&gt;" in page
    assert "&lt;i&gt;yes&lt;/i&gt;" in page


def test_practice_is_looked_at_by_nobody(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    practice = SubmissionFactory(work_item=item, counted=False)
    GradeFactory(submission=practice, released=False)

    said = text_of(asked(as_student, practice))

    assert not ReviewRequest.objects.exists()
    assert "Ask a person to look" not in said
    assert "in line" not in said


def test_a_withheld_result_gives_away_neither_reply_nor_place(as_student, submission, exercise):
    asked(as_student, submission)
    answered(submission)
    exercise.release, exercise.due_at = "close", timezone.now() + timedelta(days=1)
    exercise.save()

    response = page_of(as_student, submission)
    said = text_of(response)

    assert "shown when it has closed for everyone" in said
    for word in ("The disk it is.", "A person looked", "in line", "Ask a person", "Second look"):
        assert word not in said


def test_a_withheld_provisional_result_says_nothing_of_a_person(as_student, exercise, student):
    exercise.release, exercise.due_at = "close", timezone.now() + timedelta(days=1)
    exercise.save()
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    doubtful, certain = (SubmissionFactory(work_item=item) for _ in range(2))
    GradeFactory(submission=doubtful, released=False)
    GradeFactory(submission=certain)

    pages = [text_of(page_of(as_student, each)) for each in (doubtful, certain)]

    assert "person" not in pages[0].split("This page")[0]
    assert asked(as_student, doubtful).status_code == 200
    assert not ReviewRequest.objects.exists()


def test_a_request_that_came_beside_a_grade_is_not_lost(submission):
    ask_for_review(submission=submission, reason="First.")
    ask_for_review(submission=submission, reason="Second.")

    assert ReviewRequest.objects.get().reason == "First."
