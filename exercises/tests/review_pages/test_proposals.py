"""Results beside a person's grade, from outside."""

import pytest

from exercises import grading
from exercises.models import AuditEvent, Enrolment, Grade, GradeProposal, GradingJob
from exercises.tests.factories import EnrolmentFactory, GradingJobFactory
from exercises.tests.review_pages.rows import (
    levels,
    queue_url,
    text_exercise,
    url_named,
    url_of,
    waits,
)
from exercises.verifying import differences

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return text_exercise()


def _save(client, submission, head, feedback="", **more):
    return client.post(
        url_of(submission), levels(**more) | {"head": head.pk, "feedback": feedback}, follow=True
    )


@pytest.fixture
def collided(as_role, exercise):
    """Two assistants decide on the same grade; gives submission, the second's client and page."""
    submission = waits(exercise)
    machine = Grade.objects.get()
    first = as_role(ROLE.ASSISTANT)
    _save(first, submission, machine, "Theirs", disk="0.0")
    second = as_role(ROLE.ASSISTANT)
    response = _save(second, submission, machine, "Mine", disk="0.5")
    return submission, second, response


def test_the_second_of_two_reviewers_sees_both_and_hers_is_kept(collided):
    _submission, second, response = collided

    page = response.content.decode()
    proposal = GradeProposal.objects.get()
    head = Grade.objects.heads().get()
    assert (head.feedback, proposal.feedback) == ("Theirs", "Mine")
    assert (proposal.against, proposal.grader) == (head, second.enrolment.user)
    assert "Somebody graded this while you were deciding" in page
    assert "Theirs" in page
    assert "Mine" in page
    assert page.count(">differs<") == 1


def test_the_same_late_decision_again_is_kept_once(collided):
    submission, second, _response = collided

    _save(second, submission, Grade.objects.first(), "Mine", disk="0.5")

    assert GradeProposal.objects.count() == 1


def test_a_proposal_stands_in_the_queue(collided, exercise):
    _submission, second, _response = collided

    page = second.get(queue_url(exercise) + "?reason=proposal").content.decode()

    assert "1 answer needs a person" in page
    assert "Two results, one to choose" in page


def test_taking_it_writes_a_grade_over_the_one_that_was_seen(collided):
    submission, second, _response = collided
    proposal, head = GradeProposal.objects.get(), Grade.objects.heads().get()

    second.post(url_named("take_proposal", submission, proposal.pk), {"head": head.pk})

    taken = Grade.objects.heads().get()
    proposal.refresh_from_db()
    assert (taken.supersedes, taken.items, taken.feedback) == (head, proposal.items, "Mine")
    assert (proposal.decision, proposal.decided_by) == ("taken", second.enrolment.user)
    assert AuditEvent.objects.filter(action="proposal.taken").exists()
    submission.work_item.refresh_from_db()
    assert submission.work_item.official_grade == taken


def test_dismissing_it_leaves_the_grade(collided):
    submission, second, _response = collided
    proposal, head = GradeProposal.objects.get(), Grade.objects.heads().get()

    second.post(url_named("dismiss_proposal", submission, proposal.pk))

    proposal.refresh_from_db()
    assert proposal.decision == "dismissed"
    assert Grade.objects.heads().get() == head
    assert AuditEvent.objects.filter(action="proposal.dismissed").exists()


def test_a_decided_proposal_is_not_decided_again(collided):
    submission, second, _response = collided
    proposal = GradeProposal.objects.get()
    second.post(url_named("dismiss_proposal", submission, proposal.pk))

    head = Grade.objects.heads().get()
    response = second.post(
        url_named("take_proposal", submission, proposal.pk), {"head": head.pk}, follow=True
    )

    assert "Somebody has decided on this already" in response.content.decode()
    assert Grade.objects.heads().get() == head


def test_taking_needs_the_grade_that_was_compared(collided):
    submission, second, _response = collided
    proposal = GradeProposal.objects.get()

    response = second.post(
        url_named("take_proposal", submission, proposal.pk), {"head": "x"}, follow=True
    )

    assert "Compare again" in response.content.decode()
    assert Grade.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "status"),
    [(ROLE.ASSISTANT, 403), (ROLE.STUDENT, 403), ("stranger", 404), (ROLE.INSTRUCTOR, 302)],
)
def test_one_of_the_two_or_an_instructor_decides(collided, as_role, role, status):
    submission, _second, _response = collided
    proposal = GradeProposal.objects.get()

    client = as_role(role)
    answer = client.post(url_named("dismiss_proposal", submission, proposal.pk))

    assert answer.status_code == status


def test_the_first_of_the_two_may_decide_as_well(collided, client):
    submission, _second, _response = collided
    proposal, head = GradeProposal.objects.get(), Grade.objects.heads().get()
    client.force_login(head.grader)

    answer = client.post(url_named("dismiss_proposal", submission, proposal.pk))

    assert answer.status_code == 302


def test_a_machines_result_under_a_persons_grade_becomes_a_proposal(as_role, exercise):
    submission = waits(exercise)
    client = as_role(ROLE.ASSISTANT)
    _save(client, submission, Grade.objects.get(), "Seen.", disk="0.5")
    job = GradingJobFactory(submission=submission, run=2, reason=GradingJob.Reason.REGRADE)

    assert grading.grade_job(job.pk) == "outranked"

    proposal = GradeProposal.objects.get()
    assert (proposal.source, proposal.run, proposal.points) == ("auto", 1, 1)
    assert proposal.against == Grade.objects.heads().get()
    page = client.get(url_of(submission)).content.decode()
    assert "The machine came to this later" in page


def test_who_takes_the_machines_ends_its_doubts_and_keeps_the_words(as_role, exercise):
    submission = waits(exercise)
    client = as_role(ROLE.ASSISTANT)
    _save(client, submission, Grade.objects.get(), "Seen.", disk="0.5")
    job = GradingJobFactory(submission=submission, run=2, reason=GradingJob.Reason.REGRADE)
    grading.grade_job(job.pk)
    proposal, head = GradeProposal.objects.get(), Grade.objects.heads().get()

    client.post(url_named("take_proposal", submission, proposal.pk), {"head": head.pk})

    taken = Grade.objects.heads().get()
    assert (taken.source, taken.released, taken.feedback) == ("human", True, "Seen.")
    assert taken.points == proposal.points
    assert all(item["certain"] and item["by_person"] for item in taken.items)


def test_another_student_of_the_course_gets_no_review_page(collided, client, exercise):
    submission, _second, _response = collided
    client.force_login(EnrolmentFactory(course=exercise.course).user)

    assert client.get(url_of(submission)).status_code == 403


def test_verify_finds_nothing_wrong_with_proposals(collided):
    found = {difference.check for difference in differences()}

    assert found <= {"answers_hash", "first job", "best_points", "official_grade"}
