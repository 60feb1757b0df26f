"""A rubric tried on an author's answers: the published text beside the draft. Nothing is stored."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from exercises.authoring import trying
from exercises.authoring.document import FileProblem, UnreadableFiles
from exercises.authoring.trying import LONGEST_ANSWER, TriedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exercises.authoring.trying import Result, Trial
    from exercises.contract import Criterion
    from exercises.models import Exercise, ExerciseVersion
    from exercises.specification import Part

ANSWERS_MAX = 500
BYTES_MAX = 256_000
CPU_S = 5.0
# A labelled answer with ten criteria takes 32 events of the YAML reader.
_EVENTS_MAX = 50 * ANSWERS_MAX
_NAME = "answers"


class TimeUsed(Exception):
    """The answers take more computing time than one page may. done: how many were graded."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self.done = done


@dataclass(frozen=True, slots=True)
class Side:
    """A part as one version of the exercise has it."""

    version: ExerciseVersion
    part: Part

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return self.part.kind.criteria(self.part.spec)

    @property
    def criterion_ids(self) -> list[str]:
        return [criterion.id for criterion in self.criteria]


@dataclass(frozen=True, slots=True)
class TriedSide:
    """A side with its results. knows_labels: its criteria are those that the labels name."""

    side: Side
    trial: Trial
    knows_labels: bool


@dataclass(frozen=True, slots=True)
class CriterionFound:
    """What one side found for one criterion of one answer. label: a person's level, None without.

    words: the answer's own, that decided it.
    """

    title: str
    level: float
    label: float | None
    words: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return self.label is not None and self.label != self.level


@dataclass(frozen=True, slots=True)
class SideResult:
    """What one side made of one answer."""

    side: Side
    result: Result
    criteria: tuple[CriterionFound, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as each side grades it. differs: from its label, or the sides from each other."""

    answer: TriedAnswer
    results: tuple[SideResult, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class RubricTrial:
    """Everything tried; the published side stands first."""

    sides: tuple[TriedSide, ...]
    rows: tuple[Row, ...]

    @property
    def is_labelled(self) -> bool:
        return any(side.trial.agreement for side in self.sides)


def sides_of(exercise: Exercise, slug: str) -> list[Side]:
    """Give a free-text part as published and as drafted, the latter only where it says another."""
    drafts = exercise.versions.filter(published_at__isnull=True)
    versions = [version for version in (exercise.current_version, drafts.first()) if version]
    sides = [
        Side(version, part)
        for version in versions
        for part in version.specification.parts
        if part.slug == slug and part.kind.slug == trying.KIND
    ]
    return list({side.part.content_hash: side for side in reversed(sides)}.values())[::-1]


def read(raw: bytes, *, sides: list[Side], has_labels: bool) -> list[TriedAnswer]:
    """Give the answers of a YAML list, or of one answer a line. Raises UnreadableFiles.

    Labels name the criteria of the draft where there is one.
    """
    if len(raw) > BYTES_MAX:
        raise _refusal(1, _("These are more than 256 kB; try fewer answers."))
    if not has_labels:
        return list(_lines(raw))
    _refuse_many(raw)
    answers = trying.read_answers(raw, file=_NAME, part=sides[-1].part)
    if not answers:
        raise _refusal(1, _("There is no answer in the list; write at least one."))
    return answers


def run(answers: list[TriedAnswer], *, sides: list[Side], until: float) -> RubricTrial:
    """Grade each answer on each side. until: of this thread's CPU clock. Raises TimeUsed."""
    tried = [_tried(side, sides[-1], answers, until) for side in sides]
    rows = (
        _row(answer, [(each, each.trial.results[index]) for each in tried])
        for index, answer in enumerate(answers)
    )
    return RubricTrial(tuple(tried), tuple(rows))


def deadline() -> float:
    """Give the instant of this thread's CPU clock at which a trial that begins now has to end."""
    return time.thread_time() + CPU_S


def _tried(side: Side, labelled: Side, answers: list[TriedAnswer], until: float) -> TriedSide:
    knows = set(side.criterion_ids) == set(labelled.criterion_ids)
    mine = answers if knows else [replace(answer, levels={}) for answer in answers]
    trial = trying.try_answers(side.part, _in_time(mine, until))
    return TriedSide(side, trial, knows_labels=knows)


def _in_time(answers: Iterable[TriedAnswer], until: float) -> Iterator[TriedAnswer]:
    for done, answer in enumerate(answers):
        if time.thread_time() > until:
            raise TimeUsed(done)
        yield answer


def _row(answer: TriedAnswer, found: list[tuple[TriedSide, Result]]) -> Row:
    verdicts = {(tuple(result.levels.items()), result.certain) for _side, result in found}
    return Row(
        answer=answer,
        results=tuple(_side_result(each.side, result) for each, result in found),
        differs=len(verdicts) > 1 or any(result.differences for _side, result in found),
    )


def _side_result(side: Side, result: Result) -> SideResult:
    found = (
        CriterionFound(
            title=criterion.title,
            level=result.levels[criterion.id],
            label=result.answer.levels.get(criterion.id),
            words=result.matched[criterion.id],
        )
        for criterion in side.criteria
    )
    return SideResult(side, result, tuple(found))


def _lines(raw: bytes) -> Iterator[TriedAnswer]:
    """Give one answer for each line that says something; its id is the line's number."""
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refusal(line, _("This line is not UTF-8; save the file as UTF-8.")) from None
    said = [(number, text) for number, text in enumerate(lines, start=1) if text.strip()]
    if not said:
        raise _refusal(1, _("There is no answer; write one a line."))
    if len(said) > ANSWERS_MAX:
        raise _too_many(said[ANSWERS_MAX][0])
    for number, text in said:
        if len(text) > LONGEST_ANSWER:
            raise _refusal(number, _("This answer is longer than 20 000 characters; shorten it."))
        yield TriedAnswer(str(number), text)


def _refuse_many(raw: bytes) -> None:
    """Count the list's entries before it is read whole; what is no YAML is told by who reads it."""
    depth = entries = 0
    try:
        events = YAML(typ="safe", pure=True).parse(raw.decode("utf-8-sig", "replace"))
        for event in islice(events, _EVENTS_MAX):
            starts = isinstance(event, CollectionStartEvent)
            if depth == 1 and (starts or isinstance(event, ScalarEvent | AliasEvent)):
                entries += 1
            if entries > ANSWERS_MAX:
                raise _too_many(event.start_mark.line + 1)
            if depth == 0 and isinstance(event, MappingStartEvent):
                return
            depth += starts - isinstance(event, CollectionEndEvent)
        if next(events, None) is not None:
            raise _refusal(1, _("The list holds too many values; try fewer answers."))
    except YAMLError:
        return


def _too_many(line: int) -> UnreadableFiles:
    return _refusal(line, _("This is answer 501; at most 500 are tried at once."))


def _refusal(line: int, message: str) -> UnreadableFiles:
    return UnreadableFiles([FileProblem(_NAME, line, "", message)])
