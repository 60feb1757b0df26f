"""Who may see the agreement page and turn its switches, and what a turn does."""

import pytest
from django.urls import reverse

from exercises.models import Enrolment, ReleaseChange, ReleaseSwitch
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, ReleaseSwitchFactory
from exercises.views.tests.pages import text_of

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


def url_of(exercise):
    return reverse("exercises:agreement", args=[exercise.course.slug])


def switch_url(exercise, part="w1"):
    return reverse("exercises:set_release", args=[exercise.course.slug, exercise.slug, part])


@pytest.mark.parametrize(
    ("role", "sees", "turns"),
    [
        (ROLE.STUDENT, 403, 403),
        (ROLE.ASSISTANT, 200, 403),
        (ROLE.INSTRUCTOR, 200, 302),
        ("operator", 200, 302),
        ("stranger", 404, 404),
    ],
)
def test_staff_see_and_instructors_turn(as_role, exercise, role, sees, turns):
    client = as_role(role)

    assert client.get(url_of(exercise)).status_code == sees
    answer = client.post(switch_url(exercise), {"is_on": "off", "reason": "Too lenient."})
    assert answer.status_code == turns
    assert ReleaseChange.objects.exists() is (turns == 302)


def test_the_signed_out_are_sent_to_sign_in(client, exercise):
    for answer in (client.get(url_of(exercise)), client.post(switch_url(exercise))):
        assert reverse("accounts:sign_in") in answer["Location"]


def test_an_assistant_gets_no_button(as_role, exercise):
    assert "Switch release off" not in text_of(as_role(ROLE.ASSISTANT).get(url_of(exercise)))
    assert "Switch release off" in text_of(as_role(ROLE.INSTRUCTOR).get(url_of(exercise)))


def test_turning_off_and_on_shows_in_the_history_under_a_pseudonym(as_role, exercise):
    client = as_role(ROLE.INSTRUCTOR)
    client.post(switch_url(exercise), {"is_on": "off", "reason": "Too lenient."})

    said = text_of(client.post(
        switch_url(exercise), {"is_on": "on", "reason": "Mended."}, follow=True
    ))  # fmt: skip

    name = client.enrolment.pseudonym
    assert ReleaseSwitch.objects.get().is_on
    assert f"{name} switched it off . Too lenient." in said
    assert f"{name} switched it on . Mended." in said
    assert "History: 2 turns" in said


def test_a_reason_is_asked_for_and_what_was_typed_stays(as_role, exercise):
    client = as_role(ROLE.INSTRUCTOR)

    empty = client.post(switch_url(exercise), {"is_on": "off", "reason": " "})
    long = client.post(switch_url(exercise), {"is_on": "off", "reason": "x" * 501})

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "Write why, for whoever reads the history." in text_of(empty)
    assert "x" * 501 in text_of(long)
    assert not ReleaseChange.objects.exists()


def test_a_forged_direction_is_refused(as_role, exercise):
    answer = as_role(ROLE.INSTRUCTOR).post(switch_url(exercise), {"is_on": "x", "reason": "y"})

    assert answer.status_code == 422
    assert "Open this page anew" in text_of(answer)


def test_switching_twice_says_that_nothing_changed(as_role, exercise):
    ReleaseSwitchFactory(exercise=exercise, is_on=True)

    answer = as_role(ROLE.INSTRUCTOR).post(
        switch_url(exercise), {"is_on": "on", "reason": "Again."}, follow=True
    )

    assert "It stands so already." in answer.content.decode()


def test_a_question_that_is_not_audited_is_not_found(as_role, exercise):
    closed = ExerciseFactory(course=exercise.course, module=exercise.module)
    elsewhere = ExerciseFactory()
    client = as_role(ROLE.INSTRUCTOR)
    data = {"is_on": "off", "reason": "x"}

    for slug, part in ((exercise.slug, "w9"), (closed.slug, "level"), (elsewhere.slug, "level")):
        url = reverse("exercises:set_release", args=[exercise.course.slug, slug, part])
        assert client.post(url, data).status_code == 404


def test_a_reason_is_escaped(as_role, exercise):
    client = as_role(ROLE.INSTRUCTOR)

    page = client.post(
        switch_url(exercise), {"is_on": "off", "reason": "<b>x</b>"}, follow=True
    ).content.decode()

    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_the_queue_leads_there(as_role, exercise):
    EnrolmentFactory(course=exercise.course)
    queue = reverse("exercises:review_queue", args=[exercise.course.slug])

    assert url_of(exercise) in as_role(ROLE.ASSISTANT).get(queue).content.decode()
