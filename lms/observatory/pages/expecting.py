"""What our own traces should show, and the sentence for what they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.observatory.store.base import MOST_LINES, MOST_SPANS
from lms.observatory.traces.absence import Absence, Expectation, absences
from lms.observatory.traces.timing import gaps, starts_early
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lms.observatory.records import Span, Trace
    from lms.observatory.traces.trees import Tree

NS_PER_MS: Final = 1_000_000
SHORTEST_GAP_SHARE: Final = 0.01
COMMIT: Final = "COMMIT"
WORKER: Final = "worker"


def _is_begin(span: Span) -> bool:
    return span.name.upper().startswith("BEGIN") and "db.system.name" in span.attributes


def _is_commit(span: Span) -> bool:
    return span.name == COMMIT


def _is_published(span: Span) -> bool:
    return span.kind == "producer"


def _is_taken(span: Span) -> bool:
    return span.kind == "consumer"


EXPECTATIONS: Final = (
    Expectation(COMMIT, given=_is_begin, expected=_is_commit, where="beside"),
    Expectation(WORKER, given=_is_published, expected=_is_taken, where="below"),
)


def missing_words(trace: Trace, tree: Tree, *, line_count: int) -> tuple[str, ...]:
    """Say what is not in a trace: what should come, who is named and absent, idle times."""
    return tuple(_missing(trace, tree, line_count))


def _missing(trace: Trace, tree: Tree, line_count: int) -> Iterator[str]:
    if not trace.has_root:
        yield _(
            "The first span is not here. It is sent when its work ends: it may still run, be on "
            "its way, or be lost."
        )
    if tree.orphans:
        count = len(tree.orphans)
        yield ngettext(
            "%(count)d span names a parent that is not here; it is drawn at the edge.",
            "%(count)d spans name parents that are not here; they are drawn at the edge.",
            count,
        ) % {"count": count}
    for absence in absences(tree, EXPECTATIONS):
        yield _absent(absence)
    yield from _gaps(trace)
    yield from _clocks(tree)
    if trace.is_cut:
        yield _("There are more spans than the %(most)d that a page shows.") % {"most": MOST_SPANS}
    if line_count >= MOST_LINES:
        yield _("There may be more log lines than the newest %(most)d.") % {"most": MOST_LINES}


def _absent(absence: Absence) -> str:
    if absence.expectation.name == COMMIT:
        return _(
            "No COMMIT came after %(begin)s: the work ended before it and what it wrote was taken "
            "back, or the span is missing."
        ) % {"begin": absence.after.name}
    return _("No worker took up “%(name)s” yet, or its spans have not arrived.") % {
        "name": absence.after.name
    }


def _gaps(trace: Trace) -> Iterator[str]:
    start_ns = min(span.start_ns for span in trace.spans)
    total_ns = max(span.end_ns for span in trace.spans) - start_ns
    for since_ns, until_ns in gaps(trace.spans):
        if until_ns - since_ns >= total_ns * SHORTEST_GAP_SHARE:
            yield _(
                "For %(time)s no span ran, from %(since)s to %(until)s after the start: whatever "
                "happened then was not recorded, or nothing happened."
            ) % {
                "time": _words(until_ns - since_ns),
                "since": _words(since_ns - start_ns),
                "until": _words(until_ns - start_ns),
            }


def _clocks(tree: Tree) -> Iterator[str]:
    early = [span for span in tree.spans.values() if starts_early(span, tree)]
    if early:
        worst = max(early, key=lambda span: tree.parents[span.span_id].start_ns - span.start_ns)
        parent = tree.parents[worst.span_id]
        yield _(
            "“%(name)s” (%(service)s) starts %(time)s before its parent “%(parent)s” "
            "(%(parent_service)s): their clocks differ. Times stand as they were recorded."
        ) % {
            "name": worst.name,
            "service": worst.service,
            "time": _words(parent.start_ns - worst.start_ns),
            "parent": parent.name,
            "parent_service": parent.service,
        }


def _words(length_ns: int) -> str:
    return duration_words(length_ns / NS_PER_MS)
