"""A rubric tried on answers: what it finds in each, and how well it agrees with a person.

Pure: a part and answers in, results out, so that a command and a page say the same.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from exercises.authoring.document import FileProblem, UnreadableFiles, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from exercises.authoring.document import Document
    from exercises.contract import Criterion, CriterionVerdict
    from exercises.specification import Part, Path

KIND = "text"
LONGEST_ANSWER = 20_000
_TOLERANCE = 1e-6
_KEYS = frozenset({"id", "text", "c", "unsafe", "note"})
# what may stand before the list: a byte order mark, empty lines, comments, a document's start
_START = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\r?\n)*")


class NotFreeText(Exception):
    """The part is of another kind, which is right or wrong and needs no trying."""


@dataclass(frozen=True, slots=True)
class TriedAnswer:
    """An answer to try.

    levels: what a person gives each criterion, by id; empty for an answer without labels.
    unsafe: a trap that must never be released above its label.
    """

    id: str
    text: str
    levels: Mapping[str, float] = field(default_factory=dict)
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an answer's text. criteria: ids of those that it decided, none for plain text."""

    text: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion on which the rubric and the label differ. The rubric missed it or gave more."""

    criterion: str
    label: float
    found: float

    @property
    def is_missed(self) -> bool:
        return self.found < self.label


@dataclass(frozen=True, slots=True)
class Result:
    """What the rubric makes of one answer.

    label: score from 0 to 1 of the answer's levels, None without labels. pieces: the answer's
    whole text in order. matched: the student's words by criterion id.
    """

    answer: TriedAnswer
    levels: Mapping[str, float]
    score: float
    points: float
    certain: bool
    flags: tuple[str, ...]
    matched: Mapping[str, tuple[str, ...]]
    pieces: tuple[Piece, ...]
    label: float | None
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        return self.label is not None and abs(self.score - self.label) < _TOLERANCE

    @property
    def is_released_above_label(self) -> bool:
        return self.certain and self.label is not None and self.score > self.label + _TOLERANCE

    @property
    def as_json(self) -> dict[str, Any]:
        """The line that `try_answers --json` prints."""
        return {
            "id": self.answer.id,
            "levels": dict(self.levels),
            "points": self.points,
            "certain": self.certain,
            "flags": list(self.flags),
            "matched": {id_: list(words) for id_, words in self.matched.items()},
        }


@dataclass(frozen=True, slots=True)
class Share:
    """So many of n."""

    count: int
    n: int

    def __str__(self) -> str:
        percent = f"{100 * self.count / self.n:.0f} %" if self.n else "-"
        return f"{self.count} of {self.n} ({percent})"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the rubric does on the labelled answers.

    released: of the grades released at once, those that agree. full: of the answers that a person
    gives full marks (traps left out), those released. unsafe: of the traps, those released above
    their label. forced: of all, those whose proposed score agrees. criteria: the same by criterion.
    """

    released: Share
    full: Share
    unsafe: Share
    forced: Share
    criteria: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Trial:
    """All results in the answers' order. agreement: None when no answer carries labels."""

    results: tuple[Result, ...]
    agreement: Agreement | None


def try_answers(part: Part, answers: Iterable[TriedAnswer]) -> Trial:
    """Grade answers with a part's rubric. Raises NotFreeText."""
    if part.kind.slug != KIND:
        raise NotFreeText(
            f"{part.slug} is of kind {part.kind.slug}; only {KIND} has a rubric to try"
        )
    results = tuple(_result(part, answer) for answer in answers)
    labelled = [each for each in results if each.label is not None]
    ids = [criterion.id for criterion in part.kind.criteria(part.spec)]
    return Trial(results, _agreement(labelled, ids) if labelled else None)


def _result(part: Part, answer: TriedAnswer) -> Result:
    verdict = part.kind.grade(part.spec, {"text": answer.text})
    levels = {each.id: each.score for each in verdict.criteria}
    return Result(
        answer=answer,
        levels=levels,
        score=verdict.score,
        points=round(float(part.points) * verdict.score, 2),
        certain=verdict.certain,
        flags=verdict.flags,
        matched={each.id: each.quotes for each in verdict.criteria},
        pieces=tuple(_pieces(answer.text, verdict.criteria)),
        label=part.kind.combine(part.spec, answer.levels) if answer.levels else None,
        differences=tuple(
            Difference(id_, label, levels[id_])
            for id_, label in answer.levels.items()
            if abs(levels[id_] - label) > _TOLERANCE
        ),
    )


def _pieces(text: str, criteria: Iterable[CriterionVerdict]) -> Iterator[Piece]:
    """Cut a text where a criterion's words begin or end."""
    spans = [(span, each.id) for each in criteria for span in _spans(text, each.quotes)]
    cuts = sorted({0, len(text), *(edge for span, _ in spans for edge in span)})
    for start, end in pairwise(cuts):
        holders = (id_ for (first, last), id_ in spans if first <= start and end <= last)
        yield Piece(text[start:end], tuple(dict.fromkeys(holders)))


