"""A person's grade from outside: saved, collided, overridden, refused."""

from decimal import Decimal

import pytest
from django.utils import timezone

from exercises.models import AuditEvent, Enrolment, Grade, GradingJob, ReviewRequest
from exercises.tests.factories import (
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
)
from exercises.tests.review_pages.rows import decision, doubtful, url_of

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


def test_saving_writes_a_human_grade_with_its_audit_event(as_role, exercise):
    submission, machine = doubtful(exercise)
    client = as_role(ROLE.ASSISTANT)

    response = client.post(
        url_of(submission), decision(submission, machine, feedback="Seen by a person.")
    )

    assert response.status_code == 302
    grade = Grade.objects.heads().get(submission=submission)
    assert (grade.source, grade.grader) == (Grade.Source.HUMAN, client.enrolment.user)
    assert (grade.points, grade.released, grade.supersedes) == (Decimal("1.00"), True, machine)
    assert grade.feedback == "Seen by a person."
    assert (
        AuditEvent.objects.filter(actor=client.enrolment.user, action="grade.written").count() == 1
    )


def test_saving_goes_on_to_the_next_that_waits(as_role, exercise):
    first, machine = doubtful(exercise)
    second, _grade = doubtful(exercise)

    response = as_role(ROLE.ASSISTANT).post(url_of(first), decision(first, machine))

    assert response["Location"] == url_of(second)


def test_a_persons_grade_outranks_the_machines_in_the_work_item(as_role, exercise):
    submission, machine = doubtful(exercise)

    as_role(ROLE.ASSISTANT).post(url_of(submission), decision(submission, machine))

    submission.work_item.refresh_from_db()
    assert submission.work_item.best_points == Decimal("3.00")


def test_a_missing_level_keeps_the_feedback_and_saves_nothing(as_role, exercise):
    submission, machine = doubtful(exercise)

    response = as_role(ROLE.ASSISTANT).post(
        url_of(submission), decision(submission, machine, level="", feedback="Half a thought")
    )

    assert response.status_code == 422
    assert "Choose a level." in response.content.decode()
    assert "Half a thought" in response.content.decode()
    assert Grade.objects.count() == 1


def test_an_unknown_level_is_refused(as_role, exercise):
    submission, machine = doubtful(exercise)

    response = as_role(ROLE.ASSISTANT).post(
        url_of(submission), decision(submission, machine, level="7")
    )

    assert "Choose one of the levels shown." in response.content.decode()
    assert Grade.objects.count() == 1


def test_a_decision_of_ones_own_in_between_is_shown_beside(as_role, exercise):
    submission, machine = doubtful(exercise)
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(submission), decision(submission, machine, level="0.0", feedback="Theirs"))

    response = client.post(
        url_of(submission), decision(submission, machine, level="1.0", feedback="Mine")
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "This was graded while you were deciding" in page
    assert "Theirs" in page
    assert "Mine" in page
    assert Grade.objects.count() == 2


def test_a_form_sent_twice_writes_one_grade(as_role, exercise):
    submission, machine = doubtful(exercise)
    client = as_role(ROLE.ASSISTANT)

    answers = [client.post(url_of(submission), decision(submission, machine)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Grade.objects.count() == 2


def test_it_may_be_saved_over_that(as_role, exercise):
    submission, machine = doubtful(exercise)
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(submission), decision(submission, machine, level="0.0"))
    refused = client.post(url_of(submission), decision(submission, machine, level="1.0"))
    shown = refused.context["form"]

    client.post(url_of(submission), shown.data)

    head = Grade.objects.heads().get(submission=submission)
    assert head.points == Decimal("1.00")
    assert Grade.objects.count() == 3


def test_an_assistant_cannot_change_what_the_machine_was_certain_of(as_role, exercise):
    grade = GradeFactory(submission__work_item__exercise=exercise)
    client = as_role(ROLE.ASSISTANT)

    page = client.get(url_of(grade.submission)).content.decode()
    response = client.post(
        url_of(grade.submission),
        decision(grade.submission, grade, level="0.0", **{"level:again": "on"}),
    )

    assert "An instructor can grade it anew." in page
    assert response.status_code == 403
    assert Grade.objects.count() == 1


def test_an_instructor_overrides_a_certain_grade_by_reopening_the_part(as_role, exercise):
    grade = GradeFactory(submission__work_item__exercise=exercise)

    as_role(ROLE.INSTRUCTOR).post(
        url_of(grade.submission),
        decision(grade.submission, grade, level="0.0", **{"level:again": "on"}),
    )

    assert Grade.objects.heads().get().points == Decimal("0.00")


def test_levels_of_an_unopened_part_change_nothing(as_role, exercise):
    grade = GradeFactory(submission__work_item__exercise=exercise)

    response = as_role(ROLE.INSTRUCTOR).post(
        url_of(grade.submission), decision(grade.submission, grade, level="0.0")
    )

    assert "Nothing has changed" in response.content.decode()
    assert Grade.objects.count() == 1


def test_an_assistant_answers_a_wish_by_confirming_the_machine(as_role, exercise):
    grade = GradeFactory(submission__work_item__exercise=exercise)
    ReviewRequest.objects.create(
        submission=grade.submission, reason="I <b>meant</b> debug", created_at=timezone.now()
    )
    client = as_role(ROLE.ASSISTANT)

    page = client.get(url_of(grade.submission)).content.decode()
    client.post(url_of(grade.submission), {"head": grade.pk, "feedback": "It stands."})

    assert "I &lt;b&gt;meant&lt;/b&gt; debug" in page
    head = Grade.objects.heads().get(submission=grade.submission)
    assert (head.source, head.points) == (Grade.Source.HUMAN, grade.points)


def test_a_dead_job_is_graded_from_scratch(as_role, exercise):
    submission = SubmissionFactory(work_item__exercise=exercise)
    GradingJobFactory(submission=submission, state=GradingJob.State.DEAD)

    as_role(ROLE.ASSISTANT).post(url_of(submission), decision(submission, None))

    assert Grade.objects.get(submission=submission).points == Decimal("1.00")


def test_nothing_is_saved_while_the_machine_grades(as_role, exercise):
    submission = SubmissionFactory(work_item__exercise=exercise)
    GradingJobFactory(submission=submission)
    client = as_role(ROLE.INSTRUCTOR)

    page = client.get(url_of(submission)).content.decode()
    response = client.post(url_of(submission), decision(submission, None))

    assert "The machine is still grading this" in page
    assert response.status_code == 403
    assert not Grade.objects.exists()


def test_practice_is_shown_and_never_graded(as_role, exercise):
    grade = GradeFactory(
        submission__work_item__exercise=exercise, submission__counted=False, released=False
    )

    response = as_role(ROLE.INSTRUCTOR).post(
        url_of(grade.submission), decision(grade.submission, grade)
    )

    assert response.status_code == 403
    assert Grade.objects.count() == 1


def test_unsafe_head_ids_do_no_harm(as_role, exercise):
    submission, _grade = doubtful(exercise)

    data = decision(submission, None) | {"head": "9" * 18}
    response = as_role(ROLE.ASSISTANT).post(url_of(submission), data)

    assert response.status_code == 409
    assert Grade.objects.count() == 1
