"""Demo students as rows: marked, enrolled, with a password that only this process knows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from exercises.demo_class.client import Browser
from exercises.demo_class.walking import Student
from exercises.enrolling import enrol
from lms.accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exercises.demo_class.client import Exchange
    from exercises.models import Course

_PER_TRANSACTION = 50


class ServerRefused(Exception):
    """Demo students were about to be made on a server."""


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    password: str = field(repr=False)


def refuse_server() -> None:
    """Raise ServerRefused on a server: one starts with no demo account active."""
    if settings.IS_SERVER:
        raise ServerRefused(
            "Demo students are for a local site: WATCHERS_ENV=server refuses to start while a "
            "demo account is active. Run this on an installation of its own."
        )


def make_students(*, course: Course, count: int) -> list[Account]:
    """Make and enrol that many demo students, named after a fresh word. Raises ServerRefused.

    They share one random password, hashed once: a good hash for each would take longer than the
    class. It is kept in memory alone.
    """
    refuse_server()
    word, password = secrets.token_hex(3), secrets.token_urlsafe(24)
    hashed = make_password(password)
    accounts = [Account(f"demo-{word}-{n:03}", password) for n in range(1, count + 1)]
    for start in range(0, count, _PER_TRANSACTION):
        with transaction.atomic():  # short ones: the class must not stop the site's own writers
            for account in accounts[start : start + _PER_TRANSACTION]:
                user = User.objects.create(username=account.username, password=hashed, is_demo=True)
                enrol(course=course, user=user)
    return accounts


def lock(accounts: Iterable[Account]) -> int:
    """Lock the accounts: their work stays, nobody signs in with them. Give their number."""
    names = [account.username for account in accounts]
    return User.objects.filter(username__in=names, is_demo=True).update(is_active=False)


def students_at(
    address: str,
    accounts: Iterable[Account],
    *,
    course: Course,
    watch: Callable[[Exchange], None],
    seed: int = 1,
) -> list[Student]:
    """Give each account a browser on the site and a chance of its own."""
    return [
        Student(
            username=account.username,
            password=account.password,
            browser=Browser(address, watch=watch),
            course=course.slug,
            chance=Random(f"{seed}:{number}"),  # noqa: S311 - which answer is typed, no secret
        )
        for number, account in enumerate(accounts)
    ]
