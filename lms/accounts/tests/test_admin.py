"""Accounts in the admin from outside."""

import pytest
from django.urls import reverse

from exercises.models import Enrolment
from exercises.tests.factories import EnrolmentFactory, UserFactory
from lms.accounts.models import User

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


@pytest.fixture
def operator(client):
    client.force_login(UserFactory(is_superuser=True, username="operator"))
    return client


def url_of(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def fields_of(user, **more):
    return {"username": user.username, "email": user.email, "is_active": "on"} | more


@pytest.mark.parametrize("role", Enrolment.Role)
def test_accounts_are_closed_to_every_role_of_a_course(client, role):
    somebody = UserFactory()
    client.force_login(EnrolmentFactory(role=role, user__is_staff=True).user)

    assert client.get(LIST).status_code == 403
    assert client.get(url_of(somebody)).status_code == 403
    assert client.post(url_of(somebody), fields_of(somebody)).status_code == 403


def test_the_list_names_no_address_and_marks_demo_accounts(operator):
    UserFactory(username="demo", email="demo@example.org", is_demo=True)

    page = operator.get(LIST).content.decode()

    assert "demo" in page
    assert "demo@example.org" not in page


def test_the_operator_finds_a_person_by_address(operator):
    found = UserFactory(email="ilse@example.org")

    page = operator.get(LIST, {"q": "ilse@"})

    assert list(page.context["cl"].queryset) == [found]


def test_a_deactivated_person_is_signed_out(operator, django_user_model):
    somebody = UserFactory()
    theirs = operator.__class__()
    theirs.force_login(somebody)

    operator.post(url_of(somebody), fields_of(somebody, is_active=""))

    assert not User.objects.get(pk=somebody.pk).is_active
    assert theirs.get("/admin/").status_code == 302


def test_the_operator_keeps_her_own_access(operator):
    me = User.objects.get(username="operator")

    page = operator.post(url_of(me), fields_of(me, is_active="")).content.decode()

    me.refresh_from_db()
    assert me.is_active
    assert me.is_superuser
    assert "Another operator has to do that" in page


def test_an_account_is_made_with_a_password(operator):
    data = {
        "username": "ilse", "usable_password": "true",
        "password1": "correct horse battery", "password2": "correct horse battery",
    }  # fmt: skip

    operator.post("/admin/accounts/user/add/", data)

    assert User.objects.get(username="ilse").check_password("correct horse battery")


def test_a_name_that_differs_only_in_case_is_refused(operator):
    UserFactory(username="ilse")
    data = {
        "username": "Ilse", "usable_password": "true",
        "password1": "correct horse battery", "password2": "correct horse battery",
    }  # fmt: skip

    response = operator.post("/admin/accounts/user/add/", data)

    assert response.status_code == 200
    assert not User.objects.filter(username="Ilse").exists()


def test_accounts_are_not_deleted_here(operator):
    somebody = UserFactory()

    response = operator.post(f"{LIST}{somebody.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=somebody.pk).exists()
