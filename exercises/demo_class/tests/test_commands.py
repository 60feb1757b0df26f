"""What `manage.py demo_class` refuses, and what it leaves behind."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exercises.models import Submission
from lms.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"students": 0}, "--students must be from 1 to 500, got 0"),
        ({"students": 501}, "--students must be"),
        ({"minutes": -1}, "--minutes must be"),
        ({"rate": 0}, "--rate must be"),
        ({"minutes": float("nan")}, "--minutes must be"),
        ({"address": "http://example.org"}, "on this machine"),
        ({"address": "nonsense"}, "on this machine"),
        ({"course": "no-such"}, "There is no course"),
        ({"address": NOWHERE}, "No site answers at"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(course, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("demo_class", **options)

    assert not User.objects.exists()


def test_a_server_refuses_demo_students(course, settings):
    settings.IS_SERVER = True

    with pytest.raises(CommandError, match="while a demo account is active"):
        call_command("demo_class")


def test_a_short_class_works_and_is_locked_afterwards(course, live_server):
    out = StringIO()
    call_command(
        "demo_class", students=2, minutes=0.05, rate=5, think=0.05,
        address=live_server.url, stdout=out,
    )  # fmt: skip

    assert Submission.objects.exists()
    assert User.objects.filter(is_demo=True, is_active=False).count() == 2
    assert "failures             none" in out.getvalue()
