"""Versions of an exercise: the one draft that may change, and published ones that never do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from exercises.authoring.check import check
from exercises.models import AuditEvent, Exercise, ExerciseVersion
from exercises.models.exercise import digest
from exercises.specification import SpecificationError, read_specification
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from exercises.specification import Problem
    from lms.accounts.models import User

log = get_logger(__name__)


class NotPublishable(SpecificationError):
    """A readable content whose samples contradict it. problems: as read_specification's."""


@transaction.atomic
def save_draft_version(
    *, exercise: Exercise, content: dict[str, Any], source: str, author: User | None
) -> ExerciseVersion:
    """Keep a content as the exercise's draft, or give the published version that says the same.

    Raises SpecificationError when the content cannot be read; samples may still contradict.
    """
    read_specification(content)
    exercise = _locked(exercise)
    draft = exercise.versions.filter(published_at__isnull=True).first()
    current = exercise.current_version
    if current and current.sha256 == digest(content):
        if draft:
            draft.delete()
        return current
    draft = draft or ExerciseVersion(exercise=exercise, number=_next_number(exercise))
    _fill(draft, content=content, source=source, author=author)
    draft.save()
    return draft


@transaction.atomic
def publish(version: ExerciseVersion, *, by: User | None) -> ExerciseVersion:
    """Publish a draft and make it the exercise's current version; a published one stays as it is.

    Raises NotPublishable when its samples contradict it.
    """
    exercise = _locked(version.exercise)
    version = ExerciseVersion.objects.get(pk=version.pk)
    if version.is_published:
        return version
    refuse_contradictions(check(version.specification))
    drafts = ExerciseVersion.objects.filter(pk=version.pk, published_at__isnull=True)
    drafts.update(published_at=Now())
    return _become_current(exercise, version, by)


@transaction.atomic
def publish_content(
    *, exercise: Exercise, content: dict[str, Any], source: str, by: User | None
) -> ExerciseVersion:
    """Publish a content past the draft, which stays; the same content again makes no new version.

    Raises SpecificationError, and NotPublishable when its samples contradict it.
    """
    refuse_contradictions(check(read_specification(content)))
    exercise = _locked(exercise)
    if exercise.current_version and exercise.current_version.sha256 == digest(content):
        return exercise.current_version
    version = ExerciseVersion(exercise=exercise, number=_next_number(exercise), published_at=Now())
    _fill(version, content=content, source=source, author=by)
    version.save()
    return _become_current(exercise, version, by)


def refuse_contradictions(problems: list[Problem]) -> None:
    """Raise NotPublishable when there is a problem."""
    if problems:
        raise NotPublishable(problems)


def _fill(
    version: ExerciseVersion, *, content: dict[str, Any], source: str, author: User | None
) -> None:
    version.title = content["title"]
    version.summary = content.get("summary", "")
    version.content = content
    version.sha256 = digest(content)
    version.source = source[:200]
    version.created_by = author


def _become_current(
    exercise: Exercise, version: ExerciseVersion, by: User | None
) -> ExerciseVersion:
    version.refresh_from_db()
    before = exercise.current_version
    exercise.current_version = version
    exercise.save(update_fields=["current_version"])
    AuditEvent.objects.create(
        course_id=exercise.course_id,
        actor=by,
        action="version.published",
        target=f"exerciseversion:{version.pk}",
        before={"number": before.number if before else None},
        after={"number": version.number, "sha256": version.sha256},
    )
    log.info("version.published", exercise=exercise.slug, number=version.number)
    return version


def _locked(exercise: Exercise) -> Exercise:
    """Give the exercise as stored, locked, so that numbers are given out one at a time."""
    return (
        Exercise.objects.select_for_update(of=("self",))
        .select_related("current_version")
        .get(pk=exercise.pk)
    )


def _next_number(exercise: Exercise) -> int:
    last: int | None = exercise.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
