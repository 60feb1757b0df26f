"""Charts as shapes of an SVG, one way for all: no text in it, which stands around it.

A chart is 1000 units wide and 100 high and stretches; every one has a sentence and a table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.observatory.red.rows import Row, Step
    from lms.observatory.red.tally import Estimate

WIDTH: Final = 1000
HEIGHT: Final = 100
_FILLED: Final = 0.86
# The log scale of durations: from 1 ms to 10 s, the last bound of a request's buckets.
_LOW_S, _DECADES = 0.001, 4
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle, or a path when `path` is given. kind: ok, failed, late, gap or line."""

    kind: str
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """says: its finding in words. ys: labels from top to bottom, xs: from left to right.

    head, table: the same numbers as a table.
    """

    says: str
    shapes: tuple[Shape, ...]
    ys: tuple[str, ...]
    xs: tuple[str, ...]
    head: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Spark:
    """Counts step by step, failures in another colour. width: in the drawing's units."""

    width: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class RangeLine:
    """p50, p95, p99 on the log scale, in percent of its width; between: the length of the line."""

    p50: str
    p95: str
    p99: str
    between: str
    says: str


def columns(steps: Sequence[Step], top: float) -> tuple[Shape, ...]:
    """Draw counts per second: failures below, times in which nobody looked as gaps."""
    wide = WIDTH / len(steps)
    shapes = [*gaps([step.is_gap for step in steps])]
    for at, step in enumerate(steps):
        x, width = at * wide + wide * (1 - _FILLED) / 2, wide * _FILLED
        rate = step.rate or 0.0
        failed = rate * step.failed / step.count if step.count else 0.0
        # Failures on the ground, where a small part of a tall column can still be seen.
        failed_high, rest_high = _high(failed, top), _high(rate - failed, top)
        rest_y = max(0.0, HEIGHT - failed_high - rest_high)
        if rest_high:
            kind = "late" if step.is_late else "ok"
            shapes.append(_rect(kind, x, rest_y, width, HEIGHT - failed_high - rest_y))
        if failed_high:
            shapes.append(_rect("failed", x, HEIGHT - failed_high, width, failed_high))
    return tuple(shapes)


def line(values: Sequence[float | None], top: float, *, low: float = 0.0) -> Shape:
    """Draw values at the middle of their steps; a missing one breaks the line."""
    wide = WIDTH / max(len(values), 1)
    known = [value if value is not None and math.isfinite(value) else None for value in values]
    parts = []
    for at, value in enumerate(known):
        if value is None:
            continue
        share = (value - low) / (top - low) if top > low else 0.0
        y = HEIGHT - max(0.0, min(1.0, share)) * HEIGHT
        x = (at + 0.5) * wide
        if at and known[at - 1] is not None:
            parts.append(f"L{x:.1f} {y:.1f}")
        elif at + 1 < len(known) and known[at + 1] is not None:
            parts.append(f"M{x:.1f} {y:.1f}")
        else:  # alone between gaps, as long as its step so that it is seen
            parts.append(f"M{x - wide / 2:.1f} {y:.1f}h{wide:.1f}")
    return Shape("line", path="".join(parts))


def gaps(are: Sequence[bool]) -> tuple[Shape, ...]:
    """Draw neighbouring gaps as one."""
    wide = WIDTH / max(len(are), 1)
    shapes, at = [], 0
    for is_gap, group in groupby(are):
        count = len(list(group))
        if is_gap:
            shapes.append(_rect("gap", at * wide, 0, count * wide, HEIGHT))
        at += count
    return tuple(shapes)


def spark_of(row: Row) -> Spark:
    """Draw a row's counts step by step, as high as its own busiest step."""
    top = max((step.rate or 0.0 for step in row.steps), default=0.0) or 1.0
    return Spark(WIDTH, columns(row.steps, top))


def top_of(values: Sequence[float | None]) -> float:
    """Give the next round number above all: 1, 2, 2.5 or 5 times a power of ten."""
    most = max((value for value in values if value is not None and math.isfinite(value)), default=0)
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(nice * power for nice in _NICE if nice * power >= most * (1 - 1e-9))


def place_of(seconds: float) -> float:
    """Give a duration's place on the log scale, 0 to 100."""
    if seconds <= _LOW_S:
        return 0.0
    return min(100.0, math.log10(seconds / _LOW_S) / _DECADES * 100)


def range_line(p50: Estimate, p95: Estimate, p99: Estimate, says: str) -> RangeLine:
    first, middle, last = (place_of(one.seconds) for one in (p50, p95, p99))
    return RangeLine(f"{first:.1f}", f"{middle:.1f}", f"{last:.1f}", f"{last - first:.1f}", says)


def _high(value: float, top: float) -> float:
    """Give a height; what is there is never too small to be seen."""
    return max(2.0, min(1.0, value / top) * HEIGHT) if value > 0 else 0.0


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Shape:  # noqa: PLR0917
    return Shape(kind, f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{height:.1f}")
