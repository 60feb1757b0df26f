"""Warnings about a rubric: what is allowed and yet likely to grade badly. Nothing is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exercises.kinds.text.matching import is_found
from exercises.kinds.text.rubric import Regex, TextSpec
from exercises.specification import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exercises.kinds.text.rubric import Pattern
    from exercises.specification import Part, Path, Specification

FEWEST_ALTERNATIVES = 3
# Instructions of the compiled expression. RE2 takes linear time: this is the factor.
LARGEST_PROGRAM = 1200


def lint(specification: Specification) -> list[Problem]:
    """Give all warnings about an exercise's free-text parts, in reading order."""
    return [
        problem
        for index, part in enumerate(specification.parts)
        for problem in lint_part(part, ("parts", index))
    ]


def lint_part(part: Part, path: Path = ()) -> list[Problem]:
    """Give the warnings about one part; none for a kind without a rubric."""
    spec = part.spec
    if not isinstance(spec, TextSpec):
        return []
    asked = f"{spec.question}\n{part.prompt}"
    warnings: list[Problem] = []
    for where, pattern in _credited(spec):
        at = (*path, "spec", *where)
        warnings += _matching_the_question(pattern, asked, at)
        warnings += _thin_concepts(pattern, at)
    for where, pattern in (*_credited(spec), *_others(spec)):
        warnings += _costly(pattern, (*path, "spec", *where))
    return warnings


def _credited(spec: TextSpec) -> Iterator[tuple[Path, Pattern]]:
    """Give the patterns that earn points with their paths in the spec."""
    for i, criterion in enumerate(spec.criteria):
        for level, patterns in (("full", criterion.full), ("half", criterion.half)):
            for j, pattern in enumerate(patterns):
                yield ("criteria", i, level, j), pattern


def _others(spec: TextSpec) -> Iterator[tuple[Path, Pattern]]:
    for i, must_not in enumerate(spec.must_not):
        for j, pattern in enumerate(must_not.any):
            yield ("must_not", i, "any", j), pattern
    for i, pattern in enumerate(spec.explained):
        yield ("explained", i), pattern


def _matching_the_question(pattern: Pattern, asked: str, path: Path) -> Iterator[Problem]:
    if path[-2] == "full" and is_found(pattern, asked):
        yield Problem(
            path,
            "the question's own words earn this; add a slot that only an answer fills, or take"
            " those words out",
        )


def _thin_concepts(pattern: Pattern, path: Path) -> Iterator[Problem]:
    if path[-2] != "full":
        return
    for i, slot in enumerate(pattern.all):
        count = sum(_ways(alternative) for alternative in slot)
        if count < FEWEST_ALTERNATIVES:
            yield Problem(
                (*path, i),
                f"this concept knows {count} way{'s'[: count > 1]} to say it; add those that other"
                f" people use, at least {FEWEST_ALTERNATIVES} in all",
            )


def _ways(alternative: str | Regex) -> int:
    """Count a stem twice, for it takes several endings, and a regular expression's branches."""
    if isinstance(alternative, Regex):
        return alternative.re.count("|") + 1
    return 2 if alternative.endswith("*") else 1


def _costly(pattern: Pattern, path: Path) -> Iterator[Problem]:
    for i, slot in enumerate(pattern.all):
        for j, alternative in enumerate(slot):
            if not isinstance(alternative, Regex):
                continue
            size = alternative.compiled.programsize
            if size > LARGEST_PROGRAM:
                yield Problem(
                    (*path, i, j),
                    f"this regular expression compiles to {size} steps; shorten its {{m,n}}"
                    " repeats or write it as slots of words",
                )
