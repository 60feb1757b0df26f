"""The critical path: at each moment of a trace, the one span without which it would end earlier.

The walk is that of CRISP (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
Architectures", USENIX ATC 2022, section 3), as in Jaeger's viewer: from a span's end backwards, the
child that finished last is what the span waited for; before that child's start, the child that
finished last by then; what no child covers is the span's own time. A child that was still running
when the next one started was not waited for and is not on the path.

CRISP leaves out what outlives its parent. Here that is the story: a request ends, its work waits in
a queue, a task does it. Two rules carry the path over such a hop:

- A span that does not start within its parent's time hangs below the nearest ancestor in whose
  time it does start, or else stands at the top. So each span's family covers one unbroken time.
- A family that lasts beyond the span itself goes on through the child whose family lasted as long.
  At the top, families that follow each other in time are taken to follow from each other, the one
  that lasted longest first, cut where the next one starts; nothing better is known about them.

So the segments do not overlap, and leave out only times in which no span ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from lms.observatory.traces.trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lms.observatory.records import Span
    from lms.observatory.traces.trees import Tree

FURTHEST: Final = 64
"""So many ancestors are asked whether a span starts in their time; then it stands at the top."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A time in which this span determined the end. Unix nanoseconds, end after start."""

    span: Span
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns


def critical_path(spans: Iterable[Span]) -> tuple[Segment, ...]:
    """Give the segments by time; empty for no spans."""
    families = _Families(tree_of(spans))
    found: list[Segment] = []
    todo = list(families.of_the_top())
    while todo:
        family, until_ns = todo.pop()
        segments, below = families.step(family, until_ns)
        found += segments
        todo += below
    return tuple(sorted(found, key=lambda segment: segment.start_ns))


class _Family:
    """A span with what hangs below it. last_ns: when the last of them ended."""

    __slots__ = ("children", "last_ns", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.children: list[_Family] = []
        self.last_ns = span.end_ns


class _Families:
    """The regrouped tree, and the walk over one span of it."""

    def __init__(self, tree: Tree) -> None:
        order = [span for span, _ in tree.walk()]
        self._by_id = {span.span_id: _Family(span) for span in order}
        self.top: list[_Family] = []
        for span in order:
            host = self._host_of(span, tree)
            (self.top if host is None else host.children).append(self._by_id[span.span_id])
        for family in reversed(list(self._from_the_top())):
            family.last_ns = max([family.last_ns, *(child.last_ns for child in family.children)])

    def _host_of(self, span: Span, tree: Tree) -> _Family | None:
        ancestor = tree.parent(span)
        for _ in range(FURTHEST):
            if ancestor is None:
                break
            if ancestor.start_ns <= span.start_ns <= ancestor.end_ns:
                return self._by_id[ancestor.span_id]
            ancestor = tree.parent(ancestor)
        return None

    def _from_the_top(self) -> Iterator[_Family]:
        todo = list(self.top)
        while todo:
            family = todo.pop()
            yield family
            todo += family.children

    def of_the_top(self) -> Iterator[tuple[_Family, int]]:
        """Give the top's families on the path, each with when the path leaves it."""
        waiting = [(-one.last_ns, -one.span.start_ns, i) for i, one in enumerate(self.top)]
        heapify(waiting)
        lasting: list[tuple[int, int]] = []  # those that ran when the path came by, by their start
        until_ns = max((one.last_ns for one in self.top), default=0)
        while waiting or lasting:
            while waiting and -waiting[0][0] >= until_ns:
                _, start, at = heappop(waiting)
                heappush(lasting, (start, at))
            at = heappop(lasting)[1] if lasting else heappop(waiting)[2]
            family = self.top[at]
            if family.span.start_ns < until_ns:
                yield family, min(family.last_ns, until_ns)
                until_ns = family.span.start_ns

    def step(
        self, family: _Family, until_ns: int
    ) -> tuple[list[Segment], Sequence[tuple[_Family, int]]]:
        """Give a span's own segments before a time, and its children on the path with theirs."""
        own: list[Segment] = []
        below: list[tuple[_Family, int]] = []
        at_ns = until_ns
        if at_ns > family.span.end_ns:
            lasting = [child for child in family.children if child.last_ns >= at_ns]
            latest = max(lasting, key=lambda child: child.span.start_ns)
            below.append((latest, at_ns))
            at_ns = latest.span.start_ns
        for child in sorted(family.children, key=_ended, reverse=True):
            if child.span.end_ns > at_ns or (below and child is below[0][0]):
                continue
            own += _segment(family.span, child.span.end_ns, at_ns)
            below.append((child, child.span.end_ns))
            at_ns = child.span.start_ns
        own += _segment(family.span, family.span.start_ns, at_ns)
        return own, below


def _ended(family: _Family) -> tuple[int, int]:
    return family.span.end_ns, family.span.start_ns


def _segment(span: Span, start_ns: int, end_ns: int) -> list[Segment]:
    return [Segment(span, start_ns, end_ns)] if end_ns > start_ns else []
