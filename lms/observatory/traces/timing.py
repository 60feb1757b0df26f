"""Where the time of a trace went: spans' own time, times without any span, clocks that disagree."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lms.observatory.records import Span
    from lms.observatory.traces.trees import Tree

Interval = tuple[int, int]
"""Start and end, Unix nanoseconds."""


def self_ns(span: Span, children: Iterable[Span]) -> int:
    """Give the time of a span in which none of its children ran.

    Children that overlap count once; what a child ran before its parent's start or after its end
    does not count.
    """
    within = [
        (max(child.start_ns, span.start_ns), min(child.end_ns, span.end_ns)) for child in children
    ]
    return span.duration_ns - sum(end - start for start, end in _merged(within))


def gaps(spans: Iterable[Span]) -> tuple[Interval, ...]:
    """Give the times between a trace's start and end in which no span ran."""
    merged = list(_merged((span.start_ns, span.end_ns) for span in spans))
    return tuple((earlier[1], later[0]) for earlier, later in itertools.pairwise(merged))


def starts_early(span: Span, tree: Tree) -> bool:
    """Claim that a span started before its parent, which one clock cannot say of one cause.

    Nothing is corrected: whose clock is wrong is not known. A computed span stands below what
    computed it, after the fact, and is no sign of a clock.
    """
    parent = tree.parent(span)
    return parent is not None and not span.is_computed and span.start_ns < parent.start_ns


def _merged(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Give the intervals that together cover the same time, apart from each other, by start."""
    current: Interval | None = None
    for start, end in sorted(pair for pair in intervals if pair[1] >= pair[0]):
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current
