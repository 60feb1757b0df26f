"""The people pages from outside: who may, what they show, what each form changes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from exercises.models import AuditEvent, Enrolment, InvitationCode, PolicyOverride, WorkItem
from exercises.tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    ExerciseFactory,
    InvitationCodeFactory,
    UserFactory,
    WorkItemFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return ExerciseFactory()


@pytest.fixture
def course(exercise):
    return exercise.course


@pytest.fixture
def student(course):
    return EnrolmentFactory(course=course, user__username="mara", pseudonym="Curlew 17")


@pytest.fixture
def code(course):
    return InvitationCodeFactory(course=course)


@pytest.fixture
def sign_in(client, course):
    """Sign in somebody of that role; gives the client."""

    def _sign_in(role):
        if role == "operator":
            client.force_login(UserFactory(is_superuser=True))
        elif role.startswith("other "):
            client.force_login(EnrolmentFactory(role=role.removeprefix("other ")).user)
        elif role != "anonymous":
            client.force_login(EnrolmentFactory(course=course, role=role).user)
        return client

    return _sign_in


@pytest.fixture
def teacher(sign_in):
    return sign_in(ROLE.INSTRUCTOR)


def url(name, course, *args):
    return reverse(f"exercises:{name}", args=[course.slug, *args])


def override_url(student, exercise):
    return url("override_policy", student.course, student.pk, exercise.slug)


def tomorrow():
    return f"{timezone.now() + timedelta(days=1):%Y-%m-%d}"


def revealed(student, exercise):
    reason = WorkItem.RevealReason.CLOSED
    return WorkItemFactory(
        exercise=exercise, enrolment=student, revealed_at=timezone.now(), reveal_reason=reason
    )


EXTENSION = {"days": "2", "hours": "3", "reason": "ill"}
OVERRIDE = {**EXTENSION, "attempts": "1"}


@pytest.fixture
def visit(course, student, code, exercise):
    """Open one of the addresses with a client, with valid input."""
    addresses = {
        "people": ("get", url("people", course), {}),
        "person": ("get", url("person", course, student.pk), {}),
        "make_code": ("post", url("make_code", course), {"last_day": tomorrow(), "uses_max": "9"}),
        "revoke_code": ("post", url("revoke_code", course, code.pk), {}),
        "set_role": ("post", url("set_role", course, student.pk), {"role": "assistant"}),
        "grant_extension": ("post", url("grant_extension", course, student.pk), EXTENSION),
        "override_policy": ("post", override_url(student, exercise), OVERRIDE),
    }

    def _visit(client, name):
        method, address, data = addresses[name]
        return getattr(client, method)(address, data)

    return _visit


POSTS = ["make_code", "revoke_code", "set_role", "grant_extension", "override_policy"]
NAMES = ["people", "person", *POSTS]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("role", "refusal"),
    [
        ("anonymous", 302),
        ("other student", 404),
        ("other instructor", 404),
        (ROLE.STUDENT, 403),
        (ROLE.ASSISTANT, 403),
    ],
)
def test_people_are_closed_to_all_but_the_courses_instructors(sign_in, visit, name, role, refusal):
    response = visit(sign_in(role), name)

    assert response.status_code == refusal
    assert "mara" not in response.content.decode()
    if refusal == 302:
        assert response["Location"].startswith("/sign-in/")
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", [ROLE.INSTRUCTOR, "operator"])
def test_people_are_open_to_instructors_and_operators(sign_in, visit, name, role):
    response = visit(sign_in(role), name)

    assert response.status_code == (200 if name in ("people", "person") else 302)
    assert AuditEvent.objects.count() == (0 if name in ("people", "person") else 1)


@pytest.mark.parametrize("name", POSTS)
def test_a_link_changes_nothing(teacher, course, student, code, exercise, name):
    args = {
        "make_code": [],
        "revoke_code": [code.pk],
        "override_policy": [student.pk, exercise.slug],
    }.get(name, [student.pk])

    assert teacher.get(url(name, course, *args)).status_code == 405


@pytest.mark.parametrize("pk", [0, 10**30])
def test_a_guessed_number_is_not_found(teacher, course, pk):
    for name in ("set_role", "grant_extension", "revoke_code"):
        assert teacher.post(url(name, course, pk)).status_code == 404
    assert teacher.get(url("person", course, pk)).status_code == 404


def test_another_courses_people_codes_and_exercises_are_not_found(teacher, course, student):
    stranger, foreign = EnrolmentFactory(), InvitationCodeFactory()
    elsewhere = ExerciseFactory()

    assert teacher.get(url("person", course, stranger.pk)).status_code == 404
    assert teacher.post(url("grant_extension", course, stranger.pk), EXTENSION).status_code == 404
    assert teacher.post(url("revoke_code", course, foreign.pk)).status_code == 404
    assert teacher.post(override_url(student, elsewhere), OVERRIDE).status_code == 404


def test_the_roster_shows_names_beside_pseudonyms(teacher, course, student):
    student.user.first_name, student.user.last_name = "Mara", "Ozols"
    student.user.save(update_fields=["first_name", "last_name"])

    page = teacher.get(url("people", course)).content.decode()

    assert "Mara Ozols" in page
    assert "Curlew 17" in page


@pytest.mark.parametrize("words", ["MAR", "curlew", "mara 17"])
def test_a_search_finds_by_any_name(teacher, course, student, words):
    EnrolmentFactory(course=course, user__username="somebody")

    page = teacher.get(url("people", course), {"q": words})

    assert [row.pk for row in page.context["page"]] == [student.pk]


def test_a_search_without_a_hit_says_so_and_shows_no_markup(teacher, course):
    page = teacher.get(url("people", course), {"q": "<b>nobody"}).content.decode()

    assert "Nobody here has" in page
    assert "&lt;b&gt;nobody" in page
    assert "<b>nobody" not in page


def test_fifty_people_stand_on_a_page_and_the_search_goes_along(teacher, course):
    for _ in range(51):
        EnrolmentFactory(course=course)

    first = teacher.get(url("people", course), {"q": "person"})
    second = teacher.get(url("people", course), {"q": "person", "page": "2"})

    assert len(first.context["page"]) == 50
    assert "?q=person&amp;page=2" in first.content.decode()
    assert len(second.context["page"]) == 2


def statements_for(client, address, *, most):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    assert len(caught) <= most
    return len(caught)


def test_the_roster_costs_the_same_for_one_and_for_thirty(teacher, course, student, exercise):
    alone = statements_for(teacher, url("people", course), most=7)
    for _ in range(29):
        item = WorkItemFactory(exercise=exercise)
        PolicyOverride.objects.create(exercise=exercise, enrolment=item.enrolment, reason="ill")
        InvitationCodeFactory(course=course)

    assert statements_for(teacher, url("people", course), most=7) == alone


def test_a_person_costs_the_same_with_one_exercise_and_with_thirty(teacher, student, exercise):
    address = url("person", exercise.course, student.pk)
    alone = statements_for(teacher, address, most=8)
    for _ in range(29):
        another = ExerciseFactory(module=exercise.module)
        WorkItemFactory(exercise=another, enrolment=student)

    assert statements_for(teacher, address, most=8) == alone


def test_a_made_code_is_shown_with_its_link(teacher, course):
    teacher.post(url("make_code", course), {"last_day": tomorrow(), "uses_max": "9"})

    made = InvitationCode.objects.get()
    page = teacher.get(url("people", course)).content.decode()
    assert made.uses_max == 9
    assert f"{made.expires_at.astimezone(course.tzinfo):%H:%M}" == "23:59"
    assert f"http://testserver/join/?code={made.code}" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"last_day": ""}, "Choose the last day"),
        ({"last_day": "soon"}, "Write the day as"),
        ({"last_day": "2020-01-01"}, "That day is over."),
        ({"last_day": "9999-12-31"}, "within a year"),
        ({"last_day": "0001-01-01"}, "day"),
        ({"uses_max": "0"}, "Write how many people may join"),
        ({"uses_max": "10001"}, "Write how many people may join"),
    ],
)
def test_a_wrong_code_form_comes_back_with_what_to_do(teacher, course, wrong, sentence):
    data = {"last_day": tomorrow(), "uses_max": "9"} | wrong

    response = teacher.post(url("make_code", course), data)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not InvitationCode.objects.exists()


def test_a_revoked_code_is_shown_without_its_link(teacher, course, code):
    teacher.post(url("revoke_code", course, code.pk))

    page = teacher.get(url("people", course)).content.decode()
    assert "Withdrawn" in page
    assert "join/?code=" not in page


def test_an_extension_moves_every_deadline(teacher, course, student):
    response = teacher.post(url("grant_extension", course, student.pk), EXTENSION, follow=True)

    student.refresh_from_db()
    assert student.extension == timedelta(days=2, hours=3)
    assert "2 days 3 hours" in teacher.get(url("people", course)).content.decode()
    assert "already shown" not in response.content.decode()


def test_an_extension_after_a_reveal_says_what_stays_practice(teacher, course, student, exercise):
    revealed(student, exercise)

    response = teacher.post(url("grant_extension", course, student.pk), EXTENSION, follow=True)

    assert "the discussion was already shown" in response.content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " "}, "Write the reason"),
        ({"days": "-1"}, "Write whole days"),
        ({"days": "367"}, "Write whole days"),
        ({"hours": "24"}, "Write whole hours"),
        ({"hours": "x"}, "Write whole hours"),
    ],
)
def test_a_wrong_extension_is_not_saved(teacher, course, student, wrong, sentence):
    response = teacher.post(url("grant_extension", course, student.pk), EXTENSION | wrong)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not AuditEvent.objects.exists()


def test_an_override_is_saved_and_shown(teacher, course, student, exercise):
    page = teacher.post(override_url(student, exercise), OVERRIDE, follow=True).content.decode()

    saved = PolicyOverride.objects.get()
    assert (saved.extra_attempts, saved.extra_time) == (1, timedelta(days=2, hours=3))
    assert "0 of 4" in page
    assert "+ 1 attempt" in page


def test_the_form_of_an_exercise_opens_by_a_link_with_what_holds(
    teacher, course, student, exercise
):
    teacher.post(override_url(student, exercise), OVERRIDE)

    page = teacher.get(url("person", course, student.pk), {"exercise": exercise.slug})

    assert page.context["override_form"].initial["attempts"] == 1
    assert "counts_after_reveal" not in page.content.decode()
    unknown = teacher.get(url("person", course, student.pk), {"exercise": "nothing"})
    assert unknown.status_code == 404


def test_more_attempts_after_a_reveal_need_the_tick(teacher, course, student, exercise):
    item = revealed(student, exercise)
    address = override_url(student, exercise)

    without = teacher.post(address, OVERRIDE)
    with_it = teacher.post(address, OVERRIDE | {"counts_after_reveal": "on"})

    item.refresh_from_db()
    assert without.status_code == 422
    assert "Let what you add count" in without.content.decode()
    assert with_it.status_code == 302
    assert item.counts_after_reveal


def test_a_role_changes_what_a_person_may_open(client, teacher, course, student):
    teacher.post(url("set_role", course, student.pk), {"role": "instructor"})

    client.force_login(student.user)
    assert client.get(url("people", course)).status_code == 200


def test_the_last_instructor_reads_why_she_stays(client, course):
    only = EnrolmentFactory(course=course, role=ROLE.INSTRUCTOR)
    client.force_login(only.user)

    response = client.post(url("set_role", course, only.pk), {"role": "student"})

    assert response.status_code == 422
    assert "Make somebody else an instructor first" in response.content.decode()


def test_who_gives_her_own_role_away_lands_on_the_course(client, course, teacher):
    second = EnrolmentFactory(course=course, role=ROLE.INSTRUCTOR)
    client.force_login(second.user)

    response = client.post(url("set_role", course, second.pk), {"role": "student"})

    assert response["Location"] == url("course", course)


def test_an_unknown_role_is_refused(teacher, course, student):
    response = teacher.post(url("set_role", course, student.pk), {"role": "owner"})

    assert "Choose one of the roles shown." in response.content.decode()


def test_showing_names_is_logged_without_them(teacher, course, student, code):
    with capture_logs() as lines:
        teacher.get(url("people", course), {"q": "mara"})
        teacher.get(url("person", course, student.pk))

    shown = [line for line in lines if line["event"] == "names.shown"]
    assert [line["count"] for line in shown] == [1, 1]
    for secret in ("mara", student.user.email, code.code):
        assert secret not in repr(lines)


def test_a_course_without_people_can_be_opened_by_the_operator(sign_in):
    empty = CourseFactory()

    page = sign_in("operator").get(url("people", empty)).content.decode()

    assert "Nobody is in the course yet." in page
    assert "There is no code yet." in page
