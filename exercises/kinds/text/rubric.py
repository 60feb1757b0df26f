"""The format rubric/1: what an author writes under a text part's `spec`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import re2
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from exercises.contract import Spec
from exercises.kinds.text.sentences import plain_words

Negation = Literal["cancels", "allowed", "required", "absent"]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Sentences = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]

SHORTEST_STEM = 3
LONGEST_PHRASE_WORDS = 8
MOST_SLOTS = 4  # a pattern tries combinations of its slots' finds: few slots keep that bounded


def _checked_words(words: str) -> str:
    if any(mark in words for mark in "/|+"):
        raise ValueError(
            "write each alternative as its own list item; for a literal / | or + use {re: ...}"
        )
    pieces = words.split()
    for piece in pieces:
        _check_piece(piece)
    if len(pieces) > LONGEST_PHRASE_WORDS:
        raise ValueError(f"use at most {LONGEST_PHRASE_WORDS} words in one phrase")
    read = plain_words(words)
    if not read:
        raise ValueError("an alternative needs at least one word")
    if len(read) == 1 and len(read[0]) == 1:
        raise ValueError("a single letter matches too much; write the word or a phrase")
    return words


def _check_piece(piece: str) -> None:
    stem = piece.removesuffix("*")
    if "*" in stem:
        raise ValueError("a * may only end a word, as in disk*")
    if piece.endswith("*") and len("".join(plain_words(stem))) < SHORTEST_STEM:
        raise ValueError(f"give a stem at least {SHORTEST_STEM} letters before its *")


Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_checked_words),
]


_PROBE = "a word, 1 more."  # a regular expression that finds nothing here, at nothing, is refused


class Regex(Spec):
    """An alternative as a regular expression of RE2 (linear time), without regard to case."""

    re: Annotated[str, StringConstraints(min_length=1, max_length=300)]

    @field_validator("re")
    @classmethod
    def _usable(cls, source: str) -> str:
        try:
            compiled = compiled_regex(source)
        except re2.error:
            raise ValueError(
                "this is not a regular expression that RE2 understands (no lookaround, no"
                " backreferences)"
            ) from None
        if any(each.start() == each.end() for each in compiled.finditer(_PROBE)):
            raise ValueError("this regular expression matches the empty text; make it need a word")
        return source

    @cached_property
    def compiled(self) -> Any:
        return compiled_regex(self.re)


def compiled_regex(source: str) -> Any:
    """Compile for RE2, which never takes more than linear time. Raises re2.error."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(source, options)


def _form_of(value: Any) -> str:
    return "regex" if isinstance(value, dict | Regex) else "words"


