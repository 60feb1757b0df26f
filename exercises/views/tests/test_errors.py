import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import RequestFactory

from exercises.tests.factories import UserFactory
from exercises.views import errors
from exercises.views.tests.pages import text_of


@pytest.fixture
def request_of_nobody(rf):
    return rf.get("/courses/x/", headers={"cookie": "theme=dark"})


def test_a_wrong_address_says_what_to_do(as_student):
    response = as_student.get("/courses/nowhere/")

    assert response.status_code == 404
    assert "You asked for /courses/nowhere/" in text_of(response)
    assert "Go to your courses" in text_of(response)


def test_a_wrong_address_shows_its_path_as_text(client, db):
    response = client.get("/<script>alert(1)</script>/")

    assert "<script>alert" not in response.content.decode()
    assert "script" in text_of(response)


def test_a_refusal_says_why(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    response = errors.forbidden(request, PermissionDenied("This page is for instructors."))

    assert response.status_code == 403
    assert "This page is for instructors." in text_of(response)


def test_the_500_page_needs_no_database(request_of_nobody):
    response = errors.server_error(request_of_nobody)  # the test has no database: a query raises

    assert response.status_code == 500
    assert "The fault is ours." in text_of(response)
    assert 'data-theme="dark"' in response.content.decode()


def test_the_500_page_runs_no_query(request_of_nobody, db, django_assert_num_queries):
    with django_assert_num_queries(0, connection=connection):
        errors.server_error(request_of_nobody)


def test_the_500_page_names_the_trace(request_of_nobody, monkeypatch):
    monkeypatch.setattr(errors.traces, "current_trace_id", lambda: "cd" * 16)

    response = errors.server_error(request_of_nobody)

    assert "trace " + "cd" * 16 in text_of(response)
    assert f'<a href="/observe/traces/{"cd" * 16}/">' in response.content.decode()


def test_an_invented_theme_does_not_reach_the_page():
    request = RequestFactory(headers={"cookie": 'theme=x"onload'}).get("/")

    assert "onload" not in errors.server_error(request).content.decode()


def test_too_many_tries_say_when_to_come_back(rf, db):
    response = errors.too_many(rf.get("/"), retry_after_s=30)

    assert response["Retry-After"] == "30"
    assert "Wait 30 seconds" in text_of(response)


def test_a_failing_view_ends_in_our_page(client, db, settings, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("exercises.views.courses.courses_of", lambda _user: 1 / 0)
    client.force_login(UserFactory())

    response = client.get("/")

    assert response.status_code == 500
    assert "The fault is ours." in text_of(response)
