"""What instructors grant one person: a role, more time, more attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exercises import revealing
from exercises.auditing import record
from exercises.models import Course, Enrolment, Policy, PolicyOverride, WorkItem
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from datetime import timedelta

    from django.utils.functional import _StrPromise

    from exercises.models import Exercise
    from lms.accounts.models import User

log = get_logger(__name__)


class GrantRefused(Exception):
    """Nothing was changed. sentence: why, and what to do."""

    def __init__(self, sentence: str | _StrPromise) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


class LastInstructor(GrantRefused):
    """The course would be left without an instructor."""


class WouldBePractice(GrantRefused):
    """More time or attempts after a reveal count only if the instructor says so."""


@transaction.atomic
def set_role(*, enrolment: Enrolment, role: str, actor: User) -> Enrolment:
    """Change a person's role. Raises LastInstructor."""
    # One change at a time: two instructors could otherwise take the role from each other. The
    # weaker lock lets people join meanwhile: their rows only refer to the course.
    Course.objects.select_for_update(no_key=True).get(pk=enrolment.course_id)
    row = Enrolment.objects.select_related("course").get(pk=enrolment.pk)
    before = row.role
    if before == role:
        return row
    if row.is_instructor and not _has_another_instructor(row):
        raise LastInstructor(_("Make somebody else an instructor first: a course needs one."))
    row.role = role
    row.save(update_fields=["role"])
    record(
        "role.changed",
        row,
        course=row.course,
        actor=actor,
        before={"role": str(before)},
        after={"role": str(role), "pseudonym": row.pseudonym},
    )
    log.info("role.changed", course=row.course.slug, enrolment=row.pk, role=str(role))
    return row


@transaction.atomic
def grant_extension(
    *, enrolment: Enrolment, extension: timedelta, reason: str, granter: User
) -> Enrolment:
    """Set the time that is added to every deadline of a person; zero takes it away."""
    row = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("course")
        .get(pk=enrolment.pk)
    )
    before = row.extension
    row.extension, row.extension_reason = extension, reason
    row.save(update_fields=["extension", "extension_reason"])
    record(
        "extension.granted",
        row,
        course=row.course,
        actor=granter,
        before={"extension_s": _seconds(before)},
        after={"extension_s": _seconds(extension), "pseudonym": row.pseudonym},
    )
    log.info("extension.granted", course=row.course.slug, enrolment=row.pk)
    return row


@transaction.atomic
def override_policy(
    *,
    enrolment: Enrolment,
    exercise: Exercise,
    extra_time: timedelta,
    extra_attempts: int,
    counts_after_reveal: bool,
    reason: str,
    granter: User,
) -> PolicyOverride:
    """Set one person's extra time and attempts in one exercise, in place of an earlier override.

    counts_after_reveal: matters only when she has seen the discussion; raises WouldBePractice when
    it is not set and she gets more than before. Attempts never go below what she used.
    """
    item = _locked_item(enrolment, exercise)
    before = PolicyOverride.objects.filter(exercise=exercise, enrolment=enrolment).first()
    is_revealed = item is not None and item.is_revealed
    if is_revealed and not counts_after_reveal and _gives_more(before, extra_time, extra_attempts):
        raise WouldBePractice(
            _("The discussion was already shown. Let what you add count, or add nothing.")
        )
    override, _made = PolicyOverride.objects.update_or_create(
        exercise=exercise,
        enrolment=enrolment,
        defaults={
            "extra_time": extra_time,
            "extra_attempts": extra_attempts,
            # Kept for later it would let her read the discussion first and answer then.
            "counts_after_reveal": counts_after_reveal and is_revealed,
            "reason": reason,
            "granted_by": granter,
        },
    )
    if item is not None:
        _apply(item, override)
    _record_override(override, before=before, item=item, granter=granter)
    return override


def _has_another_instructor(row: Enrolment) -> bool:
    others = Enrolment.objects.filter(
        course=row.course_id, role=Enrolment.Role.INSTRUCTOR, user__is_active=True
    )
    return others.exclude(pk=row.pk).exists()


def _locked_item(enrolment: Enrolment, exercise: Exercise) -> WorkItem | None:
    return (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("enrolment", "exercise__course", "official_grade")
        .filter(enrolment=enrolment, exercise=exercise)
        .first()
    )


def _gives_more(before: PolicyOverride | None, extra_time: timedelta, extra_attempts: int) -> bool:
    if before is None:
        return bool(extra_time or extra_attempts)
    return extra_time > before.extra_time or extra_attempts > before.extra_attempts


def _apply(item: WorkItem, override: PolicyOverride) -> None:
    policy = Policy.for_enrolment(item.exercise, item.enrolment, override)
    item.attempts_max = max(policy.attempts, item.attempts_used)
    item.counts_after_reveal = override.counts_after_reveal
    item.save(update_fields=["attempts_max", "counts_after_reveal"])
    # Taken back, the last attempt may be gone, and with it the reason to hold the discussion back.
    revealing.settle(item)


def _record_override(
    override: PolicyOverride,
    *,
    before: PolicyOverride | None,
    item: WorkItem | None,
    granter: User,
) -> None:
    exercise = override.exercise
    limit = {"attempts_max": item.attempts_max} if item else {}
    record(
        "policy.overridden",
        override,
        course=exercise.course,
        actor=granter,
        before=_values_of(before) if before else {},
        after={**_values_of(override), **limit},
    )
    log.info(
        "policy.overridden",
        course=exercise.course.slug,
        exercise=exercise.slug,
        enrolment=override.enrolment_id,
        counts=override.counts_after_reveal,
    )


def _values_of(override: PolicyOverride) -> dict[str, Any]:
    return {
        "exercise": override.exercise_id,
        "enrolment": override.enrolment_id,
        "extra_time_s": _seconds(override.extra_time),
        "extra_attempts": override.extra_attempts,
        "counts_after_reveal": override.counts_after_reveal,
    }


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
