"""Newest first out of many segments, a page at a time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from lms.observatory.store.sqlite.view import BudgetSpent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")


class Place(NamedTuple):
    """Where an item stands: its time, and among those of that time a number above 0."""

    time_ns: int
    number: int

    @classmethod
    def read(cls, before: str) -> Place:
        """Give the place that a page's `next` tells; the end of time when it tells none."""
        time_ns, _, number = before.partition("-")
        if time_ns.isdecimal() and number.isalnum() and len(before) <= _LONGEST:
            try:
                return cls(int(time_ns), int(number, 16))
            except ValueError:
                pass
        return NEVER

    def __str__(self) -> str:
        return f"{self.time_ns}-{self.number:x}"


_LONGEST: Final = 60
NEVER: Final = Place(2**63 - 1, 2**130)


class Found(NamedTuple, Generic[T]):
    """An item at its place; None: everything above the place has been looked at."""

    place: Place
    item: T | None


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """One segment's items, newest first; open is called when needed. newest_ns: none is newer."""

    newest_ns: int
    open: Callable[[], Iterator[Found[T]]]


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """next, searched_to_ns: as in base.TracePage."""

    items: tuple[R, ...]
    next: str
    searched_to_ns: int


def merged(sources: Iterable[Source[T]]) -> Iterator[Found[T]]:
    """Give all items, newest first; a source is opened when its turn may have come."""
    waiting: list[tuple[int, int, int, Found[T] | None, Iterator[Found[T]] | Source[T]]] = [
        (-source.newest_ns, -NEVER.number, order, None, source)
        for order, source in enumerate(sources)
    ]
    heapq.heapify(waiting)
    while waiting:
        *_, order, found, rest = waiting[0]
        if found is not None:
            yield found
        items = rest.open() if isinstance(rest, Source) else rest
        if (following := next(items, None)) is None:
            heapq.heappop(waiting)
        else:
            place = following.place
            entry = (-place.time_ns, -place.number, order, following, items)
            heapq.heapreplace(waiting, entry)


def page_of(
    found: Iterator[Found[T]], *, accept: Callable[[T], R | None], limit: int, start: Place
) -> Page[R]:
    """Give the first items that are accepted, looking for one more to know whether there is one.

    start: where looking begins, for a page of which nothing could be looked at.
    """
    items: list[R] = []
    looked = last = start
    try:
        for place, item in found:
            accepted = None if item is None else accept(item)
            if accepted is not None and len(items) == limit:
                return Page(tuple(items), str(last), 0)
            if accepted is not None:
                items.append(accepted)
                last = place
            looked = place
    except BudgetSpent:
        return Page(tuple(items), str(looked), looked.time_ns)
    return Page(tuple(items), "", 0)
