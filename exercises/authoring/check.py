"""Whether an exercise may be published: its samples must grade as their author declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.contract import UnreadableAnswer
from exercises.specification import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exercises.contract import Verdict
    from exercises.specification import Part, Path, Sample, Specification

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sample that its kind grades otherwise. sample: from 1. path: in the content."""

    part: str
    sample: int
    criterion: str
    expected: str
    got: str
    path: Path

    @property
    def message(self) -> str:
        return (
            f"sample {self.sample} of {self.part}: {self.criterion} should be {self.expected} and "
            f"is {self.got}; correct the sample or the specification"
        )


def check(specification: Specification) -> list[Problem]:
    """Give everything that forbids publishing, in reading order."""
    problems: list[Problem] = []
    for index, part in enumerate(specification.parts):
        path = ("parts", index, "samples")
        least = part.kind.samples_min
        if len(part.samples) < least:
            message = f"{part.slug} has {len(part.samples)} samples; write at least {least}"
            problems.append(Problem(path, message))
        problems += [Problem(each.path, each.message) for each in contradictions(part, path)]
    return problems


def contradictions(part: Part, path: Path = ()) -> Iterator[Contradiction]:
    """Give each way in which a part's samples grade otherwise. path: that of the samples."""
    for index, sample in enumerate(part.samples):
        for criterion, expected, got, where in _differences(part, sample):
            yield Contradiction(
                part=part.slug,
                sample=index + 1,
                criterion=criterion,
                expected=expected,
                got=got,
                path=(*path, index, *where),
            )


def _differences(part: Part, sample: Sample) -> Iterator[tuple[str, str, str, Path]]:
    """Give (criterion, expected, got, path in the sample)."""
    try:
        verdict = part.kind.grade(part.spec, sample.as_answer)
    except UnreadableAnswer as error:
        yield "the answer", "one that this kind reads", f"refused ({error})", ("answer",)
        return
    yield from _level_differences(sample, verdict)
    if sample.certain is not None and sample.certain != verdict.certain:
        doubts = f" ({', '.join(verdict.flags)})" if verdict.flags else ""
        yield "certain", _said(sample.certain), _said(verdict.certain) + doubts, ("certain",)


def _level_differences(sample: Sample, verdict: Verdict) -> Iterator[tuple[str, str, str, Path]]:
    levels = {found.id: found.score for found in verdict.criteria}
    for criterion, expected in sample.levels.items():
        where = ("levels", criterion)
        if criterion not in levels:
            yield criterion, f"{expected:g}", "no criterion of this part", where
        elif abs(levels[criterion] - expected) > _TOLERANCE:
            yield criterion, f"{expected:g}", f"{levels[criterion]:g}", where


def _said(certain: bool) -> str:  # noqa: FBT001 - one value, put into words
    return "true" if certain else "false"
