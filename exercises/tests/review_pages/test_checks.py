"""Blind checks of released grades, from outside."""

import pytest

from exercises.models import AuditEvent, Enrolment, Grade, ReleaseAudit
from exercises.tests.review_pages.rows import (
    audited,
    levels,
    queue_url,
    text_exercise,
    url_named,
    url_of,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return text_exercise()


def _decide(client, submission, audit, **more):
    return client.post(url_of(submission), levels(**more) | {"audits": audit.token})


def test_a_check_shows_nothing_of_the_verdict(as_role, exercise):
    submission, _audit = audited(exercise)
    client = as_role(ROLE.INSTRUCTOR)

    page = client.get(url_of(submission)).content.decode()

    assert "The disk fills and they leak." in page
    for trace in ("<mark", "It found", "2.00 /", "2 / 2", "Grade now", "machine gave", " checked",
                  "The machine is certain", "machine proposes", "Decide this part anew",
                  "unfamiliar", "Feedback to the student"):  # fmt: skip
        assert trace not in page, trace


def test_a_check_is_written_down_and_the_grade_stays(as_role, exercise):
    submission, audit = audited(exercise)
    client = as_role(ROLE.ASSISTANT)

    response = _decide(client, submission, audit, disk="1.0", leak="0.5")

    audit.refresh_from_db()
    assert response["Location"] == url_named("review_checked", submission)
    assert audit.levels == {"disk": 1.0, "leak": 0.5}
    assert (audit.agrees, audit.decided_by) == (False, client.enrolment.user)
    assert audit.decided_at is not None
    assert Grade.objects.count() == 1
    assert AuditEvent.objects.get().action == "audit.decided"


def test_the_same_points_by_other_levels_agree(as_role, exercise):
    submission, audit = audited(exercise)

    _decide(as_role(ROLE.ASSISTANT), submission, audit, disk="1.0", leak="1.0")

    audit.refresh_from_db()
    assert audit.agrees


def test_after_the_check_both_verdicts_stand_side_by_side(as_role, exercise):
    submission, audit = audited(exercise)
    client = as_role(ROLE.ASSISTANT)
    _decide(client, submission, audit, disk="1.0", leak="0.5")

    page = client.get(url_named("review_checked", submission)).content.decode()

    assert "You and the machine differ" in page
    assert page.count(">differs<") == 1
    assert "Replace the grade" in page


def test_who_agrees_is_offered_no_replacement(as_role, exercise):
    submission, audit = audited(exercise)
    client = as_role(ROLE.ASSISTANT)
    _decide(client, submission, audit, disk="1.0", leak="1.0")

    page = client.get(url_named("review_checked", submission)).content.decode()

    assert "You and the machine agree" in page
    assert "Replace the grade" not in page


def test_nobody_sees_the_verdict_by_the_result_page_before_checking(as_role, exercise):
    submission, audit = audited(exercise)
    _decide(as_role(ROLE.ASSISTANT), submission, audit)

    other = as_role(ROLE.INSTRUCTOR)

    assert other.get(url_named("review_checked", submission)).status_code == 404


def test_replacing_is_a_choice_of_its_own_and_tells_the_student(as_role, exercise):
    submission, audit = audited(exercise)
    client = as_role(ROLE.ASSISTANT)
    _decide(client, submission, audit, disk="1.0", leak="0.0")

    client.post(url_named("replace_grade", submission), {"feedback": "No leak is named."})

    head = Grade.objects.heads().get()
    assert (head.source, head.points, head.supersedes) == ("human", 1, audit.grade)
    assert head.feedback == (
        "A person looked at this answer again and changed its grade.\n\nNo leak is named."
    )


def test_a_grade_that_moved_is_not_replaced(as_role, exercise):
    submission, audit = audited(exercise)
    client = as_role(ROLE.ASSISTANT)
    _decide(client, submission, audit, disk="0.0")
    client.post(url_named("replace_grade", submission))

    response = client.post(url_named("replace_grade", submission))

    assert response["Location"] == url_of(submission)
    assert Grade.objects.count() == 2


def test_the_second_to_check_is_told_and_changes_nothing(as_role, exercise):
    submission, audit = audited(exercise)
    _decide(as_role(ROLE.ASSISTANT), submission, audit, disk="1.0", leak="1.0")

    client = as_role(ROLE.INSTRUCTOR)
    response = _decide(client, submission, audit, disk="0.0")

    audit.refresh_from_db()
    assert audit.agrees
    assert response["Location"] == queue_url(exercise)
    assert ReleaseAudit.objects.count() == 1
    assert "Yours was not needed" in client.get(queue_url(exercise)).content.decode()


def test_a_missing_level_writes_nothing_down(as_role, exercise):
    submission, audit = audited(exercise)

    response = _decide(as_role(ROLE.ASSISTANT), submission, audit, disk="")

    audit.refresh_from_db()
    assert response.status_code == 422
    assert audit.decided_at is None


@pytest.mark.parametrize(
    ("role", "status"), [(ROLE.STUDENT, 403), ("stranger", 404), (ROLE.ASSISTANT, 302)]
)
def test_only_staff_of_the_course_check(as_role, exercise, role, status):
    submission, audit = audited(exercise)

    assert _decide(as_role(role), submission, audit).status_code == status
    audit.refresh_from_db()
    assert (audit.decided_at is not None) == (status == 302)
