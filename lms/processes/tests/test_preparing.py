"""What must be true before the site serves."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from exercises.models import Course, Enrolment
from lms.processes import accounts_file, demo, preparing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"


def person(**fields):
    return get_user_model().objects.create_user("ada", password="x", **fields)


def test_a_server_refuses_to_start_while_a_demo_account_is_active(settings):
    settings.IS_SERVER = True
    person(is_demo=True)

    with pytest.raises(preparing.NotReady, match="deactivate_demo_accounts"):
        preparing.refuse_demo_accounts()


def test_a_server_starts_once_its_demo_accounts_are_locked(settings):
    settings.IS_SERVER = True
    person(is_demo=True)

    call_command("deactivate_demo_accounts")

    preparing.refuse_demo_accounts()
    assert get_user_model().objects.filter(is_active=True).count() == 0


def test_static_files_are_collected_once_until_one_changes(monkeypatch):
    said = []
    preparing.collect_static(say=said.append)
    preparing.collect_static(say=said.append)
    assert len(said) == 1

    monkeypatch.setattr(preparing, "_static_state", lambda: "changed")
    preparing.collect_static(say=said.append)

    assert len(said) == 2


def test_nothing_is_migrated_when_nothing_is_due():
    said = []

    preparing.migrate(say=said.append)

    assert said == []


def test_the_first_start_loads_the_course_and_makes_one_account_per_role(tmp_path):
    demo.first_start(say=lambda _text: None)

    course = Course.objects.get(slug=demo.COURSE_SLUG)
    roles = sorted(Enrolment.objects.filter(course=course).values_list("role", flat=True))
    users = get_user_model().objects
    assert roles == ["assistant", "instructor", "student", "student", "student"]
    assert users.filter(is_demo=True).count() == users.count() == 6
    assert [one.username for one in users.filter(is_superuser=True)] == ["operator"]
    assert all(
        users.get(username=one.username).check_password(one.password)
        for one in accounts_file.read(tmp_path)
    )


def test_an_installation_with_people_gets_no_demo_accounts(tmp_path):
    person()

    demo.first_start(say=lambda _text: None)

    assert get_user_model().objects.count() == 1
    assert accounts_file.read(tmp_path) == []


def test_a_server_gets_no_demo_accounts(settings):
    settings.IS_SERVER = True

    demo.first_start(say=lambda _text: None)

    assert not get_user_model().objects.exists()
