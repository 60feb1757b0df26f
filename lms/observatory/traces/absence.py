"""What a trace does not show although something in it says that it should come.

Nothing is known about why a span is missing: it may not have happened, not have ended, or not have
arrived. So a page says what is missing and leaves the rest open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lms.observatory.records import Span
    from lms.observatory.traces.trees import Tree

SpanTest = Callable[["Span"], bool]


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a span `given` is there, one that is `expected` comes.

    where: below the given span, beside it (below the same parent, after it and before the next that
    is given), or anywhere in the trace. name: of what is expected.
    """

    name: str
    given: SpanTest
    expected: SpanTest
    where: Literal["below", "beside", "anywhere"] = "below"


@dataclass(frozen=True, slots=True)
class Absence:
    """What did not come, and the span that let it be expected."""

    expectation: Expectation
    after: Span


def absences(tree: Tree, expectations: Iterable[Expectation]) -> tuple[Absence, ...]:
    """Give what is missing, by the time of what let it be expected."""
    found = [
        Absence(expectation, span)
        for expectation in expectations
        for span, _ in tree.walk()
        if expectation.given(span)
        and not any(expectation.expected(one) for one in _where(expectation, span, tree))
    ]
    return tuple(sorted(found, key=lambda absence: absence.after.start_ns))


def _where(expectation: Expectation, span: Span, tree: Tree) -> Iterator[Span]:
    if expectation.where == "anywhere":
        yield from tree.spans.values()
    elif expectation.where == "beside":
        parent = tree.parent(span)
        siblings = tree.roots if parent is None else tree.below(parent)
        after = siblings[siblings.index(span) + 1 :]
        yield from takewhile(lambda one: not expectation.given(one), after)
    else:
        todo = list(tree.below(span))
        while todo:
            one = todo.pop()
            yield one
            todo += tree.below(one)
