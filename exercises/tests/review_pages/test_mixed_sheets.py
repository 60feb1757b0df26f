"""One blind sheet with a released question and a doubtful one, from outside."""

import pytest
from django.utils import timezone

from exercises.models import Enrolment, Grade, ReleaseAudit
from exercises.tests.factories import EnrolmentFactory
from exercises.tests.review_pages.rows import (
    answered,
    graded,
    levels,
    queue_url,
    switch_for,
    text_exercise,
    text_item,
    url_named,
    url_of,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def two_parts():
    """One sheet with a released question and a doubtful one, both blind; gives its submission."""
    exercise = text_exercise("why", "how", "what")
    made = answered(exercise, why="The disk leaks.", how="Hm.", what="Oh.")
    items = [text_item("why", leak=1.0, certain=True), text_item("how"), text_item("what")]
    grade = graded(made, *items)
    audit = _look(grade, "why")
    _look(grade, "how", is_decoy=True, decoy_for=audit)
    return made


def _look(grade, part, **more):
    return ReleaseAudit.objects.create(
        switch=switch_for(grade, part), grade=grade, part=part, drawn_at=timezone.now(), **more
    )


def _post(client, submission, **more):
    named = ",".join(each.token for each in ReleaseAudit.objects.all())
    data = levels(part="why", disk="0.0") | levels(part="how", disk="1.0", leak="1.0")
    return client.post(url_of(submission), data | {"audits": named} | more)


def test_a_blind_sheet_shows_its_own_questions_alone(client, two_parts):
    exercise = two_parts.work_item.exercise
    client.force_login(_assistant(exercise))

    page = client.get(url_of(two_parts)).content.decode()
    row = client.get(queue_url(exercise)).content.decode()

    assert page.count('class="rv-answer') == 2
    assert "Question what" not in page + row


def test_one_sheet_may_decide_both_kinds(client, two_parts):
    reviewer = _assistant(two_parts.work_item.exercise)
    client.force_login(reviewer)

    _post(client, two_parts)

    head = Grade.objects.heads().get()
    assert [item.get("by_person", False) for item in head.items] == [False, True, False]
    assert [item["certain"] for item in head.items] == [True, True, False]
    assert set(ReleaseAudit.objects.values_list("decided_by", flat=True)) == {reviewer.pk}
    page = client.get(url_named("review_checked", two_parts)).content.decode()
    assert "stands as the machine gave it" in page
    assert "yours hold now" in page


def test_the_released_one_of_both_may_be_replaced_once(client, two_parts):
    client.force_login(_assistant(two_parts.work_item.exercise))
    _post(client, two_parts)

    for _ in range(2):
        client.post(url_named("replace_grade", two_parts), {"feedback": "Look."})

    head = Grade.objects.heads().get()
    assert [item.get("by_person", False) for item in head.items] == [True, True, False]
    assert Grade.objects.count() == 3
    page = client.get(url_named("review_checked", two_parts)).content.decode()
    assert "Your grade holds now in its place." in page
    assert "Replace the grade" not in page


def _assistant(exercise):
    return EnrolmentFactory(course=exercise.course, role=ROLE.ASSISTANT).user


def test_a_check_that_somebody_did_meanwhile_stops_the_other_question_not(client, two_parts):
    other = _assistant(two_parts.work_item.exercise)
    ReleaseAudit.objects.filter(is_decoy=False).update(
        decided_by=other, decided_at=timezone.now(), agrees=True
    )
    reviewer = _assistant(two_parts.work_item.exercise)
    client.force_login(reviewer)

    response = _post(client, two_parts)

    assert response["Location"] == url_named("review_checked", two_parts)
    assert [a.decided_by for a in ReleaseAudit.objects.all()] == [other, reviewer]
    assert Grade.objects.heads().get().items[1]["by_person"]


def test_a_grade_that_came_in_between_and_is_blind_itself_is_not_shown(client, two_parts):
    old = Grade.objects.get()
    tokens = ",".join(each.token for each in ReleaseAudit.objects.all())
    new = graded(two_parts, *old.items, supersedes=old)
    _look(new, "why")
    client.force_login(_assistant(two_parts.work_item.exercise))

    response = client.post(
        url_of(two_parts), levels(part="why") | levels(part="how") | {"audits": tokens}
    )

    assert response["Location"] == url_of(two_parts)
    assert Grade.objects.heads().get() == new
    assert "Grade now" not in client.get(url_of(two_parts)).content.decode()
