"""A hand-in that we could not take comes back whole, with a button that posts it again."""

import re
from html import unescape

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from exercises.models import Submission
from exercises.views import answering
from exercises.views.tests.pages import form_of, text_of, url

PROSE = 'Two <words> & "quotes",\r\nand a line.'


@pytest.fixture
def client():
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.fixture
def form(as_student, exercise):
    page = as_student.get(url("exercise", exercise))
    token = as_student.cookies["csrftoken"].value
    return form_of(page) | {"level-chosen": "info", "csrfmiddlewaretoken": token}


@pytest.fixture
def broken(monkeypatch):
    """Let whatever reads the work item raise."""

    def _break(error):
        def fail(**_kwargs):
            raise error

        monkeypatch.setattr(answering, "work_of", fail)
        return monkeypatch

    return _break


def _fields(response):
    found = re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', response.content.decode()
    )
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("database or disk is full"), 503),
        (InterfaceError("connection already closed"), 503),
        (ZeroDivisionError(), 500),
    ],
)
def test_the_page_gives_the_whole_form_back(as_student, exercise, form, broken, error, status):
    broken(error)
    posted = form | {"extra-text": PROSE}

    response = as_student.post(url("hand_in", exercise), posted)

    assert response.status_code == status
    assert _fields(response) == posted
    assert "hand it in again" in text_of(response)
    assert "&lt;words&gt;" in response.content.decode()
    assert "<words>" not in response.content.decode()


def test_what_was_given_back_is_handed_in_with_one_press(as_student, exercise, form, broken):
    patches = broken(OperationalError())
    page = as_student.post(url("hand_in", exercise), form)
    patches.undo()

    response = as_student.post(url("hand_in", exercise), _fields(page))

    assert page.status_code == 503
    assert response.status_code == 302
    assert Submission.objects.count() == 1


def test_a_draft_of_the_script_gets_a_sentence(as_student, exercise, form, broken):
    broken(OperationalError())

    response = as_student.post(
        url("save_draft", exercise), form, headers={"accept": "application/json"}
    )

    assert response.status_code == 503
    assert "try again" in response.json()["sentence"]


def test_a_page_says_when_to_come_back(as_student, exercise, monkeypatch):
    def fail(*_args):
        raise OperationalError

    monkeypatch.setattr(answering, "member", fail)

    response = as_student.get(url("exercise", exercise))

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "load this page again" in text_of(response)


def test_a_strangers_form_does_not_come_back_with_a_token(as_student, exercise, monkeypatch):
    def fail(**_kwargs):
        raise OperationalError

    monkeypatch.setattr("exercises.holding.hold", fail)

    response = as_student.post(url("hand_in", exercise), {"key": "x", "level-chosen": "info"})

    assert response.status_code == 503
    assert "csrfmiddlewaretoken" not in _fields(response)
