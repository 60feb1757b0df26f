"""Joining by a code and signing up: who gets in, what is used up, what is said."""

from datetime import timedelta

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from exercises import enrolling
from exercises.enrolling import (
    AddressTaken,
    CodeRefused,
    NameTaken,
    enrol,
    join,
    make_code,
    normal_code,
    revoke_code,
    sign_up,
)
from exercises.models import AuditEvent, Enrolment
from exercises.tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    InvitationCodeFactory,
    UserFactory,
)
from lms.accounts.models import User

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role
PASSWORD = "violet-Kettle-9"


def account(code, **more):
    return {
        "username": "mara",
        "email": "mara@example.org",
        "password": PASSWORD,
        "code": code,
    } | more


def test_a_code_makes_a_student_with_a_pseudonym():
    invitation = InvitationCodeFactory()

    enrolment = join(user=UserFactory(), code=invitation.code)

    invitation.refresh_from_db()
    assert (enrolment.course, enrolment.role) == (invitation.course, ROLE.STUDENT)
    assert enrolment.pseudonym
    assert invitation.uses == 1


def test_joining_again_uses_nothing_up():
    invitation = InvitationCodeFactory(uses_max=2)
    user = UserFactory()
    first = join(user=user, code=invitation.code)

    again = join(user=user, code=invitation.code)

    invitation.refresh_from_db()
    assert again == first
    assert invitation.uses == 1


def test_who_is_in_the_course_keeps_her_role():
    instructor = EnrolmentFactory(role=ROLE.INSTRUCTOR)
    invitation = InvitationCodeFactory(course=instructor.course)

    assert join(user=instructor.user, code=invitation.code).role == ROLE.INSTRUCTOR


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=5)}, "has ended"),
        ({"revoked_at": timezone.now()}, "was withdrawn"),
        ({"uses": 3, "uses_max": 3}, "is used up"),
    ],
)
def test_a_code_that_is_over_is_refused_with_its_reason(state, sentence):
    invitation = InvitationCodeFactory(**state)

    with pytest.raises(CodeRefused) as refused:
        join(user=UserFactory(), code=invitation.code)

    assert sentence in str(refused.value.sentence)
    assert not Enrolment.objects.exists()


def test_an_unknown_code_is_refused_without_repeating_it():
    with pytest.raises(CodeRefused) as refused:
        join(user=UserFactory(), code="CAFE-CAFE-CAFE")

    assert "No course has this code" in str(refused.value.sentence)
    assert "CAFE" not in repr(refused.value)


@pytest.mark.parametrize(
    "typed", ["k7qm02zdxw41", " K7QM 02ZD XW41 ", "k7qm-o2zd-xw4l", "K7QM\u201302ZD\u2013XW4I"]
)
def test_a_code_is_known_however_it_was_typed(typed):
    assert normal_code(typed) == "K7QM-02ZD-XW41"


def test_more_signs_than_a_code_has_are_no_code():
    assert normal_code("K7QM-02ZD-XW41-K7QM") != "K7QM-02ZD-XW41"


def test_a_pseudonym_taken_in_the_same_moment_is_drawn_anew(monkeypatch):
    first = EnrolmentFactory(pseudonym="Curlew 17")
    drawn = iter(["Curlew 17", "Curlew 17", "Heron 20"])
    monkeypatch.setattr(enrolling, "new_pseudonym", lambda _taken: next(drawn))

    enrolment = enrol(course=first.course, user=UserFactory())

    assert enrolment.pseudonym == "Heron 20"


def test_enrolling_by_hand_gives_the_role_once():
    course, user = CourseFactory(), UserFactory()

    first = enrol(course=course, user=user, role=ROLE.ASSISTANT)
    again = enrol(course=course, user=user, role=ROLE.STUDENT)

    assert first == again
    assert again.role == ROLE.ASSISTANT
    assert AuditEvent.objects.filter(action="enrolment.created").count() == 1


def test_signing_up_makes_the_account_and_the_enrolment():
    invitation = InvitationCodeFactory()

    enrolment = sign_up(**account(invitation.code, email="Mara@EXAMPLE.org"))

    user = User.objects.get()
    assert enrolment.user == user
    assert user.email == "Mara@example.org"
    assert user.check_password(PASSWORD)
    assert not user.is_staff


def test_a_refused_code_leaves_no_account_and_tells_nothing_of_others():
    UserFactory(username="mara", email="mara@example.org")
    invitation = InvitationCodeFactory(revoked_at=timezone.now())

    with pytest.raises(CodeRefused):
        sign_up(**account(invitation.code))

    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [({"username": "MARA"}, NameTaken), ({"email": "MARA@example.org"}, AddressTaken)],
)
def test_a_name_or_address_in_use_is_refused_in_any_case(taken, refusal):
    UserFactory(**taken)
    invitation = InvitationCodeFactory()

    with pytest.raises(refusal):
        sign_up(**account(invitation.code))

    invitation.refresh_from_db()
    assert invitation.uses == 0


def test_a_name_taken_while_the_password_was_hashed_is_refused(monkeypatch):
    invitation = InvitationCodeFactory()
    hashing = User.set_password

    def slowly(user, password):
        hashing(user, password)
        UserFactory(username="mara")

    monkeypatch.setattr(User, "set_password", slowly)

    with pytest.raises(NameTaken):
        sign_up(**account(invitation.code))


def test_a_code_used_up_while_the_password_was_hashed_leaves_no_account(monkeypatch):
    invitation = InvitationCodeFactory(uses_max=1)
    hashing = User.set_password

    def slowly(user, password):
        hashing(user, password)
        join(user=UserFactory(), code=invitation.code)

    monkeypatch.setattr(User, "set_password", slowly)

    with pytest.raises(CodeRefused):
        sign_up(**account(invitation.code))
    assert not User.objects.filter(username="mara").exists()


def test_a_made_code_opens_the_course_and_a_revoked_one_does_not():
    course, maker = CourseFactory(), UserFactory()
    invitation = make_code(
        course=course, expires_at=timezone.now() + timedelta(days=1), uses_max=5, maker=maker
    )
    join(user=UserFactory(), code=invitation.code)

    revoke_code(invitation=invitation, actor=maker)
    revoke_code(invitation=invitation, actor=maker)

    with pytest.raises(CodeRefused):
        join(user=UserFactory(), code=invitation.code)
    assert AuditEvent.objects.filter(action="code.revoked").count() == 1


def test_neither_log_nor_audit_holds_code_name_address_or_password():
    maker = UserFactory(username="teacher_canary")
    with capture_logs() as lines:
        invitation = make_code(
            course=CourseFactory(),
            expires_at=timezone.now() + timedelta(days=1),
            uses_max=5,
            maker=maker,
        )
        sign_up(**account(invitation.code, username="canary", email="canary@example.org"))
        revoke_code(invitation=invitation, actor=maker)

    said = repr(lines) + repr(list(AuditEvent.objects.values()))
    events = {line["event"] for line in lines}
    assert events == {"code.made", "enrolment.created", "account.created", "code.revoked"}
    for secret in (invitation.code, "canary", "example.org", PASSWORD):
        assert secret not in said
