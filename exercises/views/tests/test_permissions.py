import pytest

from exercises.models import Enrolment
from exercises.tests.factories import EnrolmentFactory, UserFactory
from exercises.views.tests.pages import url

OK, GONE, FORBIDDEN = 200, 404, 403
PAGES = ["course", "grades", "grades_csv", "exercise"]


def address(name, exercise):
    return url(name, exercise if name == "exercise" else exercise.course)


@pytest.fixture
def visitor(request, exercise):
    """Give a signed-in person by her role, as the test's parameter names it."""
    if request.param == "operator":
        return UserFactory(is_superuser=True)
    if request.param == "other course":
        return EnrolmentFactory().user
    return EnrolmentFactory(course=exercise.course, role=Enrolment.Role(request.param)).user


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        ("student", OK),
        ("assistant", OK),
        ("instructor", OK),
        ("operator", OK),
        ("other course", GONE),
    ],
    indirect=["visitor"],
)
def test_who_may_open_a_page_of_a_course(client, exercise, visitor, status, name):
    client.force_login(visitor)

    assert client.get(address(name, exercise)).status_code == status


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_sign_in(client, exercise, name):
    response = client.get(address(name, exercise))

    assert response["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("name", ["reveal", "hand_in", "save_draft"])
def test_people_of_another_course_can_post_nothing(client, exercise, name):
    client.force_login(EnrolmentFactory().user)

    assert client.post(url(name, exercise)).status_code == GONE


@pytest.mark.parametrize("name", ["hand_in", "save_draft", "reveal"])
def test_posts_are_not_gets(as_student, exercise, name):
    assert as_student.get(url(name, exercise)).status_code == 405


def test_an_unpublished_exercise_is_not_found(as_student, exercise):
    exercise.current_version = None
    exercise.save()

    assert as_student.get(url("exercise", exercise)).status_code == GONE


@pytest.mark.parametrize(
    ("role", "shows"), [("student", False), ("assistant", True), ("instructor", True)]
)
def test_the_top_bar_shows_areas_by_role(client, exercise, role, shows):
    client.force_login(EnrolmentFactory(course=exercise.course, role=role).user)

    body = client.get(url("course", exercise.course)).content.decode()

    assert ">Grades<" in body
    assert (">Review<" in body) is shows


@pytest.mark.parametrize("name", PAGES)
def test_pages_forbid_inline_script_frames_and_referrers(as_student, exercise, name):
    response = as_student.get(address(name, exercise))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["course", "grades", "exercise"])
def test_pages_hold_no_inline_script_or_style(as_student, exercise, name):
    body = as_student.get(address(name, exercise)).content.decode()

    assert "<main" in body
    assert " style=" not in body
    assert "<style" not in body
    assert "<script>" not in body
    assert " onclick=" not in body
