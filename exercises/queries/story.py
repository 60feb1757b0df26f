"""A submission's trace told in words: where its time went, and which tries came to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.traces.critical import critical_path
from lms.observatory.traces.places import is_wait, place_of
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lms.observatory.records import Span, Trace

GRADED: Final = "grade submission"
LOST: Final = "lost try"
_GIVEN_UP: Final = "give up grading"
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """What part of the whole time went where. of: waiting, database, grading, lost or site."""

    of: str
    percent: int
    lasted: str


@dataclass(frozen=True, slots=True)
class Try:
    """A try that brought no grade. how: lost, late (lost, and reported after all) or failed.

    lasted: the try itself, waited: from its end to the next try, "" when there was none.
    """

    number: int
    how: str
    lasted: str
    waited: str


def lasted(trace: Trace) -> str:
    """Give how long the whole took, in words."""
    return _words(_whole_ns(trace.spans))


def shares_of(trace: Trace) -> tuple[Share, ...]:
    """Give where the time on the critical path went, the largest first; nothing of no time.

    What no span covers counts as the site's own: handing over, starting, drawing the reply.
    """
    whole = _whole_ns(trace.spans)
    spent = dict.fromkeys(("waiting", "database", "grading", "lost"), 0)
    for segment in critical_path(trace.spans):
        kind = _kind_of(segment.span)
        if kind in spent:
            spent[kind] += segment.duration_ns
    spent["site"] = whole - sum(spent.values())
    shares = [
        Share(of=kind, percent=round(ns * 100 / whole), lasted=_words(ns))
        for kind, ns in spent.items()
        if whole and ns > 0
    ]
    return tuple(sorted(shares, key=lambda share: share.percent, reverse=True))


def tries_of(trace: Trace) -> tuple[Try, ...]:
    """Give the tries before the last, and the last one too if it was lost, by number."""
    lost = {_try_number(span): span for span in trace.spans if span.name == LOST}
    ran = {_try_number(span): span for span in trace.spans if span.name == GRADED}
    last = max([*lost, *ran], default=0)
    found = []
    for number in sorted({*lost, *(number for number in ran if number < last)}):
        span = lost.get(number) or ran[number]
        how = "failed" if number not in lost else "late" if number in ran else "lost"
        after = ran.get(number + 1)
        waited = after.start_ns - span.end_ns if after else 0
        found.append(
            Try(number, how, _words(span.duration_ns), _words(waited) if waited > 0 else "")
        )
    return tuple(found)


def tells_end(trace: Trace, tries: int) -> bool:
    """Claim that the try which ended the job is in the trace. tries: of the job."""
    return any(
        span.name in (GRADED, _GIVEN_UP) and _try_number(span) == tries for span in trace.spans
    )


def _kind_of(span: Span) -> str:
    if is_wait(span):
        return "waiting"
    if span.name == LOST:
        return "lost"
    return {"db": "database", "grader": "grading"}.get(place_of(span).hue, "site")


def _try_number(span: Span) -> int:
    number = span.attributes.get("watchers.try_number")
    return number if isinstance(number, int) else 0


def _whole_ns(spans: Sequence[Span] | Iterable[Span]) -> int:
    known = list(spans)
    if not known:
        return 0
    return max(span.end_ns for span in known) - min(span.start_ns for span in known)


def _words(ns: int) -> str:
    return duration_words(ns / _NS_PER_MS)
