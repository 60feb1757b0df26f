"""The operator's page of log levels, from outside."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises.models import Enrolment
from exercises.tests.factories import EnrolmentFactory, UserFactory
from lms.observatory import level_switching
from lms.observatory.models import LevelSwitch

pytestmark = pytest.mark.django_db

PAGE = "/admin/observatory/levelswitch/"
END = f"{PAGE}end/"
FORM = {"logger": "exercises.grading", "minutes": "15", "reason": "Slow since noon."}


@pytest.fixture
def operator(client):
    client.operator = UserFactory(is_superuser=True, username="olga")
    client.force_login(client.operator)
    return client


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("role", Enrolment.Role)
def test_the_page_is_closed_to_every_role_of_a_course(client, role):
    person = EnrolmentFactory(role=role, user__is_staff=True).user
    client.force_login(person)

    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, FORM).status_code == 403
    assert client.post(END, {"logger": "exercises.grading"}).status_code == 403
    assert not LevelSwitch.objects.exists()
    if role != Enrolment.Role.STUDENT:
        assert PAGE not in text(client.get("/admin/"))


def test_the_page_is_closed_to_a_person_without_a_course(client):
    client.force_login(UserFactory())

    assert client.get(PAGE).status_code == 403


def test_an_operator_whose_account_is_off_is_shut_out(operator):
    operator.operator.is_active = False
    operator.operator.save()

    assert operator.get(PAGE).status_code == 302
    operator.post(PAGE, FORM)
    assert not LevelSwitch.objects.exists()


@pytest.mark.parametrize("path", [PAGE, END])
def test_a_stranger_is_sent_to_the_sign_in(client, path):
    response = client.post(path, FORM)

    assert response.status_code == 302
    assert response.url.startswith("/sign-in/")
    assert not LevelSwitch.objects.exists()


def test_a_post_without_a_token_is_refused(operator):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator.operator)

    assert strict.post(PAGE, FORM).status_code == 403
    assert strict.post(END, FORM).status_code == 403
    assert not LevelSwitch.objects.exists()


def test_the_operator_finds_the_page_and_switches(operator):
    assert PAGE in text(operator.get("/admin/"))

    page = text(operator.post(PAGE, FORM, follow=True))

    turn = LevelSwitch.objects.get()
    assert (turn.logger, turn.minutes, turn.reason, turn.switched_by) == (
        "exercises.grading", 15, "Slow since noon.", operator.operator,
    )  # fmt: skip
    assert f"until <b>{turn.until:%Y-%m-%d %H:%M:%S} UTC</b>" in page
    assert "by olga." in page
    assert "Slow since noon." in page


def test_the_operator_ends_it_early(operator):
    operator.post(PAGE, FORM)

    page = text(operator.post(END, {"logger": "exercises.grading"}, follow=True))

    assert level_switching.standing() == []
    assert "None. Every logger of ours writes from INFO on." in page
    assert "back before its time" in page


def test_an_end_that_comes_too_late_changes_nothing(operator):
    page = text(operator.post(END, {"logger": "exercises.grading"}, follow=True))

    assert "That had ended already." in page
    assert not LevelSwitch.objects.exists()


def test_nothing_is_ended_by_opening_an_address(operator):
    operator.post(PAGE, FORM)

    assert operator.get(END).status_code == 405
    assert len(level_switching.standing()) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"logger": ""}, "Choose a logger."),
        ({"logger": "django.db.backends"}, "Choose one of the loggers in the list."),
        ({"minutes": ""}, "Choose for how long, an hour at most."),
        ({"minutes": "600"}, "Choose for how long, an hour at most."),
        ({"reason": "  "}, "Write why, for whoever reads the history."),
        ({"reason": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_wrong_field_is_told_beside_it(operator, wrong, sentence):
    response = operator.post(PAGE, FORM | wrong)

    assert response.status_code == 422
    assert sentence in text(response)
    assert not LevelSwitch.objects.exists()


def test_what_was_written_comes_back_with_the_error(operator):
    page = text(operator.post(PAGE, FORM | {"logger": ""}))

    assert 'value="Slow since noon."' in page


def test_the_page_says_so_when_every_line_is_written_anyway(operator, settings):
    settings.LOGGING = {"root": {"level": "DEBUG"}}

    page = text(operator.get(PAGE))

    assert "There is nothing to switch" in page
    assert "Switch to DEBUG</button>" not in page


def test_a_turn_has_no_form_of_its_own(operator):
    operator.post(PAGE, FORM)
    pk = LevelSwitch.objects.get().pk

    paths = [f"{PAGE}add/", f"{PAGE}{pk}/change/", f"{PAGE}{pk}/delete/", f"{PAGE}{pk}/history/"]
    assert [operator.post(path, FORM).status_code for path in paths] == [404] * 4
    assert LevelSwitch.objects.count() == 1


def test_the_reason_is_shown_as_text(operator):
    operator.post(PAGE, FORM | {"reason": "<b>bold</b>"})

    assert "&lt;b&gt;bold" in text(operator.get(PAGE))


def test_a_turn_of_an_erased_account_is_shown(operator):
    LevelSwitch.objects.create(
        logger="exercises.grading", minutes=5, reason="Slow.", switched_at=timezone.now()
    )

    assert "by an account that was erased." in text(operator.get(PAGE))


def test_a_long_history_has_pages(operator):
    for _ in range(26):
        operator.post(PAGE, FORM)

    first, second = text(operator.get(PAGE)), text(operator.get(PAGE, {"page": 2}))

    assert "Page 1 of 2" in first
    assert (first.count("to DEBUG for 15"), second.count("to DEBUG for 15")) == (25, 1)


def test_the_page_holds_its_query_count(operator):
    counts = []
    for loggers in (["grading"], ["tasks", "drafting"]):
        for name in loggers:
            operator.post(PAGE, FORM | {"logger": f"exercises.{name}"})
        operator.get(PAGE)  # takes the messages
        with CaptureQueriesContext(
            connection,
        ) as queries:
            operator.get(PAGE)
        counts.append(len(queries))

    assert counts[0] == counts[1]
