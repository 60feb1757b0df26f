"""How long the class waited for the machine's verdict, and where one answer stands in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Final

from django.core.cache import cache
from django.utils.translation import gettext as _

from exercises.models import Enrolment, GradingJob
from lms.observatory.traces.waterfall import SPACE, duration_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exercises.models import Exercise

NEWEST: Final = 1_000
KEPT_FROM: Final = 200
KEPT_S: Final = 30
LEAST_PEOPLE: Final = 5
# An outermost bin of one person would tell who was quickest or slowest to whoever asks around.
LEAST_AT_EDGE: Final = 2
EDGES_S: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300)
_HEIGHT: Final = 46
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar. x, y, height: in the drawing's units, a bar being 10 wide of 12."""

    label: str
    count: int
    is_hers: bool
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class ClassLatency:
    """lasted: this answer's own time in words, "" before its verdict. bins: empty while too few
    people have one. count: of the hand-ins that are drawn."""

    lasted: str
    bins: tuple[Bin, ...] = ()
    count: int = 0

    @property
    def hers(self) -> Bin | None:
        return next((one for one in self.bins if one.is_hers), None)

    @property
    def width(self) -> int:
        return 12 * len(self.bins)

    @property
    def least_people(self) -> int:
        return LEAST_PEOPLE


def class_latency(exercise: Exercise, job: GradingJob | None) -> ClassLatency:
    """Give the newest hand-ins' times from job to verdict, and where this job's is.

    One query; none while those of a large class are kept, KEPT_S at most.
    """
    own_s = _seconds(job) if job and job.state == GradingJob.State.DONE else None
    times = _times(exercise)
    words = duration_words(own_s * 1000) if own_s is not None else ""
    if len({person for _time, person in times}) < LEAST_PEOPLE:
        return ClassLatency(words)
    return ClassLatency(words, _bins(times, own_s), count=len(times))


def _times(exercise: Exercise) -> Sequence[tuple[float, int]]:
    """Give seconds and enrolment of each hand-in.

    Every receipt asks, and a large class's answer costs more than the rest of the page's queries
    together, while one hand-in more does not change its drawing.
    """
    key = f"class-latency-{exercise.pk}"
    kept: Sequence[tuple[float, int]] | None = cache.get(key)
    if kept is not None:
        return kept
    rows = (
        GradingJob.objects.filter(
            reason=GradingJob.Reason.SUBMIT,
            state=GradingJob.State.DONE,
            finished_at__isnull=False,
            submission__work_item__exercise=exercise,
            submission__work_item__enrolment__role=Enrolment.Role.STUDENT,
        )
        .order_by("-pk")
        .values_list("created_at", "finished_at", "submission__work_item__enrolment")[:NEWEST]
    )
    times = [((end - start).total_seconds(), person) for start, end, person in rows if end]
    if len(times) >= KEPT_FROM:
        cache.set(key, times, KEPT_S)
    return times


def _bins(times: Sequence[tuple[float, int]], own_s: float | None) -> tuple[Bin, ...]:
    inner = _inner_edges(times)
    counts = [0] * (len(inner) + 1)
    for seconds, _person in times:
        counts[bisect_right(inner, seconds)] += 1
    at = bisect_right(inner, own_s) if own_s is not None else None
    most = max(counts)
    heights = [max(1, round(count * _HEIGHT / most)) if count else 0 for count in counts]
    bounds = [_floor(times), *inner, _ceiling(times)]
    return tuple(
        Bin(_label(*pair), count, is_hers=i == at, x=12 * i + 1, y=_HEIGHT - height, height=height)
        for i, (pair, count, height) in enumerate(
            zip(pairwise(bounds), counts, heights, strict=True)
        )
    )


def _inner_edges(times: Sequence[tuple[float, int]]) -> list[float]:
    """Give the edges between bins: beyond the first and the last lie two people or more each."""
    edges = [float(edge) for edge in EDGES_S]
    while edges and _people(times, 0, edges[0]) < LEAST_AT_EDGE:
        del edges[0]
    while edges and _people(times, edges[-1], inf) < LEAST_AT_EDGE:
        del edges[-1]
    return edges


def _floor(times: Sequence[tuple[float, int]]) -> float | None:
    """Give an edge below all, None when it would tell how quick the one quickest person was."""
    i = bisect_right(EDGES_S, min(time for time, _person in times))
    if i in (0, len(EDGES_S)) or _people(times, 0, EDGES_S[i]) < LEAST_AT_EDGE:
        return None
    return EDGES_S[i - 1]


def _ceiling(times: Sequence[tuple[float, int]]) -> float | None:
    """Give an edge above all, as _floor."""
    i = bisect_right(EDGES_S, max(time for time, _person in times))
    if i in (0, len(EDGES_S)) or _people(times, EDGES_S[i - 1], inf) < LEAST_AT_EDGE:
        return None
    return EDGES_S[i]


def _people(times: Sequence[tuple[float, int]], least: float, most: float) -> int:
    return len({person for time, person in times if least <= time < most})


def _label(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return _("any time")
    if least is None:
        return _("under %s") % _edge(most or 0)
    if most is None:
        return _("%s or longer") % _edge(least)
    return _("%(least)s to %(most)s") % {"least": _edge(least), "most": _edge(most)}


def _seconds(job: GradingJob) -> float | None:
    return (job.finished_at - job.created_at).total_seconds() if job.finished_at else None


def _edge(seconds: float) -> str:
    """Write an edge, which has few digits, without idle zeros: 50 ms, 2 s, 5 min."""
    if seconds < 1:
        return f"{seconds * 1000:g}{SPACE}ms"
    if seconds < _MINUTE_S:
        return f"{seconds:g}{SPACE}s"
    return f"{seconds / _MINUTE_S:g}{SPACE}min"
