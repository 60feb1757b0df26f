"""The tree that spans' parent ids make, whatever is missing or wrong in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lms.observatory.records import Span


@dataclass(frozen=True, slots=True)
class Tree:
    """Spans by id and below each other; every span stands in it once.

    roots: spans without parent, orphans, and of each circle of parents the span that started first.
    children: by the parent's id, by start; a parent without children is not a key. parents: by the
    child's id; a root is not a key, also one that names a parent.
    orphans: ids of spans that name a parent which is not here. circular: ids on a circle.
    """

    spans: Mapping[str, Span]
    roots: tuple[Span, ...]
    children: Mapping[str, tuple[Span, ...]]
    parents: Mapping[str, Span]
    orphans: frozenset[str]
    circular: frozenset[str]

    def below(self, span: Span) -> Sequence[Span]:
        """Give the direct children."""
        return self.children.get(span.span_id, ())

    def parent(self, span: Span) -> Span | None:
        return self.parents.get(span.span_id)

    def walk(self) -> Iterator[tuple[Span, int]]:
        """Give each span with its depth, parents before children, siblings by start."""
        stack = [(span, 0) for span in reversed(self.roots)]
        while stack:
            span, depth = stack.pop()
            yield span, depth
            stack += [(child, depth + 1) for child in reversed(self.below(span))]


def tree_of(spans: Iterable[Span]) -> Tree:
    """Build the tree of one trace's spans; of two with one id the first stays."""
    known: dict[str, Span] = {}
    for span in spans:
        known.setdefault(span.span_id, span)
    circles = list(_circles(known))
    cut = {min(circle, key=_when).span_id for circle in circles}
    roots: list[Span] = []
    children: dict[str, list[Span]] = defaultdict(list)
    parents: dict[str, Span] = {}
    for span in sorted(known.values(), key=_when):
        if span.parent_id not in known or span.span_id in cut:
            roots.append(span)
        else:
            children[span.parent_id].append(span)
            parents[span.span_id] = known[span.parent_id]
    return Tree(
        spans=known,
        roots=tuple(roots),
        children={parent: tuple(below) for parent, below in children.items()},
        parents=parents,
        orphans=frozenset(
            span.span_id
            for span in known.values()
            if span.parent_id and span.parent_id not in known
        ),
        circular=frozenset(span.span_id for circle in circles for span in circle),
    )


def _when(span: Span) -> tuple[int, str]:
    return span.start_ns, span.span_id


def _circles(known: Mapping[str, Span]) -> Iterator[list[Span]]:
    """Give each circle of parents once, as the spans on it."""
    seen: set[str] = set()
    for first in known:
        line: list[str] = []
        at = first
        while at in known and at not in seen:
            seen.add(at)
            line.append(at)
            at = known[at].parent_id
        if at in line:
            yield [known[each] for each in line[line.index(at) :]]
