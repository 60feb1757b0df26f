"""Several people at one code, one name, one role, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from exercises.enrolling import CodeRefused, NameTaken, join, sign_up
from exercises.granting import LastInstructor, set_role
from exercises.models import Enrolment
from exercises.tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    InvitationCodeFactory,
    UserFactory,
)
from lms.accounts.models import User

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT_ONCE = 8


def together(act, count=AT_ONCE):
    """Run act(i) for i < count in threads that start at the same moment; give the results."""
    barrier = Barrier(count)

    def run(index):
        try:
            barrier.wait(timeout=30)
            return act(index)
        except (CodeRefused, LastInstructor, NameTaken) as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_last_use_of_a_code_lets_one_person_in():
    invitation = InvitationCodeFactory(uses_max=1)
    people = [UserFactory() for _ in range(AT_ONCE)]

    results = together(lambda i: join(user=people[i], code=invitation.code))

    assert results.count(CodeRefused) == AT_ONCE - 1
    assert Enrolment.objects.count() == 1


def test_one_person_in_many_windows_uses_a_code_once():
    invitation = InvitationCodeFactory(uses_max=1)
    person = UserFactory()

    results = together(lambda _i: join(user=person, code=invitation.code))

    invitation.refresh_from_db()
    assert len({enrolment.pk for enrolment in results}) == 1
    assert invitation.uses == 1


def test_one_person_with_two_codes_uses_one_of_them():
    course, person = CourseFactory(), UserFactory()
    codes = [InvitationCodeFactory(course=course) for _ in range(AT_ONCE)]

    results = together(lambda i: join(user=person, code=codes[i].code))

    for invitation in codes:
        invitation.refresh_from_db()
    assert len({enrolment.pk for enrolment in results}) == 1
    assert sum(invitation.uses for invitation in codes) == 1


def test_pseudonyms_drawn_at_once_all_differ(monkeypatch):
    invitation = InvitationCodeFactory()
    people = [UserFactory() for _ in range(AT_ONCE)]
    names = [f"Curlew {number}" for number in range(10, 10 + AT_ONCE)]
    monkeypatch.setattr(
        "exercises.enrolling.new_pseudonym",
        lambda taken: next(name for name in names if name not in taken),
    )

    results = together(lambda i: join(user=people[i], code=invitation.code))

    assert {enrolment.pseudonym for enrolment in results} == set(names)


def test_a_name_wanted_by_many_at_once_goes_to_one():
    invitation = InvitationCodeFactory()

    def act(index):
        return sign_up(
            username="mara",
            email=f"mara{index}@example.org",
            password="violet-Kettle-9",
            code=invitation.code,
        )

    results = together(act)

    invitation.refresh_from_db()
    assert results.count(NameTaken) == AT_ONCE - 1
    assert User.objects.count() == invitation.uses == 1


def test_instructors_who_demote_each_other_leave_one():
    course = CourseFactory()
    two = [EnrolmentFactory(course=course, role=Enrolment.Role.INSTRUCTOR) for _ in range(2)]

    results = together(
        lambda i: set_role(enrolment=two[i], role=Enrolment.Role.STUDENT, actor=two[1 - i].user),
        count=2,
    )

    assert results.count(LastInstructor) == 1
    assert course.enrolments.filter(role=Enrolment.Role.INSTRUCTOR).count() == 1
