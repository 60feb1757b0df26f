"""The authors' files, read: every error of every file at once, each with file, line and field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError as DjangoValidationError
from pydantic import BaseModel, ValidationError

from exercises.authoring.document import (
    MAX_BYTES,
    Document,
    FileProblem,
    UnreadableFiles,
    parse,
)
from exercises.authoring.schema import CourseHead, ExerciseHead, ModuleHead
from exercises.models import Course, Exercise
from exercises.specification import (
    Specification,
    SpecificationError,
    read_specification,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HeadT = TypeVar("HeadT", bound=BaseModel)

COURSE_FILE = "course.yaml"
MODULE_FILE = "module.yaml"

# Where a field of the model has another name in the files.
_KEYS = {"opens_wall": "opens", "due_wall": "due", "late_steps": "late"}
# What pydantic says, as a sentence that says what to do.
_SENTENCES = {
    "Extra inputs are not permitted": "this key is not known here; correct or remove it",
    "Field required": "this key is missing; write it",
}


@dataclass(frozen=True, slots=True)
class ExerciseFile:
    """One exercise as it is written. content: the JSON of an ExerciseVersion."""

    head: ExerciseHead
    content: dict[str, Any]
    specification: Specification
    document: Document

    @property
    def policy(self) -> dict[str, Any]:
        """The policy as fields of Exercise."""
        return {
            "points": self.head.points,
            "attempts": self.head.attempts,
            "opens_wall": self.head.opens,
            "due_wall": self.head.due,
            "late_steps": [
                {"until_wall": step.until, "fraction": str(step.fraction)}
                for step in self.head.late
            ],
            "reveal": self.head.reveal,
            "release": self.head.release,
        }


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """One module's folder. exercises: in their order."""

    slug: str
    head: ModuleHead
    exercises: tuple[ExerciseFile, ...]


@dataclass(frozen=True, slots=True)
class CourseFiles:
    """A whole course folder. modules: by position."""

    head: CourseHead
    modules: tuple[ModuleFile, ...]

    @property
    def exercises(self) -> list[ExerciseFile]:
        return [exercise for module in self.modules for exercise in module.exercises]


