"""Joining a course, by its invitation code or by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from exercises.auditing import record
from exercises.models import Enrolment, InvitationCode
from lms.accounts.models import User
from lms.accounts.pseudonyms import new_pseudonym
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from exercises.models import Course

log = get_logger(__name__)

# Each failed try means that somebody joined with the same pseudonym in the same moment.
_PSEUDONYM_TRIES: Final = 5
# Letters that the alphabet of codes leaves out because they are read as these digits.
_MISREAD: Final = str.maketrans("OIL", "011")
_CODE_LENGTH: Final = 12


class EnrollingRefused(Exception):
    """Nothing was changed. sentence: why, and what to do."""

    def __init__(self, sentence: str | _StrPromise) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


class CodeRefused(EnrollingRefused):
    """The invitation code is unknown, ended, withdrawn or used up."""


class NameTaken(EnrollingRefused):
    """The user name belongs to somebody."""


class AddressTaken(EnrollingRefused):
    """The e-mail address belongs to somebody."""


def normal_code(typed: str) -> str:
    """Give a code as it is stored, however it was typed: case, dashes, spaces, O for 0, I for 1."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_MISREAD)
    return "-".join(signs[at : at + 4] for at in range(0, min(len(signs), _CODE_LENGTH + 1), 4))


@transaction.atomic
def join(*, user: User, code: str) -> Enrolment:
    """Enrol a person as a student; one who is in the course already uses nothing up.

    Raises CodeRefused.
    """
    # The lock makes the same person's second window wait until her first one has enrolled her.
    invitation = _invitation(code, InvitationCode.objects.select_for_update(of=("self",)))
    enrolled = _enrolment_of(invitation.course, user)
    if enrolled is not None:
        return enrolled
    if not _usable(invitation).update(uses=F("uses") + 1):
        raise _refusal_of(invitation)
    enrolment, made = _enrolled(invitation.course, user, Enrolment.Role.STUDENT)
    if made:
        _record_enrolment(enrolment, actor=user, invitation=invitation.pk)
    else:  # with another code of the course, in the same moment
        InvitationCode.objects.filter(pk=invitation.pk).update(uses=F("uses") - 1)
    return enrolment


def sign_up(*, username: str, email: str, password: str, code: str) -> Enrolment:
    """Make an account and join with it: both or neither.

    The code is looked at before any account is, so that nobody without one learns who has an
    account here. Raises CodeRefused, NameTaken, AddressTaken.
    """
    invitation = _invitation(code, InvitationCode.objects.all())
    if not _usable(invitation).exists():
        raise _refusal_of(invitation)
    user = User(
        username=User.normalize_username(username), email=User.objects.normalize_email(email)
    )
    _refuse_taken(user)
    # Before the transaction: a good hash takes a tenth of a second in which nobody could write.
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            enrolment = join(user=user, code=code)
    except IntegrityError:
        _refuse_taken(user)
        raise
    log.info("account.created", person=user.pseudonym)
    return enrolment


@transaction.atomic
def enrol(
    *,
    course: Course,
    user: User,
    role: str = Enrolment.Role.STUDENT,
    actor: User | None = None,
) -> Enrolment:
    """Put a person into a course, without a code; an existing enrolment stays as it is."""
    enrolment, made = _enrolled(course, user, role)
    if made:
        _record_enrolment(enrolment, actor=actor)
    return enrolment


@transaction.atomic
def make_code(
    *, course: Course, expires_at: datetime, uses_max: int, maker: User
) -> InvitationCode:
    """Give a fresh invitation code of a course."""
    invitation = InvitationCode.objects.create(
        course=course, expires_at=expires_at, uses_max=uses_max, created_by=maker
    )
    record(
        "code.made",
        invitation,
        course=course,
        actor=maker,
        after={"uses_max": uses_max, "expires_at": expires_at.isoformat()},
    )
    log.info("code.made", course=course.slug, limit=uses_max)
    return invitation


@transaction.atomic
def revoke_code(*, invitation: InvitationCode, actor: User) -> None:
    """Withdraw a code: nobody joins with it any more. May be repeated."""
    changed = InvitationCode.objects.filter(pk=invitation.pk, revoked_at__isnull=True).update(
        revoked_at=Now()
    )
    if not changed:
        return
    record(
        "code.revoked",
        invitation,
        course=invitation.course,
        actor=actor,
        before={"is_revoked": False},
        after={"is_revoked": True},
    )
    log.info("code.revoked", course=invitation.course.slug)


def _invitation(code: str, rows: Any) -> InvitationCode:
    found: InvitationCode | None = (
        rows.select_related("course").filter(code=normal_code(code)).first()
    )
    if found is None:
        raise CodeRefused(_("No course has this code. Compare it with your invitation."))
    return found


def _usable(invitation: InvitationCode) -> Any:
    """Keep the row while the code may be used: the database's clock and count decide."""
    return InvitationCode.objects.filter(
        pk=invitation.pk, revoked_at__isnull=True, expires_at__gt=Now(), uses__lt=F("uses_max")
    )


def _refusal_of(invitation: InvitationCode) -> CodeRefused:
    if invitation.revoked_at is not None:
        return CodeRefused(_("This code was withdrawn. Ask your instructor for a new one."))
    if invitation.uses >= invitation.uses_max:
        return CodeRefused(_("This code is used up. Ask your instructor for a new one."))
    return CodeRefused(_("This code has ended. Ask your instructor for a new one."))


def _refuse_taken(user: User) -> None:
    if User.objects.filter(username__iexact=user.username).exists():
        raise NameTaken(_("Somebody has this user name. Choose another one."))
    if User.objects.filter(email__iexact=user.email).exists():
        raise AddressTaken(
            _("An account has this address. Sign in with it and type the code then.")
        )


def _enrolment_of(course: Course, user: User) -> Enrolment | None:
    return Enrolment.objects.select_related("course").filter(course=course, user=user).first()


def _enrolled(course: Course, user: User, role: str) -> tuple[Enrolment, bool]:
    """Give the enrolment, and whether it was made now."""
    tries_left = _PSEUDONYM_TRIES
    while True:
        found = _enrolment_of(course, user)
        if found is not None:
            return found, False
        names = Enrolment.objects.filter(course=course).values_list("pseudonym", flat=True)
        try:
            with transaction.atomic():
                row = Enrolment.objects.create(
                    course=course, user=user, role=role, pseudonym=new_pseudonym(set(names))
                )
        except IntegrityError:
            tries_left -= 1
            if not tries_left:
                raise
        else:
            return row, True


def _record_enrolment(row: Enrolment, *, actor: User | None, **more: int) -> None:
    after = {"role": str(row.role), "pseudonym": row.pseudonym, **more}
    record("enrolment.created", row, course=row.course, actor=actor, after=after)
    log.info(
        "enrolment.created",
        course=row.course.slug,
        enrolment=row.pk,
        role=str(row.role),
        person=row.user.pseudonym,
    )
