"""Doubtful answers that are judged blind, from outside: nothing tells them from released ones."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises.decoy_drawing import draw_decoys
from exercises.models import (
    AuditEvent,
    Enrolment,
    Grade,
    GradeProposal,
    ReleaseAudit,
    ReleaseSwitch,
    ReviewRequest,
)
from exercises.queries.agreement_page import part_agreements
from exercises.queries.waiting import Waiting
from exercises.tests.review_pages.rows import (
    audited,
    graded,
    levels,
    queue_url,
    text_exercise,
    text_item,
    url_named,
    url_of,
    waits,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role
WORDS = "The disk fills and they leak."


@pytest.fixture
def exercise():
    return text_exercise()


@pytest.fixture
def pair(exercise):
    """A released answer's look and a doubtful answer's with the same words; gives both."""
    released, audit = audited(exercise, WORDS)
    doubtful = waits(exercise, WORDS)
    draw_decoys(Waiting(exercise.course))
    return (released, audit), (doubtful, ReleaseAudit.objects.get(is_decoy=True))


def _plain(page):
    """Give a page without what differs between any two answers: who, when, which."""
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(
        r"Heron \d+|W-\w+-\w+|(datetime|title)=\S+( \S+)?\"|\d{4}-\d\d-\d\d [\d:]{8}"
        r"|name=\"audits\" value=\"\w+\"|(name=\"csrfmiddlewaretoken\" value=)\"\w+\"",
        "…", main,
    )  # fmt: skip


def _decide(client, submission, look, **more):
    return client.post(url_of(submission), levels(**more) | {"audits": look.token})


def test_the_queue_says_the_same_of_both(as_role, exercise, pair):
    page = as_role(ROLE.ASSISTANT).get(queue_url(exercise)).content.decode()

    first, second = re.findall(r"<tr[^>]*>.*?</tr>", _plain(page), flags=re.DOTALL)[1:]
    assert "A blind check" in first
    assert first == second
    assert "attempt" not in first
    assert "2 of them are blind: answers that the machine was sure of" in page


def test_the_pages_are_the_same_to_the_letter_and_to_the_query(as_role, exercise, pair):
    client = as_role(ROLE.ASSISTANT)
    shown = []
    for submission, _look in pair:
        client.get(queue_url(exercise))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url_of(submission) + "?reason=audit").content.decode()
        # The list beside it marks the one that is open: the first or the second.
        main = re.sub(r"<nav class=\"rv-ahead\".*?</nav>", "", _plain(page), flags=re.DOTALL)
        shown.append((main, len(queries)))

    assert WORDS in shown[0][0]
    assert shown[0] == shown[1]


def test_a_decoy_hides_proposal_words_doubts_and_points(as_role, pair):
    _audit, (doubtful, _look) = pair

    page = as_role(ROLE.INSTRUCTOR).get(url_of(doubtful)).content.decode()

    assert WORDS in page
    for trace in ("<mark", "It found", "1.00 /", "1 / 2", "Grade now", "machine proposes",
                  " checked", "Waits for you</span>\n<span", "unsure:", "attempt 1",
                  "does not account for", "Feedback to the student"):  # fmt: skip
        assert trace not in page, trace


def test_both_reasons_narrow_the_same(as_role, exercise, pair):
    client = as_role(ROLE.ASSISTANT)

    blind = client.get(f"{queue_url(exercise)}?reason=audit&exercise={exercise.slug}&part=why")
    doubtful = client.get(f"{queue_url(exercise)}?reason=doubtful")

    assert "2 answers need a person" in blind.content.decode()
    assert "Nothing waits under these filters" in doubtful.content.decode()


def test_both_are_decided_by_the_same_steps(as_role, pair):
    client = as_role(ROLE.ASSISTANT)

    for submission, look in pair:
        assert _decide(client, submission, look)["Location"] == url_named(
            "review_checked", submission
        )


def test_a_decoys_decision_is_the_grade(as_role, pair):
    _audit, (doubtful, look) = pair
    client = as_role(ROLE.ASSISTANT)

    _decide(client, doubtful, look, disk="0.5", leak="0.5")

    head = Grade.objects.heads().get(submission=doubtful)
    assert (head.source, head.grader, head.points) == ("human", client.enrolment.user, 1)
    assert (head.released, head.supersedes) == (True, look.grade)
    look.refresh_from_db()
    assert (look.levels, look.agrees) == ({"disk": 0.5, "leak": 0.5}, True)
    assert [event.action for event in AuditEvent.objects.all()] == ["grade.written"]


def test_after_the_decision_the_proposal_and_its_doubts_show(as_role, pair):
    _audit, (doubtful, look) = pair
    client = as_role(ROLE.ASSISTANT)
    _decide(client, doubtful, look, disk="1.0", leak="1.0")

    page = client.get(url_named("review_checked", doubtful)).content.decode()

    assert "You and the machine differ" in page
    assert "The machine was unsure: it has words" in page
    assert "yours hold now" in page
    assert "Replace the grade" not in page
    assert "Write to the student" in page


def test_decoys_turn_no_switch_and_stand_apart_in_the_agreement(as_role, exercise):
    doubtful = [waits(exercise, f"The disk {i}.") for i in range(5)]
    for _ in doubtful:
        audited(exercise)
    client = as_role(ROLE.ASSISTANT)
    client.get(queue_url(exercise))
    for submission in doubtful:
        look = ReleaseAudit.objects.get(grade__submission=submission)
        _decide(client, submission, look, disk="0.0", leak="0.0")

    row = part_agreements(exercise.course)[0]

    assert ReleaseSwitch.objects.get().is_on
    assert (row.looks.decided, row.waiting) == (0, 5)
    assert (row.decoys.agreed, row.decoys.decided) == (0, 5)
    page = client.get(f"/courses/{exercise.course.slug}/agreement/").content.decode()
    assert "Doubtful ones decided blind" in page


def test_the_second_of_two_blind_decisions_is_kept_beside_the_first(as_role, pair):
    _audit, (doubtful, look) = pair
    _decide(as_role(ROLE.ASSISTANT), doubtful, look, disk="1.0")

    response = _decide(as_role(ROLE.ASSISTANT), doubtful, look, disk="0.0")

    assert response["Location"] == url_of(doubtful)
    proposal = GradeProposal.objects.get()
    assert (proposal.source, proposal.points) == ("human", 0)
    assert proposal.against == Grade.objects.heads().get(submission=doubtful)


def test_a_key_pressed_twice_leads_to_the_same_page(as_role, pair):
    client = as_role(ROLE.ASSISTANT)
    for submission, look in pair:
        there = [_decide(client, submission, look)["Location"] for _ in range(2)]
        assert there == [url_named("review_checked", submission)] * 2

    assert Grade.objects.count() == 3
    assert not GradeProposal.objects.exists()


def test_a_wish_that_comes_in_between_is_read_first(as_role, pair):
    _audit, (doubtful, look) = pair
    ReviewRequest.objects.create(
        submission=doubtful, reason="I meant the disk.", created_at=timezone.now()
    )
    client = as_role(ROLE.ASSISTANT)

    response = _decide(client, doubtful, look, disk="0.5", leak="0.5")

    page = response.content.decode()
    assert response.status_code == 409
    assert "I meant the disk." in page
    assert response.context["form"]["why-disk"].value() == "0.5"
    saved = client.post(url_of(doubtful), response.context["form"].data | {"feedback": "Seen."})
    assert saved.status_code == 302
    assert ReviewRequest.objects.get().reply == "Seen."


def test_a_regrade_in_between_is_compared_and_nothing_is_lost(as_role, pair):
    _audit, (doubtful, look) = pair
    graded(doubtful, text_item(disk=0.0), supersedes=look.grade)

    response = _decide(as_role(ROLE.ASSISTANT), doubtful, look, disk="0.5")

    assert response.status_code == 409
    assert "Yours, not saved" in response.content.decode()
    assert response.context["form"]["why-disk"].value() == "0.5"
    assert not response.context["form"]["audits"].value()


def test_a_missing_level_decides_nothing(as_role, pair):
    _audit, (doubtful, look) = pair

    assert _decide(as_role(ROLE.ASSISTANT), doubtful, look, disk="").status_code == 422
    look.refresh_from_db()
    assert look.decided_at is None
    assert Grade.objects.filter(submission=doubtful).count() == 1


def test_a_blind_answer_is_not_graded_in_a_group(as_role, exercise, pair):
    _audit, (doubtful, look) = pair
    shown = waits(exercise, WORDS)
    client = as_role(ROLE.ASSISTANT)
    form = client.get(url_of(shown)).context["form"]

    data = levels() | {"head": shown.grades.get().pk, "group": "why"}
    client.post(url_of(shown), data | {"why:alike": [f"{doubtful.receipt}:{look.grade_id}"]})

    assert [each for part in form.parts() for each in part.alike] == []
    assert Grade.objects.heads().get(submission=doubtful) == look.grade


@pytest.mark.parametrize(
    ("role", "sees", "decides"),
    [
        (ROLE.STUDENT, 403, 403),
        ("stranger", 404, 404),
        (ROLE.ASSISTANT, 200, 302),
        (ROLE.INSTRUCTOR, 200, 302),
        ("operator", 200, 302),
    ],
)
def test_only_staff_of_the_course_see_and_decide(as_role, pair, role, sees, decides):
    _audit, (doubtful, look) = pair
    client = as_role(role)

    assert client.get(url_of(doubtful)).status_code == sees
    assert _decide(client, doubtful, look).status_code == decides
    look.refresh_from_db()
    assert (look.decided_at is not None) is (decides == 302)


def test_the_signed_out_are_sent_to_sign_in(client, pair):
    _audit, (doubtful, look) = pair

    assert "sign-in" in _decide(client, doubtful, look)["Location"]


def test_the_student_reads_nothing_of_it(client, pair):
    """Her page says of a blind doubt what it says of every doubt."""
    _audit, (doubtful, _look) = pair
    client.force_login(doubtful.work_item.enrolment.user)
    course = doubtful.work_item.exercise.course.slug

    page = client.get(f"/courses/{course}/submissions/{doubtful.receipt}/").content.decode()

    assert doubtful.receipt in page
    assert "blind" not in page


def test_nobody_decides_her_own(client, pair):
    _audit, (doubtful, look) = pair
    enrolment = doubtful.work_item.enrolment
    enrolment.role = ROLE.ASSISTANT
    enrolment.save()
    client.force_login(enrolment.user)

    assert _decide(client, doubtful, look).status_code == 403


@pytest.mark.parametrize("waiting", [1, 30])
def test_a_queue_with_blind_ones_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, waiting
):
    for _ in range(waiting):
        audited(exercise)
        waits(exercise)
    client = as_role(ROLE.ASSISTANT)
    client.get(queue_url(exercise))

    with django_assert_num_queries(12):
        client.get(queue_url(exercise))