def read_exercise(text: str | bytes, *, file: str, zone: str = "UTC") -> ExerciseFile:
    """Give one exercise of its file's text, with times in that zone. Raises UnreadableFiles."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = parse(raw, file=file)
    head_keys = {key: document.data[key] for key in document.data if key in _HEAD_KEYS}
    content = {key: document.data[key] for key in document.data if key not in _HEAD_KEYS}
    problems: list[FileProblem] = []
    head = _checked(ExerciseHead, head_keys, document, problems)
    if head:
        problems += _policy_problems(head, document, zone)
    specification = _specification(content, document, problems)
    if problems or head is None or specification is None:
        raise UnreadableFiles(problems)
    return ExerciseFile(head, content, specification, document)


def read_course(folder: Path) -> CourseFiles:
    """Give a course folder. Raises UnreadableFiles with the problems of all files."""
    problems: list[FileProblem] = []
    head = _head(folder / COURSE_FILE, folder, CourseHead, problems)
    zone = _zone(head, problems)
    folders = sorted(path.parent for path in folder.glob(f"*/{MODULE_FILE}"))
    modules = [_module(each, folder, zone, problems) for each in folders]
    found = [module for module in modules if module]
    problems += _repeated(found)
    if problems or head is None:
        raise UnreadableFiles(problems)
    return CourseFiles(head, tuple(sorted(found, key=lambda module: module.head.position)))


_HEAD_KEYS = set(ExerciseHead.model_fields)


def _module(folder: Path, top: Path, zone: str, problems: list[FileProblem]) -> ModuleFile | None:
    head = _head(folder / MODULE_FILE, top, ModuleHead, problems)
    if head is None:
        return None
    name = (folder / MODULE_FILE).relative_to(top).as_posix()
    files = {path.stem: path for path in folder.glob("*.yaml") if path.name != MODULE_FILE}
    problems += [
        _at(name, "exercises", f"{slug}.yaml is not in the list; add it")
        for slug in files.keys() - set(head.exercises)
    ]
    problems += [
        _at(name, "exercises", f"there is no file {slug}.yaml; write it")
        for slug in set(head.exercises) - files.keys()
    ]
    read = [_exercise(files[slug], top, zone, problems) for slug in head.exercises if slug in files]
    return ModuleFile(folder.name, head, tuple(exercise for exercise in read if exercise))


def _exercise(path: Path, top: Path, zone: str, problems: list[FileProblem]) -> ExerciseFile | None:
    name = path.relative_to(top).as_posix()
    try:
        exercise = read_exercise(_bytes(path), file=name, zone=zone)
    except UnreadableFiles as error:
        problems += error.problems
        return None
    if exercise.head.slug != path.stem:
        message = f"the file is called {path.name}; write `slug: {path.stem}` or rename the file"
        problems.append(exercise.document.problem(("slug",), message))
    return exercise


def _head(path: Path, top: Path, model: type[HeadT], problems: list[FileProblem]) -> HeadT | None:
    name = path.relative_to(top).as_posix()
    if not path.is_file():
        problems.append(_at(name, "", "there is no such file; write it"))
        return None
    try:
        document = parse(_bytes(path), file=name)
    except UnreadableFiles as error:
        problems += error.problems
        return None
    return _checked(model, document.data, document, problems)


def _checked(
    model: type[HeadT], data: dict[str, Any], document: Document, problems: list[FileProblem]
) -> HeadT | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems += [
            document.problem(each["loc"], sentence(each["msg"]))
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        return None


def _specification(
    content: dict[str, Any], document: Document, problems: list[FileProblem]
) -> Specification | None:
    try:
        return read_specification(content)
    except SpecificationError as error:
        problems += [document.problem(each.path, sentence(each.message)) for each in error.problems]
        return None


def sentence(message: str) -> str:
    """Give a validator's message as a sentence that says what to do."""
    return _SENTENCES.get(message, message.removeprefix("Value error, "))


def _policy_problems(head: ExerciseHead, document: Document, zone: str) -> Iterable[FileProblem]:
    """Give what the model says of the times, the only rules that need the course's zone."""
    steps = [{"until_wall": step.until, "fraction": str(step.fraction)} for step in head.late]
    exercise = Exercise(
        course=Course(zone=zone), opens_wall=head.opens, due_wall=head.due, late_steps=steps
    )
    try:
        exercise.clean()
    except DjangoValidationError as error:
        for name, messages in error.message_dict.items():
            yield from (document.problem((_KEYS[name],), message) for message in messages)


def _zone(head: CourseHead | None, problems: list[FileProblem]) -> str:
    if head is None:
        return "UTC"
    try:
        Course(zone=head.zone).clean_fields(exclude={"slug", "title", "language"})
    except DjangoValidationError as error:
        problems += [_at(COURSE_FILE, "zone", message) for message in error.messages]
        return "UTC"
    return head.zone


def _repeated(modules: list[ModuleFile]) -> Iterable[FileProblem]:
    positions: dict[int, str] = {}
    slugs: dict[str, str] = {}
    for module in modules:
        name = f"{module.slug}/{MODULE_FILE}"
        first = positions.setdefault(module.head.position, module.slug)
        if first != module.slug:
            yield _at(name, "position", f"the module {first} has this position; choose another")
        for exercise in module.exercises:
            holder = slugs.setdefault(exercise.head.slug, module.slug)
            if holder != module.slug:
                message = f"the module {holder} has an exercise of that slug; choose another"
                yield exercise.document.problem(("slug",), message)


def _bytes(path: Path) -> bytes:
    """Give a file's bytes, one more than is taken at most, so that its length is refused."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _at(file: str, name: str, message: str) -> FileProblem:
    return FileProblem(file, 1, name, message)