def _as_words(value: Any) -> Any:
    """Take 404 without quotes as the word it is meant to be."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_slot(value: Any) -> Any:
    """Take a lone {re: ...} as a slot of one alternative."""
    if isinstance(value, str):
        raise ValueError("write the slot as a list of alternatives, as in [disk*, storage]")  # noqa: TRY004 - pydantic reports ValueError
    return (value,) if isinstance(value, dict | Regex) else value


AsWords = Annotated[Words, BeforeValidator(_as_words)]
# A union told apart by hand, so that a fault is reported once and not for each member.
Alternative = Annotated[
    Annotated[AsWords, Tag("words")] | Annotated[Regex, Tag("regex")],
    Discriminator(_form_of),
]
Slot = Annotated[
    tuple[Alternative, ...], BeforeValidator(_as_slot), Field(min_length=1, max_length=250)
]


class Pattern(Spec):
    """Slots that must all be found in one sentence, each by one of its alternatives.

    In YAML either a plain list of slots or {all: [slots], negation: ..., gap: ...}. gap: the slots
    stand in this order in one clause, with at most so many other words between neighbours. unless:
    alternatives of which none may stand in the same sentence: "failed ones" narrows, "successful
    and failed ones" does not.
    """

    all: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=MOST_SLOTS)]
    negation: Negation = "cancels"
    gap: Annotated[int, Field(ge=0, le=20)] | None = None
    unless: Annotated[
        tuple[Alternative, ...], BeforeValidator(_as_slot), Field(max_length=250)
    ] = ()

    @model_validator(mode="before")
    @classmethod
    def _list_is_all(cls, value: Any) -> Any:
        return {"all": value} if isinstance(value, list | tuple) else value


Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=60)]


class Feedback(Spec):
    """What the student reads at each level."""

    full: Sentences = ""
    half: Sentences = ""
    none: Sentences = ""

    def at(self, score: float) -> str:
        """Give the sentence for a score from 0 to 1."""
        if score >= 1:
            return self.full
        return self.half if score > 0 else self.none

    @property
    def by_level(self) -> dict[float, str]:
        return {0.0: self.none, 0.5: self.half, 1.0: self.full}


class RubricCriterion(Spec):
    """One thing that earns points.

    points: relative to the other criteria's. requires: a criterion that must be found for this
    one to count. implied_by: criteria of which each, met in full, says this one too: "404" is also
    a failed request.
    """

    id: Id
    asks: Line
    title: Line
    points: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    full: Patterns
    half: tuple[Pattern, ...] = ()
    requires: Id | Literal[""] = ""
    implied_by: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    feedback: Feedback = Feedback()


def _checked_level(level: float) -> float:
    if level not in {0, 0.5}:
        raise ValueError("a cap is 0 or 0.5")
    return level


class Cap(Spec):
    """The level above which a criterion is not proposed once a must_not was hit."""

    criterion: Id
    level: Annotated[float, AfterValidator(_checked_level)]


class MustNot(Spec):
    """Words that cast doubt on the answer: a hit sends it to a person, it proves nothing."""

    id: Id
    any: Patterns
    feedback: Sentences = ""
    caps: tuple[Cap, ...] = ()


class TextSpec(Spec):
    """A rubric.

    question: the words the student has before her, of which a copy earns no trust.
    explained: negated statements that are true and harmless here, so that they cast no doubt.
    familiar: words that a good answer may hold although they can turn a meaning ("only") or are no
    plain English. Others of that sort are doubted where no pattern accounts for them.
    counted: where given, "the number of" and "how many" something else is doubted.
    own: where given, the question asks for something of one thing, and an answer that names another
    component, actor or time is doubted. These words name none.
    feedback: for `best` fields, where it belongs to the field; in `sum` fields to each criterion.
    """

    format: Literal["rubric/1"]
    model_answer: Annotated[str, StringConstraints(min_length=1, max_length=5000)]
    question: Annotated[str, StringConstraints(max_length=5000)] = ""
    combine: Literal["sum", "best"] = "sum"
    criteria: Annotated[tuple[RubricCriterion, ...], Field(min_length=1, max_length=20)]
    must_not: Annotated[tuple[MustNot, ...], Field(max_length=20)] = ()
    explained: Annotated[tuple[Pattern, ...], Field(max_length=60)] = ()
    familiar: Annotated[tuple[AsWords, ...], Field(max_length=800)] = ()
    counted: Annotated[tuple[AsWords, ...], Field(max_length=200)] = ()
    own: Annotated[tuple[AsWords, ...], Field(max_length=800)] | None = None
    feedback: Feedback = Feedback()
    max_length: Annotated[int, Field(ge=50, le=20_000)] = 4000

    @property
    def possible(self) -> float:
        """Points, in the rubric's own measure, that earn the part's score 1."""
        points = [criterion.points for criterion in self.criteria]
        return sum(points) if self.combine == "sum" else max(points)

    def is_earned(self, levels: Mapping[str, float]) -> bool:
        """Tell whether these levels earn everything that can be earned."""
        if self.combine == "sum":
            return all(level == 1 for level in levels.values())
        best = self.possible
        return any(levels[each.id] == 1 and each.points == best for each in self.criteria)


def rubric_problems(spec: TextSpec) -> list[tuple[str, str]]:
    """Give (path, sentence) for each fault that concerns more than one field."""
    ids = [criterion.id for criterion in spec.criteria]
    must_not_ids = [must_not.id for must_not in spec.must_not]
    return [
        *_repeated("criteria", ids),
        *_repeated("must_not", must_not_ids),
        *_broken_requires(spec, ids),
        *_broken_implied_by(spec, ids),
        *_unknown_caps(spec, ids),
        *_misplaced_feedback(spec),
    ]


def _repeated(field: str, ids: list[str]) -> list[tuple[str, str]]:
    return [
        (f"{field}.{i}.id", f"the id {id_!r} is used twice; give each its own")
        for i, id_ in enumerate(ids)
        if id_ in ids[:i]
    ]


def _broken_requires(spec: TextSpec, ids: list[str]) -> list[tuple[str, str]]:
    needs = {criterion.id: criterion.requires for criterion in spec.criteria}
    found: list[tuple[str, str]] = []
    for i, criterion in enumerate(spec.criteria):
        path = f"criteria.{i}.requires"
        if criterion.requires and criterion.requires not in ids:
            found.append((path, f"no criterion has the id {criterion.requires!r}"))
        elif _leads_back(criterion.id, needs):
            found.append((path, "these criteria require each other in a circle; break it"))
    return found


def _broken_implied_by(spec: TextSpec, ids: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for i, criterion in enumerate(spec.criteria):
        for j, id_ in enumerate(criterion.implied_by):
            path = f"criteria.{i}.implied_by.{j}"
            if id_ not in ids:
                found.append((path, f"no criterion has the id {id_!r}"))
            elif id_ == criterion.id:
                found.append((path, "a criterion cannot imply itself; name another"))
    return found


def _leads_back(id_: str, needs: dict[str, str]) -> bool:
    at = id_
    for _ in needs:
        at = needs.get(at, "")
        if at == id_:
            return True
    return False


def _unknown_caps(spec: TextSpec, ids: list[str]) -> list[tuple[str, str]]:
    return [
        (f"must_not.{i}.caps.{j}.criterion", f"no criterion has the id {cap.criterion!r}")
        for i, must_not in enumerate(spec.must_not)
        for j, cap in enumerate(must_not.caps)
        if cap.criterion not in ids
    ]


def _misplaced_feedback(spec: TextSpec) -> list[tuple[str, str]]:
    if spec.combine == "sum":
        if spec.feedback == Feedback():
            return []
        return [("feedback", "in a sum field feedback belongs to each criterion; move it there")]
    return [
        (f"criteria.{i}.feedback", "in a best field feedback belongs to the field; move it there")
        for i, criterion in enumerate(spec.criteria)
        if criterion.feedback != Feedback()
    ]
