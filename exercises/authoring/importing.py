"""A course folder brought into the database. Repeating it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from exercises.authoring.check import check
from exercises.authoring.document import UnreadableFiles
from exercises.authoring.publish import publish_content, save_draft_version
from exercises.authoring.read import read_course
from exercises.models import AuditEvent, Course, Exercise, Module
from exercises.models.exercise import digest
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from exercises.authoring.read import CourseFiles, ExerciseFile, ModuleFile
    from exercises.authoring.schema import CourseHead
    from lms.accounts.models import User

log = get_logger(__name__)

SOURCE = "files"
# Positions are unique: those that move stand beyond all others for the length of a transaction.
_BEYOND = 1_000_000


@dataclass(slots=True)
class ImportReport:
    """What an import did. Each list holds sentences for the author; left: what was not touched."""

    course: str
    changed: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        return not self.changed and not self.published


def import_course(folder: Path, *, publish: bool = True, by: User | None = None) -> ImportReport:
    """Bring a course folder into the database, all of it or nothing.

    What the files no longer name is reported and kept: students' work hangs on it. With publish
    False a changed text becomes the exercise's draft. Raises UnreadableFiles with every problem.
    """
    files = read_course(folder)
    if publish:
        _refuse_contradictions(files.exercises)
    with transaction.atomic():
        course, report = _import_head(files.head)
        modules = _import_modules(course, files.modules, report)
        for module in files.modules:
            for position, exercise in enumerate(module.exercises, start=1):
                row = _import_policy(modules[module.slug], exercise, position, report=report, by=by)
                _import_content(row, exercise, report=report, publish=publish, by=by)
        _report_left(course, files, report)
    if not report.is_unchanged:
        log.info("course.imported", course=course.slug, published=len(report.published))
    return report


def _refuse_contradictions(exercises: Iterable[ExerciseFile]) -> None:
    problems = [
        exercise.document.problem(problem.path, problem.message)
        for exercise in exercises
        for problem in check(exercise.specification)
    ]
    if problems:
        raise UnreadableFiles(problems)


def _import_head(head: CourseHead) -> tuple[Course, ImportReport]:
    report = ImportReport(head.slug)
    course = Course.objects.filter(slug=head.slug).first() or Course(slug=head.slug)
    _update(course, head.model_dump(exclude={"format", "slug"}), f"course {head.slug}", report)
    return course, report


def _import_modules(
    course: Course, modules: Iterable[ModuleFile], report: ImportReport
) -> dict[str, Module]:
    rows = {module.slug: module for module in course.modules.select_for_update()}
    wanted = {module.slug: module.head.position for module in modules}
    _make_room(course, rows, wanted, report)
    for module in modules:
        row = rows.setdefault(module.slug, Module(course=course, slug=module.slug))
        values = module.head.model_dump(exclude={"format", "exercises"})
        _update(row, values, f"module {module.slug}", report)
    return rows


def _make_room(
    course: Course, rows: dict[str, Module], wanted: dict[str, int], report: ImportReport
) -> None:
    """Take every module that moves, or that stands in the way of one, out of the way."""
    moving = {
        slug
        for slug, row in rows.items()
        if wanted.get(slug, row.position) != row.position
        or (slug not in wanted and row.position in wanted.values())
    }
    course.modules.filter(slug__in=moving).update(position=F("position") + _BEYOND)
    last = max([*wanted.values(), *(row.position for row in rows.values())], default=0)
    for slug in sorted(moving - wanted.keys()):
        last += 1
        course.modules.filter(slug=slug).update(position=last)
        rows[slug].position = last
        report.changed.append(f"module {slug}: moved to position {last}, which no file claims")


def _import_policy(
    module: Module,
    exercise: ExerciseFile,
    position: int,
    *,
    report: ImportReport,
    by: User | None,
) -> Exercise:
    slug = exercise.head.slug
    row = Exercise.objects.filter(course=module.course, slug=slug).first()
    row = row or Exercise(course=module.course, slug=slug)
    before = _policy(row) if row.pk else {}
    values = {"module": module, "position": position, **exercise.policy}
    try:
        _update(row, values, f"exercise {slug}", report)
    except ValidationError as error:
        message = " ".join(error.messages)
        raise UnreadableFiles([exercise.document.problem((), message)]) from None
    if before and before != _policy(row):
        AuditEvent.objects.create(
            course=module.course, actor=by, action="policy.changed", target=f"exercise:{row.pk}",
            before=before, after=_policy(row),
        )  # fmt: skip
    return row


def _import_content(
    row: Exercise,
    exercise: ExerciseFile,
    *,
    report: ImportReport,
    publish: bool,
    by: User | None,
) -> None:
    if row.current_version and row.current_version.sha256 == digest(exercise.content):
        return
    source = f"{SOURCE}:{exercise.document.file}"
    if publish:
        version = publish_content(exercise=row, content=exercise.content, source=source, by=by)
        report.published.append(f"exercise {row.slug}: version {version.number}")
        return
    draft = row.versions.filter(published_at__isnull=True).first()
    if draft and draft.sha256 == digest(exercise.content):
        return
    if draft and not draft.source.startswith(f"{SOURCE}:"):
        report.left.append(f"exercise {row.slug}: the draft of {draft.source or 'the site'}")
        return
    version = save_draft_version(exercise=row, content=exercise.content, source=source, author=by)
    report.changed.append(f"exercise {row.slug}: draft {version.number}")


def _update(
    row: Course | Module | Exercise, values: dict[str, Any], name: str, report: ImportReport
) -> None:
    """Set the values, check the row and save it when one of them is new. Raises ValidationError."""
    stored = {key: getattr(row, key, None) for key in values} if row.pk else {}
    for key, value in values.items():
        setattr(row, key, value)
    row.full_clean()  # an exercise's instants and late steps are made here
    changed = [key for key in values if stored.get(key) != getattr(row, key)]
    if not row.pk:
        row.save()
        report.changed.append(f"{name}: new")
    elif changed:
        row.save()
        report.changed.append(f"{name}: {', '.join(changed)}")


def _policy(row: Exercise) -> dict[str, Any]:
    names = ("attempts", "opens_wall", "due_wall", "late_steps", "reveal", "release")
    return {"points": f"{row.points:.2f}"} | {name: getattr(row, name) for name in names}


def _report_left(course: Course, files: CourseFiles, report: ImportReport) -> None:
    modules = course.modules.exclude(slug__in=[module.slug for module in files.modules])
    exercises = course.exercises.exclude(slug__in=[each.head.slug for each in files.exercises])
    report.left += [f"module {module.slug}: not in the files" for module in modules]
    report.left += [f"exercise {exercise.slug}: not in the files" for exercise in exercises]
