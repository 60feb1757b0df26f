"""Joining from outside: with and without an account, what is refused, what is never said."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from exercises.models import Enrolment
from exercises.tests.factories import EnrolmentFactory, InvitationCodeFactory, UserFactory
from exercises.views import joining
from lms.accounts.models import User

pytestmark = pytest.mark.django_db

URL = "/join/"
PASSWORD = "violet-Kettle-9"


@pytest.fixture
def invitation():
    return InvitationCodeFactory()


def sign_up_data(code, **more):
    return {
        "code": code,
        "username": "mara",
        "email": "mara@example.org",
        "password": PASSWORD,
        "password_again": PASSWORD,
    } | more


def course_url(invitation):
    return reverse("exercises:course", args=[invitation.course.slug])


def test_the_page_opens_without_an_account_and_takes_the_code_from_the_link(client, invitation):
    page = client.get(URL, {"code": invitation.code}).content.decode()

    assert f'value="{invitation.code}"' in page
    assert 'name="password_again"' in page
    assert "/sign-in/?next=%2Fjoin%2F" in page


def test_signing_up_leads_into_the_course(client, invitation):
    response = client.post(URL, sign_up_data(invitation.code))

    assert response.status_code == 302
    assert response["Location"] == course_url(invitation)
    page = client.get(response["Location"])
    assert "You are in Backend Operations." in page.content.decode()
    assert page.context["user"] == User.objects.get(username="mara")


def test_signing_up_starts_a_fresh_session(client, invitation):
    client.cookies["sessionid"] = "planted0by0a0stranger0planted000"

    client.post(URL, sign_up_data(invitation.code))

    assert client.cookies["sessionid"].value != "planted0by0a0stranger0planted000"
    assert client.cookies["device"].value


def test_the_form_needs_a_csrf_token(invitation):
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(URL, sign_up_data(invitation.code))

    assert response.status_code == 403
    assert not User.objects.exists()


def test_who_is_signed_in_needs_the_code_alone(client, invitation):
    user = UserFactory()
    client.force_login(user)

    page = client.get(URL).content.decode()
    response = client.post(URL, {"code": invitation.code.lower().replace("-", " ")})

    assert 'name="password"' not in page
    assert response["Location"] == course_url(invitation)
    assert Enrolment.objects.get().user == user


def test_joining_a_second_time_leads_to_the_course_again(client, invitation):
    enrolment = EnrolmentFactory(course=invitation.course)
    client.force_login(enrolment.user)

    response = client.post(URL, {"code": invitation.code})

    invitation.refresh_from_db()
    assert response["Location"] == course_url(invitation)
    assert invitation.uses == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"code": ""}, "Type the code of your invitation."),
        ({"code": "AAAA-BBBB-CCCC"}, "No course has this code."),
        ({"username": "two words"}, "Use the letters a to z"),
        ({"username": "anna@example.org"}, "Use the letters a to z"),
        ({"email": "nowhere"}, "Write the address as"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "mara@example", "password_again": "mara@example"}, "too similar"),
        ({"password_again": "another one"}, "Type the same password twice."),
        ({"username": "nul\x00"}, "Null characters"),
    ],
)
def test_a_wrong_field_brings_the_form_back_with_what_to_do(client, invitation, wrong, sentence):
    response = client.post(URL, sign_up_data(invitation.code) | wrong)

    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert PASSWORD not in page
    assert not User.objects.exists()


def test_a_taken_user_name_is_said(client, invitation):
    UserFactory(username="Mara")

    page = client.post(URL, sign_up_data(invitation.code)).content.decode()

    assert "Somebody has this user name." in page


def test_a_taken_address_is_said_to_holders_of_a_code_only(client, invitation):
    UserFactory(email="mara@example.org")
    withdrawn = InvitationCodeFactory(revoked_at=timezone.now())

    told = client.post(URL, sign_up_data(invitation.code)).content.decode()
    untold = [
        client.post(URL, sign_up_data(code)).content.decode()
        for code in ("AAAA-BBBB-CCCC", withdrawn.code, "")
    ]

    assert "An account has this address." in told
    assert not any("has this address" in page for page in untold)


@pytest.mark.parametrize("wrong", [{"password_again": "another one"}, {"username": "two words"}])
def test_an_address_cannot_be_tried_for_free(client, invitation, wrong):
    UserFactory(email="mara@example.org")

    page = client.post(URL, sign_up_data(invitation.code, **wrong)).content.decode()

    assert "has this address" not in page


def test_a_class_behind_one_address_joins_with_two_errors_each(client, invitation, monkeypatch):
    monkeypatch.setattr(joining, "FAILURES_BURST", 12)  # as 400 is to a class of 200
    for number in range(5):
        fresh = Client()
        for _error in range(2):
            fresh.post(URL, sign_up_data("AAAA-BBBB-CCCC"))

        data = sign_up_data(
            invitation.code, username=f"mara{number}", email=f"mara{number}@example.org"
        )
        assert fresh.post(URL, data).status_code == 302

    assert Enrolment.objects.count() == 5


def test_who_only_succeeds_is_never_slowed(invitation, monkeypatch):
    monkeypatch.setattr(joining, "FAILURES_BURST", 2)

    statuses = []
    for number in range(4):
        data = sign_up_data(
            invitation.code, username=f"mara{number}", email=f"mara{number}@example.org"
        )
        statuses.append(Client().post(URL, data).status_code)

    assert statuses == [302] * 4


def test_too_many_refusals_ask_to_wait_and_say_no_more(client, invitation, monkeypatch):
    monkeypatch.setattr(joining, "FAILURES_BURST", 2)
    monkeypatch.setattr(joining, "FAILURES_PER_S", 0.01)
    for _try in range(2):
        client.post(URL, sign_up_data("AAAA-BBBB-CCCC"))

    wrong = client.post(URL, sign_up_data("AAAA-BBBB-CCCC"))
    right = client.post(URL, sign_up_data(invitation.code))

    assert wrong.status_code == right.status_code == 429
    assert 0 < int(wrong["Retry-After"]) <= 100
    assert "No course has this code" not in wrong.content.decode()
    assert not User.objects.exists()


def test_another_address_is_not_slowed(client, invitation, monkeypatch):
    monkeypatch.setattr(joining, "FAILURES_BURST", 1)
    monkeypatch.setattr(joining, "FAILURES_PER_S", 0.01)
    for _try in range(3):
        client.post(URL, sign_up_data("AAAA-BBBB-CCCC"))

    response = client.post(URL, sign_up_data(invitation.code), REMOTE_ADDR="192.0.2.9")

    assert response.status_code == 302


def test_nothing_that_was_typed_reaches_a_log_line(client, invitation):
    with capture_logs() as lines:
        client.post(URL, sign_up_data("CANA-RYCA-NARY", username="canary"))
        client.post(URL, sign_up_data(invitation.code, username="canary", email="canary@a.org"))
        client.get(URL, {"code": invitation.code})

    said = repr(lines)
    assert "enrolment.created" in said
    for secret in (invitation.code, "canary", "CANA", "a.org", PASSWORD):
        assert secret not in said


def test_the_page_is_kept_by_no_cache(client):
    assert "no-store" in client.get(URL)["Cache-Control"]
