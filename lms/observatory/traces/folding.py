"""Siblings that say the same again and again, put into one row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lms.observatory.records import Span
    from lms.observatory.traces.trees import Tree

MOST_ALIKE: Final = 5
"""So many siblings of one name are drawn one by one."""


def folds(tree: Tree, *, apart: Collection[str] = ()) -> Mapping[str, tuple[Span, ...]]:
    """Give groups of siblings of one name, service and kind of end, by the first one's id.

    Only spans without children that did not fail are folded, and none of apart: what has something
    of its own to tell stays a row.
    """
    found: dict[str, tuple[Span, ...]] = {}
    for siblings in (tree.roots, *tree.children.values()):
        plain = [one for one in siblings if _is_plain(one, tree) and one.span_id not in apart]
        counts = Counter(map(_kind, plain))
        for kind, count in counts.items():
            if count > MOST_ALIKE:
                group = tuple(one for one in plain if _kind(one) == kind)
                found[group[0].span_id] = group
    return found


def _is_plain(span: Span, tree: Tree) -> bool:
    return span.status != "error" and not tree.below(span)


def _kind(span: Span) -> tuple[str, str, bool]:
    return span.name, span.service, span.is_computed
