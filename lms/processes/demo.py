"""The seed course and the accounts with which a local installation is tried out."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction

from exercises.enrolling import enrol
from exercises.models import Course, Enrolment
from lms.processes import accounts_file
from lms.processes.accounts_file import Account

COURSE_SLUG = "backend-operations"
_CONTENT = settings.BASE_DIR / "exercises" / "content" / COURSE_SLUG
_ROLES: dict[str, tuple[Enrolment.Role | None, str]] = {
    "operator": (None, "the whole site and its admin"),
    "instructor": (Enrolment.Role.INSTRUCTOR, "reviews, publishes, enrols"),
    "assistant": (Enrolment.Role.ASSISTANT, "reviews and writes drafts"),
    "student1": (Enrolment.Role.STUDENT, "takes the exercises"),
    "student2": (Enrolment.Role.STUDENT, "takes the exercises"),
    "student3": (Enrolment.Role.STUDENT, "takes the exercises"),
}
# Without the letters and digits that are read as each other.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def first_start(*, say: Callable[[str], None]) -> None:
    """Load the seed course and make the demo accounts, on a local installation without people.

    A server gets neither. An installation that has people keeps what it has.
    """
    if settings.IS_SERVER or get_user_model().objects.exists():
        return
    say("Loading the seed course and making accounts to try it with.")
    call_command("import_course", str(_CONTENT), verbosity=0)
    _make([_account(name) for name in _ROLES])


@transaction.atomic
def _make(accounts: list[Account]) -> None:
    course = Course.objects.get(slug=COURSE_SLUG)
    for account in accounts:
        role, _about = _ROLES[account.username]
        user = get_user_model().objects.create_user(
            account.username,
            password=account.password,
            is_demo=True,
            is_staff=role is None,
            is_superuser=role is None,
        )
        if role is not None:
            enrol(course=course, user=user, role=role)
    # Before the commit: accounts whose passwords nobody knows would be of no use.
    accounts_file.write(settings.DATA_DIR, accounts)


def _account(username: str) -> Account:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return Account(username, "-".join(groups), _ROLES[username][1])
