"""How often something happened between two scrapes of a target, minute by minute.

A board that draws a day cannot go through a day's samples of all buckets of all routes: here the
growth is worked out once, when it comes in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from lms.observatory.samples import NAME, Minute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lms.observatory.samples import Labels
    from lms.observatory.store.metric_base import LastScrape

MINUTE_MS: Final = 60_000
LONGEST_SPREAD_MS: Final = 300_000
"""What grew within this time is laid over its minutes evenly; over a longer one nobody knows."""
HISTOGRAMS: Final = frozenset(
    {
        "celery_task_duration_seconds",
        "db_write_gate_wait_seconds",
        "django_db_query_duration_seconds",
        "grading_queue_wait_seconds",
        "grading_run_duration_seconds",
        "grading_verdict_delay_seconds",
        "http_server_request_duration_seconds",
        "regrade_slice_duration_seconds",
    }
)
COUNTERS: Final = frozenset(
    {
        "django_db_errors_total",
        "drafts_saved_total",
        "grading_hints_lost_total",
        "grading_jobs_given_up_total",
        "grading_jobs_graded_total",
        "grading_verdicts_missed_total",
        "hand_ins_total",
        "reviews_total",
        "telemetry_dropped_total",
    }
)
_BUCKET: Final = "_bucket"
_NOT_ITS_OWN: Final = frozenset({NAME, "job", "instance", "le"})


def minutes_between(
    before: LastScrape, now: Mapping[Labels, float], now_ms: int, *, is_whole: bool
) -> list[Minute]:
    """Give how much the site's counters and histograms grew, in whole events.

    A value below the earlier one began anew from 0. is_whole: `before` is all that the target
    showed then, so that a series it lacks was at 0; else such a series is left for next time.
    """
    grown = [*_counters(before.samples, now, is_whole), *_histograms(before.samples, now, is_whole)]
    return [
        part for minute in grown if minute.count for part in _spread(minute, before.time_ms, now_ms)
    ]


def _counters(
    before: Mapping[Labels, float],
    now: Mapping[Labels, float],
    is_whole: bool,  # noqa: FBT001
) -> Iterator[Minute]:
    for labels, value in now.items():
        name = _name(labels)
        if name in COUNTERS and (is_whole or labels in before):
            earlier = before.get(labels, 0.0)
            count = value - earlier if value >= earlier else value
            if math.isfinite(count):
                yield Minute(name, _own(labels), 0, count=round(count))


def _histograms(
    before: Mapping[Labels, float],
    now: Mapping[Labels, float],
    is_whole: bool,  # noqa: FBT001
) -> Iterator[Minute]:
    earlier = {(one.metric, one.labels, one.bounds): one for one in _read(before)}
    for one in _read(now):
        was = earlier.get((one.metric, one.labels, one.bounds))
        if was is None:
            if is_whole:
                yield one
        elif any(after < count for after, count in zip(one.buckets, was.buckets, strict=True)):
            yield one
        else:
            yield _less(one, was)


def _read(samples: Mapping[Labels, float]) -> Iterator[Minute]:
    """Give each histogram as it stands: its buckets, not cumulated."""
    buckets: dict[tuple[str, Labels, Labels], list[tuple[float, float]]] = defaultdict(list)
    for labels, value in samples.items():
        name = _name(labels)
        if name.endswith(_BUCKET) and name.removesuffix(_BUCKET) in HISTOGRAMS:
            bound = float(dict(labels)["le"])
            whole = tuple(pair for pair in labels if pair[0] not in {NAME, "le"})
            buckets[name.removesuffix(_BUCKET), whole, _own(labels)].append((bound, value))
    for (name, whole, own), found in buckets.items():
        found.sort()
        total = samples.get(tuple(sorted((*whole, (NAME, f"{name}_sum")))), 0.0)
        yield _histogram(name, own, total, found)


def _histogram(
    name: str, labels: Labels, total: float, cumulated: Sequence[tuple[float, float]]
) -> Minute:
    counts, so_far = [], 0.0
    for _, count in cumulated:
        counts.append(round(max(count - so_far, 0.0)))
        so_far = max(count, so_far)
    return Minute(
        name, labels, 0, count=sum(counts), total=total,
        bounds=tuple(bound for bound, _ in cumulated), buckets=tuple(counts),
    )  # fmt: skip


def _less(one: Minute, was: Minute) -> Minute:
    buckets = tuple(after - count for after, count in zip(one.buckets, was.buckets, strict=True))
    total = max(one.total - was.total, 0.0)
    return _with(one, buckets, total=total)


def _spread(minute: Minute, since_ms: int, until_ms: int) -> Iterator[Minute]:
    """Lay what happened in since_ms < time <= until_ms over its minutes, in whole events."""
    first = since_ms // MINUTE_MS * MINUTE_MS
    edges = [*range(first + MINUTE_MS, until_ms, MINUTE_MS), until_ms]
    if until_ms - since_ms > LONGEST_SPREAD_MS:
        yield _with(minute, minute.buckets, total=minute.total, at=first, minutes=len(edges))
        return
    given, counted = [0] * len(minute.buckets), 0
    for at, edge in enumerate(edges):
        share = (edge - since_ms) / (until_ms - since_ms)
        upto, count = [int(number * share) for number in minute.buckets], int(minute.count * share)
        part = tuple(now - before for now, before in zip(upto, given, strict=True))
        part_count = sum(part) if part else count - counted
        given, counted = upto, count
        if part_count:
            yield _with(
                minute, part, count=part_count, at=first + at * MINUTE_MS,
                total=minute.total * part_count / minute.count,
            )  # fmt: skip


def _with(
    minute: Minute, buckets: tuple[int, ...], *, total: float,
    count: int | None = None, at: int = 0, minutes: int = 1,
) -> Minute:  # fmt: skip
    if count is None:
        count = sum(buckets) if buckets else minute.count
    return Minute(
        minute.metric, minute.labels, at, count=count, total=total,
        bounds=minute.bounds, buckets=buckets, minutes=minutes,
    )  # fmt: skip


def _name(labels: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in labels if name == NAME), "")


def _own(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in _NOT_ITS_OWN)
