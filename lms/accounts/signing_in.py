"""Checking who somebody is, slowly for those who guess."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.core.signing import BadSignature, Signer
from django.db.models import Q

from lms.accounts import throttle
from lms.accounts.models import User
from lms.database.prepared import Prepared
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

log = get_logger(__name__)

DEVICE_COOKIE = "device"
DEVICE_COOKIE_AGE_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit on wrong passwords. per_s: takings refilled a second."""

    key: str
    per_s: float
    burst: int


class SignInSlowed(Exception):
    """Too many wrong passwords. wait_s: whole seconds until the next try is looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__()
        self.wait_s = wait_s


class NameOrEmailBackend(ModelBackend):
    """Finds a person by user name or e-mail address, in any case."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django names it
        username: str | None = None,
        password: str | None = None,
        **_kwargs: object,
    ) -> User | None:
        """Give the person, or None. An unknown name costs as much as a wrong password."""
        if not username or password is None:
            return None
        person = find_person(username)
        if person is None:
            User().set_password(password)
            return None
        if person.check_password(password) and self.user_can_authenticate(person):
            return person
        return None

    def get_user(self, user_id: int) -> User | None:
        """Give the person of a session, None for one who may not sign in any more."""
        person = _person.first(pk=int(user_id))
        return person if person is not None and self.user_can_authenticate(person) else None


# Asked in every request.
_person: Prepared[User] = Prepared(lambda pk: User.objects.filter(pk=pk), pk=int)


def find_person(name: str) -> User | None:
    """Give the person of a user name or e-mail address; a user name never holds an @."""
    wanted = name.strip()
    return User.objects.filter(Q(username__iexact=wanted) | Q(email__iexact=wanted)).first()


def sign_in(request: HttpRequest, *, name: str, password: str) -> User | None:
    """Give the person when name and password fit, else None. Raises SignInSlowed.

    A device that has signed in as this person has a bucket of its own, so nobody else's guessing
    slows it. All others share a bucket by name and address, and a wide one by name.
    """
    buckets = _buckets(request, name)
    for bucket in buckets:
        wait = throttle.take(bucket.key, per_s=bucket.per_s, burst=bucket.burst)
        if wait:
            log.warning("sign_in.slowed", wait_s=int(wait) + 1)
            raise SignInSlowed(int(wait) + 1)
    person = authenticate(request, username=name, password=password)
    if person is None:
        log.info("sign_in.refused")
        return None
    # Only the bucket that is this client's own is filled again: a success here must not wash away
    # the count of a stranger who guesses at the same name elsewhere.
    throttle.refill(buckets[0].key)
    for bucket in buckets[1:]:
        throttle.give_back(bucket.key, per_s=bucket.per_s)
    return person if isinstance(person, User) else None


def remember_device(response: HttpResponse, person: User, *, secure: bool) -> None:
    """Mark this browser as one that has signed in as this person."""
    response.set_cookie(
        DEVICE_COOKIE,
        _signer().sign(f"{person.pk}.{secrets.token_hex(8)}"),
        max_age=DEVICE_COOKIE_AGE_S,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )


def _buckets(request: HttpRequest, name: str) -> list[Bucket]:
    device = _device_of(request, name)
    if device:
        return [Bucket(f"sign-in:device:{device}", per_s=1 / 10, burst=10)]
    wanted = name.strip().casefold()
    client = throttle.client_key(request)
    return [
        Bucket(f"sign-in:name:{wanted}:{client}", per_s=1 / 15, burst=10),
        Bucket(f"sign-in:name:{wanted}", per_s=1 / 10, burst=60),
    ]


def _device_of(request: HttpRequest, name: str) -> str:
    """Give the device's id when its cookie is of the person that the name means, else ""."""
    try:
        owner, device = _signer().unsign(request.COOKIES.get(DEVICE_COOKIE, "")).split(".")
    except (BadSignature, ValueError):
        return ""
    person = find_person(name)
    return device if person is not None and str(person.pk) == owner else ""


def _signer() -> Signer:
    return Signer(salt="accounts.device")
