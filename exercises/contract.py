"""What a kind of question promises, and what it gets and gives.

A kind is pure: the same specification, answer and variant always give the same verdict. It knows
nothing of the database, Celery or points; points are multiplied in by the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NewType, TypeVar

from django import forms
from django.utils.functional import Promise
from pydantic import BaseModel, ConfigDict

Markdown = NewType("Markdown", str)

# One part's answer as its form cleaned it: JSON values only, the form's field names as keys.
Answer = Mapping[str, Any]


class Spec(BaseModel):
    """Base of every kind's specification: unknown keys are an author's typing error.

    Error messages never repeat the input: a specification holds the model answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


SpecT = TypeVar("SpecT", bound=Spec)


@dataclass(frozen=True, slots=True)
class Variant:
    """A part's data made for one student.

    seed: 32 lower-case hex digits. data: JSON values made by the kind's generator.
    """

    seed: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that earns credit, as a reviewer's form needs it.

    weight: fraction of the part's points that score 1 earns, 0 < weight <= 1. asks may be shown
    before answering; title only after grading. levels: the scores a person may give, ascending.
    """

    id: str
    title: str
    weight: float
    asks: str = ""
    levels: tuple[float, ...] = (0.0, 0.5, 1.0)
    feedback: Mapping[float, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """What the grader found for one criterion.

    score: 0 to 1. misconception: a code of docs/question-kinds.md, "" for none. quotes: verbatim
    pieces of the student's answer that decided it.
    """

    id: str
    score: float
    feedback: str = ""
    misconception: str = ""
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a kind says about one part's answer.

    score: fraction of the part's points, 0 to 1. certain: may be released without a person.
    flags: reasons for doubt, slugs such as "must_not:inverted". feedback: for the part as a whole.
    """

    score: float
    criteria: tuple[CriterionVerdict, ...]
    certain: bool
    flags: tuple[str, ...] = ()
    feedback: str = ""


class UnreadableAnswer(Exception):
    """The stored answer cannot be read by this kind: the attempt is not charged.

    The message names the field and what was expected, never the answer.
    """


class Kind(Generic[SpecT]):
    """One kind of question. A new one is a folder under kinds/ and a line in QUESTION_KINDS.

    Its templates lie in kinds/<slug>/templates/kinds/<slug>/: answer.html draws the bound or
    unbound form (context: part, form, question), shown.html a given answer (part, shown).
    """

    slug: ClassVar[str]
    version: ClassVar[str]
    label: ClassVar[str | Promise]  # what a student reads on the course page
    samples_min: ClassVar[int] = 0  # fewer samples in a part refuse publishing
    is_audited: ClassVar[bool] = False  # people judge a share of what it releases, blind
    spec_model: type[SpecT]

    def answer_form(self, spec: SpecT, *, variant: Variant | None = None) -> type[forms.Form]:
        """Give the form class whose cleaned_data is the Answer."""
        raise NotImplementedError

    def question(self, spec: SpecT, *, variant: Variant | None = None) -> dict[str, Any]:  # noqa: ARG002 - for kinds that need it
        """Give what answer.html needs beside the form. Must not hold anything that earns points."""
        return {}

    def shown(
        self, spec: SpecT, answer: Answer, *, variant: Variant | None = None
    ) -> dict[str, Any]:
        """Give what shown.html needs to show a stored answer to its author or a reviewer."""
        raise NotImplementedError

    def grade(self, spec: SpecT, answer: Answer, *, variant: Variant | None = None) -> Verdict:
        """Judge one answer. Pure. Raises UnreadableAnswer when the answer is not of this kind."""
        raise NotImplementedError

    def criteria(self, spec: SpecT) -> tuple[Criterion, ...]:
        """Give the part's criteria in the order in which they are shown."""
        raise NotImplementedError

    def combine(self, spec: SpecT, scores: Mapping[str, float]) -> float:
        """Give the part's score from a score for each criterion id; a missing one counts 0."""
        raise NotImplementedError

    def model_answer(self, spec: SpecT, *, variant: Variant | None = None) -> Markdown:
        """Give the answer that would earn full points, shown after the reveal."""
        raise NotImplementedError

    def problems(self, spec: SpecT) -> list[tuple[str, str]]:  # noqa: ARG002 - for kinds that need it
        """Give (path inside the specification, sentence) for what a schema cannot say."""
        return []
