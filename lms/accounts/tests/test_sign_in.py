"""Signing in: who gets in, who is slowed, and who is never locked out."""

import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exercises.tests.factories import UserFactory
from lms.accounts import throttle
from lms.accounts.models import Throttle
from lms.accounts.tasks import purge, send_reset

pytestmark = pytest.mark.django_db

PASSWORD = "lantern-in-the-cellar-9"


@pytest.fixture
def person():
    user = UserFactory(username="mara", email="mara@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def _sign_in(client, *, name="mara", password=PASSWORD, **more):
    form = {"name": name, "password": password, **more}
    return client.post(reverse("accounts:sign_in"), form)


@pytest.mark.parametrize("name", ["mara", "MARA", " mara ", "mara@example.org", "Mara@Example.org"])
def test_a_person_signs_in_by_name_or_e_mail_in_any_case(client, person, name):
    assert _sign_in(client, name=name).status_code == 302
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"name": "nobody"}, {"name": ""}])
def test_a_wrong_sign_in_says_what_to_do(client, person, form):
    response = _sign_in(client, **form)

    assert response.status_code == 422
    assert b"try again" in response.content or b"Type your" in response.content


def test_an_inactive_person_does_not_get_in(client, person):
    person.is_active = False
    person.save()

    assert _sign_in(client).status_code == 422


def test_the_session_rotates_at_sign_in(client, person):
    client.get(reverse("accounts:sign_in"))
    client.session["anonymous"] = True
    before = client.session.session_key

    _sign_in(client)

    assert client.session.session_key != before


def test_signing_in_leads_to_where_the_person_wanted_to_be(client, person):
    assert _sign_in(client, next="/account/").url == "/account/"


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_a_foreign_address_is_not_followed(client, person, there):
    assert _sign_in(client, next=there).url == reverse("exercises:courses")


def test_a_guesser_is_slowed_with_a_time_to_wait(client, person):
    for _ in range(10):
        _sign_in(client, password="guess")

    response = _sign_in(client, password="guess")

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 15


def test_a_known_device_gets_in_while_a_stranger_guesses_at_the_name(client, person):
    _sign_in(client)
    client.post(reverse("accounts:sign_out"))
    stranger = Client(REMOTE_ADDR="127.0.0.1")
    for _ in range(12):
        _sign_in(stranger, password="guess")

    assert _sign_in(stranger).status_code == 429
    assert _sign_in(client).status_code == 302


def test_a_device_of_another_person_has_no_bucket_of_its_own(client, person):
    other = UserFactory(username="other")
    other.set_password(PASSWORD)
    other.save()
    _sign_in(client, name="other")
    client.post(reverse("accounts:sign_out"))
    for _ in range(10):
        _sign_in(Client(), password="guess")

    assert _sign_in(client).status_code == 429


def test_200_students_behind_one_address_all_get_in(db):
    people = [UserFactory() for _ in range(200)]
    for user in people:
        user.set_password(PASSWORD)
        user.save()

    answers = []
    for user in people:
        client = Client()
        _sign_in(client, name=user.username, password="mistyped")
        answers.append(_sign_in(client, name=user.username).status_code)

    assert answers == [302] * 200


def test_a_bucket_refills_with_time_and_a_refused_taking_takes_nothing(person):
    takings = [throttle.take("bucket", per_s=0.1, burst=2) for _ in range(4)]

    assert takings[:2] == [0.0, 0.0]
    assert 9 < takings[3] <= takings[2] <= 10
    assert Throttle.objects.count() == 1


def test_buckets_that_are_full_for_a_while_are_purged(person):
    throttle.take("old", per_s=1, burst=1)
    Throttle.objects.update(full_at=timezone.now() - throttle.PURGE_AFTER)
    throttle.take("fresh", per_s=1, burst=1)

    assert throttle.purge() == 1


def test_only_wrong_passwords_use_a_bucket_up(person):
    _sign_in(Client())

    assert not Throttle.objects.filter(full_at__gt=timezone.now()).exists()


def test_the_owner_gets_in_by_her_mailbox_while_strangers_guess_at_her_name(client, person):
    for number in range(70):
        stranger = Client(REMOTE_ADDR=f"192.0.2.{number}")
        _sign_in(stranger, password="guess")
    assert _sign_in(client).status_code == 429
    send_reset("mara@example.org", "testserver", False)
    link = next(word for word in mail.outbox[0].body.split() if word.startswith("http"))
    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"new_password1": "quite-new-lantern-7", "new_password2": "quite-new-lantern-7"}

    client.post(form, new)
    assert "_auth_user_id" in client.session

    client.post(reverse("accounts:sign_out"))
    assert _sign_in(client, password="quite-new-lantern-7").status_code == 302


def test_nobody_floods_a_mailbox(person):
    for _ in range(9):
        send_reset("Mara@example.org", "testserver", False)

    assert len(mail.outbox) == 3


def test_the_client_behind_a_proxy_is_its_last_hop(rf, settings):
    settings.TRUSTED_PROXY = ["10.0.0.0/8"]
    one = rf.get("/", REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 5.5.5.5")
    same = rf.get("/", REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="7.7.7.7, 5.5.5.5")
    liar = rf.get("/", REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR="5.5.5.5")

    keys = [throttle.client_key(request) for request in (one, same, liar)]

    assert keys[0] == keys[1] != keys[2]


def test_no_name_address_or_password_reaches_a_log_line(client, person, caplog):
    with caplog.at_level(logging.DEBUG):
        _sign_in(client, password="canary-password")
        _sign_in(client)

    text = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "session.started" in text
    assert not {word for word in ("mara", "canary-password", PASSWORD, "127.0.0.1") if word in text}


@pytest.mark.parametrize("address", ["mara@example.org", "nobody@example.org"])
def test_asking_for_a_reset_tells_nobody_whether_the_account_exists(client, person, address):
    response = client.post(reverse("accounts:password_reset"), {"email": address}, follow=True)

    assert b"If an account has that address" in response.content


def test_a_reset_link_lets_the_person_choose_a_new_password(client, person):
    send_reset("mara@example.org", "testserver", False)
    link = next(word for word in mail.outbox[0].body.split() if word.startswith("http"))
    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"new_password1": "quite-new-lantern-7", "new_password2": "quite-new-lantern-7"}

    client.post(form, new)

    assert _sign_in(client, password="quite-new-lantern-7").status_code == 302


@pytest.mark.parametrize(
    ("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("pink", None)]
)
def test_the_theme_is_kept_in_a_cookie(client, theme, kept):
    client.post(reverse("accounts:theme"), {"theme": theme})

    assert (client.cookies["theme"].value if "theme" in client.cookies else None) == kept


def test_pages_of_ones_own_ask_for_a_sign_in(client):
    for name in ("account", "password_change"):
        response = client.get(reverse(f"accounts:{name}"))
        assert response.url.startswith(reverse("accounts:sign_in"))


def test_every_account_page_can_be_read(client, person):
    for name in ("sign_in", "password_reset", "password_reset_sent"):
        assert client.get(reverse(f"accounts:{name}")).status_code == 200
    client.force_login(person)
    for name in ("account", "password_change", "password_changed"):
        assert client.get(reverse(f"accounts:{name}")).status_code == 200


def test_a_signed_in_page_stays_out_of_shared_caches(client, person):
    client.force_login(person)

    assert client.get(reverse("accounts:account"))["Cache-Control"] == "private, no-cache"


def test_ended_sessions_are_purged_and_others_stay(client, person):
    client.force_login(person)
    Session.objects.create(
        session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1)
    )

    purge()

    assert Session.objects.get().session_key == client.session.session_key
