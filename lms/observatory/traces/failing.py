"""Where an error began, apart from the spans that failed only because a child did."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lms.observatory.records import Span
    from lms.observatory.traces.trees import Tree


def error_origins(tree: Tree) -> frozenset[str]:
    """Give the ids of failed spans whose error did not come up from a child.

    An error comes up from a direct child that failed and had ended when the span ended; a child
    that went on after its parent cannot have been the cause. A span that failed by itself after a
    child's handled failure is not told apart: nothing that OpenTelemetry records says which it was.
    """
    return frozenset(
        span.span_id
        for span in tree.spans.values()
        if span.status == "error" and not any(_came_up(child, span) for child in tree.below(span))
    )


def _came_up(child: Span, parent: Span) -> bool:
    return child.status == "error" and child.end_ns <= parent.end_ns
