"""Roles, more time and more attempts: what changes, what is refused, what is noted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from exercises.granting import (
    LastInstructor,
    WouldBePractice,
    grant_extension,
    override_policy,
    set_role,
)
from exercises.models import AuditEvent, Enrolment, PolicyOverride, WorkItem
from exercises.submitting import open_work
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    SubmissionFactory,
    UserFactory,
    WorkItemFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


def override(item, **more):
    values = {
        "extra_time": timedelta(0),
        "extra_attempts": 1,
        "counts_after_reveal": False,
        "reason": "ill",
        "granter": UserFactory(),
    }
    return override_policy(enrolment=item.enrolment, exercise=item.exercise, **(values | more))


def revealed(**more):
    return WorkItemFactory(
        revealed_at=timezone.now(), reveal_reason=WorkItem.RevealReason.ASKED, **more
    )


def test_the_last_instructor_keeps_the_role():
    only = EnrolmentFactory(role=ROLE.INSTRUCTOR)

    with pytest.raises(LastInstructor):
        set_role(enrolment=only, role=ROLE.STUDENT, actor=only.user)

    only.refresh_from_db()
    assert only.role == ROLE.INSTRUCTOR


def test_an_instructor_who_cannot_sign_in_is_no_other_instructor():
    only = EnrolmentFactory(role=ROLE.INSTRUCTOR)
    EnrolmentFactory(course=only.course, role=ROLE.INSTRUCTOR, user__is_active=False)

    with pytest.raises(LastInstructor):
        set_role(enrolment=only, role=ROLE.STUDENT, actor=only.user)


def test_a_changed_role_is_noted_with_before_and_after():
    first = EnrolmentFactory(role=ROLE.INSTRUCTOR)
    second = EnrolmentFactory(course=first.course, role=ROLE.INSTRUCTOR)

    set_role(enrolment=second, role=ROLE.ASSISTANT, actor=first.user)

    event = AuditEvent.objects.get()
    assert (event.action, event.target) == ("role.changed", f"enrolment:{second.pk}")
    assert (event.actor, event.course) == (first.user, first.course)
    assert event.before == {"role": "instructor"}
    assert event.after == {"role": "assistant", "pseudonym": second.pseudonym}


def test_the_same_role_again_is_no_change():
    person = EnrolmentFactory()

    set_role(enrolment=person, role=ROLE.STUDENT, actor=UserFactory())

    assert not AuditEvent.objects.exists()


def test_an_extension_is_set_taken_back_and_noted():
    person = EnrolmentFactory()
    granter = UserFactory()

    grant_extension(
        enrolment=person, extension=timedelta(days=2), reason="in hospital", granter=granter
    )
    grant_extension(enrolment=person, extension=timedelta(0), reason="well again", granter=granter)

    person.refresh_from_db()
    assert (person.extension, person.extension_reason) == (timedelta(0), "well again")
    before_after = [
        (e.before["extension_s"], e.after["extension_s"])
        for e in AuditEvent.objects.filter(action="extension.granted").order_by("pk")
    ]
    assert before_after == [(0, 172800), (172800, 0)]


def test_an_override_raises_the_attempts_at_once():
    item = WorkItemFactory()

    granted = override(item, extra_attempts=2, extra_time=timedelta(hours=3))

    item.refresh_from_db()
    assert item.attempts_max == 5
    assert granted.reason == "ill"
    assert granted.granted_by is not None
    assert open_work(enrolment=item.enrolment, exercise=item.exercise).attempts_max == 5


def test_attempts_taken_back_never_go_below_what_was_used():
    item = WorkItemFactory(exercise=ExerciseFactory(attempts=1))
    override(item, extra_attempts=3)
    item.refresh_from_db()
    for _attempt in range(3):
        SubmissionFactory(work_item=item)

    override(item, extra_attempts=0)

    item.refresh_from_db()
    assert (item.attempts_used, item.attempts_max) == (3, 3)
    assert PolicyOverride.objects.count() == 1


def test_an_override_before_the_first_visit_holds_from_then_on():
    exercise = ExerciseFactory()
    person = EnrolmentFactory(course=exercise.course)

    override_policy(
        enrolment=person,
        exercise=exercise,
        extra_time=timedelta(0),
        extra_attempts=1,
        counts_after_reveal=False,
        reason="ill",
        granter=UserFactory(),
    )

    assert open_work(enrolment=person, exercise=exercise).attempts_max == 4


def test_more_after_a_reveal_asks_whether_it_counts():
    item = revealed()

    with pytest.raises(WouldBePractice):
        override(item)

    assert not PolicyOverride.objects.exists()
    assert not AuditEvent.objects.exists()


def test_more_after_a_reveal_counts_when_the_instructor_says_so():
    item = revealed()

    override(item, counts_after_reveal=True)

    item.refresh_from_db()
    assert item.counts_after_reveal
    assert not item.is_practice
    assert AuditEvent.objects.get().after["counts_after_reveal"] is True


def test_the_flag_does_not_wait_for_a_later_reveal():
    item = WorkItemFactory()

    granted = override(item, counts_after_reveal=True)

    item.refresh_from_db()
    assert not granted.counts_after_reveal
    assert not item.counts_after_reveal


def test_taking_back_after_a_reveal_needs_no_flag():
    item = revealed()
    override(item, extra_attempts=2, counts_after_reveal=True)

    override(item, extra_attempts=1)

    item.refresh_from_db()
    assert item.attempts_max == 4
    assert item.is_practice


def test_reasons_and_names_reach_neither_log_nor_audit():
    exercise = ExerciseFactory()
    person = EnrolmentFactory(course=exercise.course, user__username="canary_name")
    item = WorkItemFactory(exercise=exercise, enrolment=person)

    with capture_logs() as lines:
        override(item, reason="canary reason")
        grant_extension(
            enrolment=item.enrolment,
            extension=timedelta(days=1),
            reason="canary again",
            granter=UserFactory(),
        )
        set_role(enrolment=item.enrolment, role=ROLE.ASSISTANT, actor=UserFactory())

    events = {line["event"] for line in lines}
    assert events == {"policy.overridden", "extension.granted", "role.changed"}
    assert "canary" not in repr(lines) + repr(list(AuditEvent.objects.values()))
