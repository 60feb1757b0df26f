"""One part of a submission as a reviewer reads it, and two verdicts on it side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from exercises.alike import prose_of
from exercises.contract import Criterion, UnreadableAnswer, Variant
from exercises.marking import Mark, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exercises.contract import Markdown
    from exercises.marking import Stretch
    from exercises.models import Grade, GradeProposal, Submission
    from exercises.specification import Part

# Why the machine was unsure, by the part of its flag before the colon.
_DOUBTS = {
    "must_not": gettext_lazy("it has words that speak against the answer"),
    "instructions": gettext_lazy("it gives orders to the grader"),
    "copied_question": gettext_lazy("it repeats the question"),
    "stuffing": gettext_lazy("it lists words without a sentence"),
    "language": gettext_lazy("it is in another language"),
    "trivial": gettext_lazy("it says almost nothing"),
    "over_length": gettext_lazy("it is longer than asked"),
    "characters": gettext_lazy("it has odd or invisible characters"),
    "unfamiliar": gettext_lazy("it has words that the rubric does not account for"),
    "negation": gettext_lazy("it negates something that the rules cannot follow"),
    "spelling": gettext_lazy("a slip of the keyboard may have cost it a criterion"),
    "question": gettext_lazy("it asks and does not say"),
    "reported": gettext_lazy("it reports what others say"),
    "supposed": gettext_lazy("it only supposes"),
    "retracted": gettext_lazy("it takes back what it says"),
    "release_off": gettext_lazy("a person looks at every answer to this question for now"),
}


@dataclass(frozen=True, slots=True)
class CriterionSheet:
    """One criterion and what the grade that holds says of it.

    score: None without a grade. points: what full marks in it earn, two decimals.
    """

    criterion: Criterion
    score: float | None
    points: str
    feedback: str
    quotes: tuple[str, ...]

    @property
    def points_given(self) -> str:
        return f"{float(self.points) * (self.score or 0):.2f}"


@dataclass(frozen=True, slots=True)
class PartSheet:
    """One part's answer with what the grade that holds says of it.

    item: the part's entry in Grade.items, None without a grade. shown: context of the kind's
    shown.html, None where the kind cannot read the answer; raw is the answer as JSON then.
    text: the answer in the student's own words, None where it is of another kind.
    """

    number: int
    part: Part
    item: Mapping[str, Any] | None
    shown: Mapping[str, Any] | None
    raw: str
    text: str | None
    criteria: tuple[CriterionSheet, ...]
    model_answer: Markdown

    @property
    def template(self) -> str:
        return f"kinds/{self.part.kind.slug}/shown.html"

    @property
    def is_open(self) -> bool:
        """True when the part waits for a decision."""
        return self.item is None or not self.item["certain"]

    @property
    def is_by_person(self) -> bool:
        return self.item is not None and bool(self.item.get("by_person"))

    def marked(self, numbers: Mapping[str, int]) -> list[Stretch]:
        """Cut the text at the words that decided its criteria; numbers: by criterion id."""
        marks = [
            Mark(numbers[each.criterion.id], each.score, each.quotes)
            for each in self.criteria
            if each.score is not None and each.criterion.id in numbers
        ]
        return stretches(self.text or "", marks)

    @property
    def doubts(self) -> list[str]:
        """Why the machine was unsure, in words, each once."""
        flags = self.item["flags"] if self.item and self.is_open else []
        return list(dict.fromkeys(_doubt(flag) for flag in flags))


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One criterion as two people decided it; yours is None where you left it alone.

    title: of its part and of itself. criterion: of itself alone.
    """

    title: str
    criterion: str
    theirs: float | None
    yours: float | None

    @property
    def differs(self) -> bool:
        return self.yours is not None and self.yours != self.theirs


def sheets_of(submission: Submission, grade: Grade | GradeProposal | None) -> tuple[PartSheet, ...]:
    """Lay out every part of a submission beside a grade of it."""
    items = {item["part"]: item for item in grade.items} if grade else {}
    variant = Variant(seed=submission.work_item.variant_seed)
    return tuple(
        _part_sheet(number, part, submission.answers.get(part.slug), items.get(part.slug), variant)
        for number, part in enumerate(submission.version.specification.parts, start=1)
    )


def compared(
    theirs: Iterable[PartSheet], yours: Mapping[str, Mapping[str, Decimal]]
) -> list[ComparedLine]:
    """Lay two decisions side by side; yours: score by criterion id, by part slug."""
    return [
        ComparedLine(
            title=f"{part.part.title}: {each.criterion.title}",
            criterion=each.criterion.title,
            theirs=each.score,
            yours=float(mine[each.criterion.id]) if mine and each.criterion.id in mine else None,
        )
        for part in theirs
        for mine in [yours.get(part.part.slug)]
        for each in part.criteria
    ]


def against(theirs: Iterable[PartSheet], proposed: Iterable[PartSheet]) -> list[ComparedLine]:
    """Lay a proposal beside the grade that holds."""
    yours = {
        part.part.slug: {
            each.criterion.id: Decimal(str(each.score))
            for each in part.criteria
            if each.score is not None
        }
        for part in proposed
        if part.item is not None
    }
    return compared(theirs, yours)


def _part_sheet(  # noqa: PLR0917 - one caller, right above
    number: int, part: Part, answer: Any, item: Mapping[str, Any] | None, variant: Variant
) -> PartSheet:
    found = {each["id"]: each for each in item["criteria"]} if item else {}
    return PartSheet(
        number=number,
        part=part,
        item=item,
        shown=_shown(part, answer, variant),
        raw=json.dumps(answer, ensure_ascii=False, indent=2),
        text=prose_of(answer),
        criteria=tuple(
            _criterion_sheet(each, part.points, found.get(each.id))
            for each in part.kind.criteria(part.spec)
        ),
        model_answer=part.kind.model_answer(part.spec, variant=variant),
    )


def _criterion_sheet(
    criterion: Criterion, part_points: Decimal, found: Mapping[str, Any] | None
) -> CriterionSheet:
    if found is None:
        possible = f"{float(part_points) * criterion.weight:.2f}"
        return CriterionSheet(criterion, None, possible, "", ())
    return CriterionSheet(
        criterion, found["score"], found["possible"], found["feedback"], tuple(found["quotes"])
    )


def _shown(part: Part, answer: Any, variant: Variant) -> Mapping[str, Any] | None:
    if answer is None:
        return None
    try:
        return part.kind.shown(part.spec, answer, variant=variant)
    except UnreadableAnswer:
        return None


def _doubt(flag: str) -> str:
    name, _colon, rest = flag.partition(":")
    words = (rest or name).replace("_", " ")
    known = _DOUBTS.get(name)
    if known is None:
        return words
    return f"{known} ({words})" if rest else str(known)