def _spans(text: str, quotes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find quotes, which stand in reading order, in the text."""
    reached = 0
    for quote in quotes:
        at = text.find(quote, reached)
        if at >= 0 and quote:
            reached = at + len(quote)
            yield at, reached


def _agreement(results: Sequence[Result], ids: Iterable[str]) -> Agreement:
    released = [each for each in results if each.certain]
    full = [each for each in results if each.label == 1 and not each.answer.unsafe]
    unsafe = [each for each in results if each.answer.unsafe]
    wrong = Counter(each.criterion for result in results for each in result.differences)
    labelled = Counter(id_ for result in results for id_ in result.answer.levels)
    return Agreement(
        released=Share(sum(each.agrees for each in released), len(released)),
        full=Share(sum(each.certain for each in full), len(full)),
        unsafe=Share(sum(each.is_released_above_label for each in unsafe), len(unsafe)),
        forced=Share(sum(each.agrees for each in results), len(results)),
        criteria={id_: Share(labelled[id_] - wrong[id_], labelled[id_]) for id_ in ids},
    )


def read_answers(raw: bytes, *, file: str, part: Part) -> list[TriedAnswer]:
    """Give the answers of a YAML list of {id, text, c, unsafe}. Raises UnreadableFiles."""
    document, added = _parsed(raw, file)
    criteria = {each.id: each for each in part.kind.criteria(part.spec)}
    problems: list[FileProblem] = []
    answers: list[TriedAnswer] = []
    for i, entry in enumerate(document.data["answers"]):
        found = [
            _shifted(document.problem(("answers", i, *path), message), added)
            for path, message in _faults(entry, criteria)
        ]
        problems += found
        if not found:
            answers.append(_answer(entry, i))
    if problems:
        raise UnreadableFiles(problems)
    return answers


def _parsed(raw: bytes, file: str) -> tuple[Document, int]:
    """Read the list as the value of a key, which is what the guarded reader takes.

    Gives also the number of lines that the key put before it.
    """
    start = _START.match(raw)
    at = start.end() if start else 0
    added = 0 if raw[at : at + 1] == b"[" else 1
    key = b"answers:\n" if added else b"answers: "
    try:
        document = parse(raw[:at].replace(b"---", b"") + key + raw[at:], file=file)
    except UnreadableFiles as error:
        raise UnreadableFiles(_shifted(each, added) for each in error.problems) from None
    if set(document.data) != {"answers"} or not isinstance(document.data["answers"], list):
        message = "a list of answers is expected, such as `- {id: a1, text: It fills the disk.}`"
        raise UnreadableFiles([FileProblem(file, 1, "", message)])
    return document, added


def _shifted(problem: FileProblem, added: int) -> FileProblem:
    """Give a problem as of the file itself, without the key put before it."""
    name = problem.field.removeprefix("answers").removeprefix(".")
    return FileProblem(problem.file, max(1, problem.line - added), name, problem.message)


def _faults(entry: Any, criteria: Mapping[str, Criterion]) -> Iterator[tuple[Path, str]]:
    """Give (path in the entry, sentence) for all that is wrong with it."""
    if not isinstance(entry, dict):
        yield (), "write {id, text} and, where labelled, c"
        return
    for key in entry.keys() - _KEYS:
        yield (key,), "this key is not known here; the keys are id, text, c and unsafe"
    if not isinstance(entry.get("text"), str):
        yield ("text",), "the answer's text is missing; write it, in quotes if it is a number"
    elif len(entry["text"]) > LONGEST_ANSWER:
        yield ("text",), f"the answer is longer than {LONGEST_ANSWER} characters; shorten it"
    if not isinstance(entry.get("unsafe", False), bool):
        yield ("unsafe",), "write true or false"
    yield from _level_faults(entry.get("c"), criteria)


def _level_faults(levels: Any, criteria: Mapping[str, Criterion]) -> Iterator[tuple[Path, str]]:
    if levels is None:
        return
    if not isinstance(levels, dict) or levels.keys() != criteria.keys():
        yield ("c",), f"give a level for each of {', '.join(criteria)} and no other"
        return
    for id_, level in levels.items():
        if isinstance(level, bool) or level not in criteria[id_].levels:
            allowed = ", ".join(f"{each:g}" for each in criteria[id_].levels)
            yield ("c", id_), f"a level is one of {allowed}"


def _answer(entry: dict[str, Any], index: int) -> TriedAnswer:
    levels = {id_: float(level) for id_, level in (entry.get("c") or {}).items()}
    id_ = str(entry.get("id", index + 1))
    return TriedAnswer(id_, entry["text"], levels, unsafe=entry.get("unsafe", False))
