"""What an author reads and writes: the text of a version, and how its samples grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from exercises.authoring.check import check
from exercises.authoring.document import FileProblem, UnreadableFiles, parse
from exercises.authoring.read import sentence
from exercises.authoring.schema import ExerciseHead
from exercises.authoring.write import dump
from exercises.contract import UnreadableAnswer
from exercises.models import ExerciseVersion
from exercises.registry import kind_for
from exercises.specification import (
    ExerciseContent,
    PartContent,
    Sample,
    SpecificationError,
    read_specification,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exercises.models import Exercise
    from exercises.specification import Part, Problem

_NAME = "text"


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample answer as it was declared and as it grades. number: from 1, in its part."""

    part: str
    number: int
    answer: str
    declared: str
    graded: str
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class SampleReport:
    """How a version's samples grade. refusals: everything that forbids publishing, by line."""

    rows: list[SampleRow]
    refusals: list[FileProblem]


def newest_version(exercise: Exercise) -> ExerciseVersion | None:
    """Give the draft, else the live version, None for an exercise without a text.

    A course import may have published past a draft: the draft is not always the highest number.
    """
    if exercise._state.adding:  # noqa: SLF001 - Django's way to ask whether a row is stored
        return None
    drafts = ExerciseVersion.objects.filter(exercise=exercise, published_at__isnull=True)
    return drafts.first() or exercise.current_version


def text_of(version: ExerciseVersion) -> str:
    """Give a version's content as YAML, its keys in the order in which authors write them."""
    content = _ordered(version.content, ExerciseContent.model_fields)
    content["parts"] = [_ordered_part(part) for part in content["parts"]]
    return dump(content)


def content_of(text: str) -> dict[str, Any]:
    """Give the content that a text says. Raises UnreadableFiles with line and field."""
    lines = text.replace("\r\n", "\n")
    document = parse(lines.encode("utf-8", "surrogatepass"), file=_NAME)
    problems = [
        document.problem((key,), _("this is set in the fields above; remove it from the text"))
        for key in document.data
        if key in ExerciseHead.model_fields
    ]
    content = {k: v for k, v in document.data.items() if k not in ExerciseHead.model_fields}
    try:
        read_specification(content)
    except SpecificationError as error:
        problems += [document.problem(each.path, sentence(each.message)) for each in error.problems]
    if problems:
        raise UnreadableFiles(problems)
    return content


def sample_report(version: ExerciseVersion) -> SampleReport:
    """Grade every sample of a version, and say what stands against publishing it."""
    problems = check(version.specification)
    # Reading the text again costs most of a page that has nothing to point at.
    document = parse(text_of(version).encode(), file=_NAME) if problems else None
    rows: list[SampleRow] = []
    for index, part in enumerate(version.specification.parts):
        rows += _rows(part, index, problems)
    refusals = [document.problem(each.path, each.message) for each in problems if document]
    return SampleReport(rows, refusals)


def _rows(part: Part, index: int, problems: Iterable[Problem]) -> Iterable[SampleRow]:
    for number, sample in enumerate(part.samples):
        place = ("parts", index, "samples", number)
        yield SampleRow(
            part=part.slug,
            number=number + 1,
            answer=_answer(sample),
            declared=_levels(sample.levels),
            graded=_graded(part, sample),
            differences=tuple(p.message for p in problems if p.path[: len(place)] == place),
        )


def _answer(sample: Sample) -> str:
    given = sample.as_answer.values()
    return "; ".join(", ".join(map(str, v)) if isinstance(v, list) else str(v) for v in given)


def _graded(part: Part, sample: Sample) -> str:
    try:
        verdict = part.kind.grade(part.spec, sample.as_answer)
    except UnreadableAnswer:
        return _("cannot be read")
    levels = _levels({found.id: found.score for found in verdict.criteria})
    return levels if verdict.certain else f"{levels} ({_('not certain')})"


def _levels(levels: Mapping[str, float]) -> str:
    return ", ".join(f"{criterion} {level:g}" for criterion, level in levels.items())


def _ordered_part(part: dict[str, Any]) -> dict[str, Any]:
    part = _ordered(part, PartContent.model_fields)
    part["spec"] = _ordered(part["spec"], kind_for(part["kind"]).spec_model.model_fields)
    if part.get("samples"):
        part["samples"] = [_ordered(each, Sample.model_fields) for each in part["samples"]]
    return part


def _ordered(values: dict[str, Any], order: Iterable[str]) -> dict[str, Any]:
    """Undo PostgreSQL, which stores the keys of JSON by their length."""
    names = [name for name in order if name in values]
    return {name: values[name] for name in [*names, *(n for n in values if n not in names)]}
