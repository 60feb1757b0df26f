"""The states of the pages for people not signed in, and of those that say what went wrong."""

from unittest import mock

from django.contrib.auth.tokens import default_token_generator
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from exercises.tests.browser.states import state
from exercises.views import answering, courses, errors

NOBODY, STUDENT = "", "student"


@state("accounts:sign_in", role=NOBODY)
def sign_in(scene):
    return reverse("accounts:sign_in")


@state("accounts:sign_in", role=NOBODY)
def sign_in_with_empty_fields(scene):
    scene.open(reverse("accounts:sign_in"))
    scene.press("Sign in")


@state("accounts:sign_in", role=NOBODY)
def sign_in_with_a_wrong_password(scene):
    scene.open(reverse("accounts:sign_in"))
    scene.page.get_by_label("User name or e-mail").fill("mara")
    scene.page.get_by_label("Password").fill("wrong")
    scene.press("Sign in")
    assert scene.page.get_by_role("alert").is_visible()


@state("exercises:join", role=NOBODY)
def join(scene):
    return reverse("exercises:join")


@state("exercises:join", role=NOBODY)
def join_with_errors(scene):
    scene.open(reverse("exercises:join") + "?code=K7QM-02ZD-XW41")
    scene.press("Make the account and join")


@state("accounts:password_reset", role=NOBODY)
def password_reset(scene):
    return reverse("accounts:password_reset")


@state("accounts:password_reset", role=NOBODY)
def password_reset_without_address(scene):
    scene.open(reverse("accounts:password_reset"))
    scene.press("Send the link")


@state("accounts:password_reset_sent", role=NOBODY)
def password_reset_sent(scene):
    return reverse("accounts:password_reset_sent")


@state("accounts:password_reset_confirm", role=NOBODY)
def password_reset_confirm(scene):
    return _reset_link(scene, default_token_generator.make_token(scene.student.user))


@state("accounts:password_reset_confirm", role=NOBODY)
def password_reset_with_an_old_link(scene):
    return _reset_link(scene, "c0ffee-0")


@state("exercises:hand_in", role=NOBODY)
def text_that_could_not_be_kept(scene):
    scene.open(reverse("accounts:sign_in"))
    scene.post(scene.url("hand_in", "log-levels"), key="forged", **{"why_info-text": "My text."})
    assert scene.page.get_by_label("Text 1").is_visible()


@state("exercises:exercise", role=NOBODY)
def sign_in_with_a_kept_answer(scene):
    key = _key_of(scene)
    scene.open(reverse("accounts:sign_in"))
    scene.post(scene.url("hand_in", "log-levels"), key=key, **{"why_info-text": "My text."})
    assert scene.page.get_by_text("Your answer is kept").is_visible()


@state("404", role=NOBODY)
def not_found_signed_out(scene):
    return "/nothing/here/"


@state("404", role=STUDENT)
def not_found(scene):
    return "/courses/no-such-course/"


@state("403", role=STUDENT)
def forbidden(scene):
    return scene.url("review_queue")


@state("403_csrf", role=STUDENT)
def page_out_of_date(scene):
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.student.user)
    scene.show(client.post(reverse("accounts:theme"), {"theme": "dark"}))
    assert scene.page.get_by_text("This page was out of date").is_visible()


@state("400", role=STUDENT)
def not_understood(scene):
    scene.show(
        _client(scene).post(
            scene.url("hand_in", "log-levels"), b"a=\xff",
            content_type="application/x-www-form-urlencoded",
        )
    )  # fmt: skip
    assert scene.page.get_by_text("We could not read what was sent").is_visible()


@state("413", role=STUDENT)
def too_large(scene):
    scene.show(_client(scene).post(scene.url("hand_in", "log-levels"), {"x": "y" * 300_000}))
    assert scene.page.get_by_text("more than we take at once").is_visible()


@state("429", role=STUDENT)
def too_fast(scene):
    scene.open(scene.url("course"))
    request = _client(scene).get(scene.url("course")).wsgi_request
    response = errors.too_many(request, retry_after_s=30)
    response.request = {"PATH_INFO": "/too-many/"}
    scene.show(response)


@state("500", role=STUDENT)
def we_broke(scene):
    with mock.patch.object(courses, "courses_of", side_effect=ZeroDivisionError):
        scene.show(_client(scene).get(reverse("exercises:courses")))
    assert scene.page.get_by_text("The fault is ours").is_visible()


@state("500", role=STUDENT)
def we_broke_at_a_hand_in(scene):
    scene.show(_broken_hand_in(scene, ZeroDivisionError))
    assert scene.page.get_by_role("button", name="Hand in again").is_visible()


@state("503", role=STUDENT)
def no_database(scene):
    with mock.patch.object(courses, "courses_of", side_effect=OperationalError):
        scene.show(_client(scene).get(reverse("exercises:courses")))


@state("503", role=STUDENT)
def no_database_at_a_hand_in(scene):
    scene.show(_broken_hand_in(scene, OperationalError))
    assert scene.page.get_by_role("button", name="Hand in again").is_visible()


def _broken_hand_in(scene, error):
    typed = {"key": "key", "why_info-text": "DEBUG logs fill the disk."}
    with mock.patch.object(answering, "work_of", side_effect=error):
        return _client(scene).post(scene.url("hand_in", "log-levels"), typed)


def _client(scene):
    client = Client(raise_request_exception=False)
    client.force_login(scene.student.user)
    return client


def _key_of(scene):
    client = _client(scene)
    page = client.get(scene.url("exercise", "log-levels")).content.decode()
    return page.split('name="key" value="')[1].split('"')[0]


def _reset_link(scene, token):
    uid = urlsafe_base64_encode(force_bytes(scene.student.user.pk))
    return reverse("accounts:password_reset_confirm", args=[uid, token])
