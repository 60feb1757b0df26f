"""The words of an answer that decided its criteria, marked where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Mark:
    """A criterion's quotes. number: as it stands beside the criterion. score: 0 to 1."""

    number: int
    score: float
    quotes: tuple[str, ...]

    @property
    def tone(self) -> str:
        """The class of its colour; the number says the same without colour."""
        if self.score >= 1:
            return "okk"
        return "warning" if self.score > 0 else "error"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the answer with the marks that cover it. ends: those whose quote ends here."""

    text: str
    marks: tuple[Mark, ...]
    ends: tuple[Mark, ...]

    @property
    def tone(self) -> str:
        return self.marks[0].tone if self.marks else ""


def stretches(text: str, marks: Iterable[Mark]) -> list[Stretch]:
    """Cut a text where a quote begins or ends; every occurrence of a quote is marked.

    A quote that the text does not hold word for word is left out.
    """
    places = sorted({place for mark in marks for place in _places(text, mark)}, key=_by_place)
    cuts = sorted({0, len(text), *(at for start, end, _mark in places for at in (start, end))})
    found = []
    for start, end in pairwise(cuts):
        covering = [(s, e, mark) for s, e, mark in places if s <= start and end <= e]
        found.append(
            Stretch(
                text=text[start:end],
                marks=_once(mark for _s, _e, mark in covering),
                ends=_once(mark for _s, e, mark in covering if e == end),
            )
        )
    return found


def _places(text: str, mark: Mark) -> Iterable[tuple[int, int, Mark]]:
    for quote in filter(None, mark.quotes):
        at = text.find(quote)
        while at >= 0:
            yield at, at + len(quote), mark
            at = text.find(quote, at + len(quote))


def _by_place(place: tuple[int, int, Mark]) -> tuple[int, int, int]:
    return place[0], place[1], place[2].number


def _once(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(dict.fromkeys(marks))
