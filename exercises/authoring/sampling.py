"""Turning a person's decision into a labelled sample of the rubric."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from exercises.alike import normalised, prose_of
from exercises.authoring.check import contradictions
from exercises.authoring.publish import save_draft_version
from exercises.models import Exercise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from exercises.specification import Part
    from lms.accounts.models import User


class NotASample(Exception):
    """The decision cannot become a sample."""


class SampledAlready(NotASample):
    """The draft has a sample with the same words. number: which, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class PartHasChanged(NotASample):
    """The draft has no such part of free text with these criteria any more."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sample that was added. number: of how many it is the last. against: samples of its part
    that the rubric now grades otherwise than declared."""

    number: int
    against: int


@transaction.atomic
def add_sample(
    *,
    exercise: Exercise,
    part: str,
    answer: Mapping[str, Any],
    levels: Mapping[str, Decimal | float],
    author: User,
) -> Sampled:
    """Append an answer with a person's levels to the exercise's draft, made if there is none.

    levels: score by criterion id. Raises SampledAlready and PartHasChanged.
    """
    # The lock comes before the reading: two reviewers at once must not lose each other's sample.
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    content = deepcopy(_content_of(exercise))
    text = prose_of(answer)
    written = _part_of(content, part)
    if text is None or written is None:
        raise PartHasChanged
    samples = written.setdefault("samples", [])
    _refuse_repeated(text, samples)
    samples.append(
        {"answer": text, "levels": {name: float(level) for name, level in levels.items()}}
    )
    draft = save_draft_version(exercise=exercise, content=content, source="review", author=author)
    grown = draft.specification.part(part)
    _refuse_unknown(grown, levels)
    against = {each.sample for each in contradictions(grown)}
    return Sampled(number=len(samples), against=len(against))


def _content_of(exercise: Exercise) -> dict[str, Any]:
    draft = exercise.versions.filter(published_at__isnull=True).first()
    version = draft or exercise.current_version
    if version is None:
        raise PartHasChanged
    content: dict[str, Any] = version.content
    return content


def _part_of(content: dict[str, Any], slug: str) -> dict[str, Any] | None:
    return next((part for part in content["parts"] if part["slug"] == slug), None)


def _refuse_repeated(text: str, samples: list[dict[str, Any]]) -> None:
    for number, sample in enumerate(samples, start=1):
        answer = sample["answer"]
        words = answer if isinstance(answer, str) else prose_of(answer)
        if words is not None and normalised(words) == normalised(text):
            raise SampledAlready(number)


def _refuse_unknown(part: Part, levels: Mapping[str, Any]) -> None:
    known = {criterion.id for criterion in part.kind.criteria(part.spec)}
    if not known.issuperset(levels):
        raise PartHasChanged
