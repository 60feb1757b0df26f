"""Rate, errors and duration of each label set, over a window and step by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lms.observatory.red.tally import Tally, tally
from lms.observatory.red.window import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from lms.observatory.red.window import Window
    from lms.observatory.samples import Labels, Minute


@dataclass(frozen=True, slots=True)
class Step:
    """looked_s: for how long of it somebody looked; 0 is a gap, and a count of 0 then says nothing.

    failed: how many of the count. is_late: some of it may have happened in a step beside it, since
    it was counted after a time in which nobody looked.
    """

    begin_ms: int
    count: int
    failed: int
    looked_s: float
    is_late: bool = False

    @property
    def rate(self) -> float | None:
        return self.count / self.looked_s if self.looked_s > 0 else None

    @property
    def is_gap(self) -> bool:
        return self.looked_s <= 0


@dataclass(frozen=True, slots=True)
class Row:
    """late: how many of the count grew while nobody looked; the rate leaves them out.

    ok, failed: durations apart. steps: all of the window.
    """

    labels: Labels
    ok: Tally
    failed: Tally
    late: int
    looked_s: float
    steps: tuple[Step, ...]

    @property
    def count(self) -> int:
        return self.ok.count + self.failed.count

    @property
    def rate(self) -> float | None:
        return (self.count - self.late) / self.looked_s if self.looked_s > 0 else None

    @property
    def error_ratio(self) -> float | None:
        return self.failed.count / self.count if self.count else None

    def label(self, name: str) -> str:
        return dict(self.labels).get(name, "")


def rows_of(
    minutes: Iterable[Minute],
    window: Window,
    looked: Sequence[float],
    *,
    by: Collection[str],
    is_failure: Callable[[Labels], bool] = lambda _labels: False,
) -> list[Row]:
    """Give a row for each set of these labels, busiest first. looked: seconds of each step."""
    groups: dict[Labels, list[Minute]] = defaultdict(list)
    for one in minutes:
        groups[tuple(pair for pair in one.labels if pair[0] in by)].append(one)
    rows = [
        _row(labels, found, window, looked, is_failure=is_failure)
        for labels, found in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.labels))


def whole(rows: Iterable[Row], window: Window, looked: Sequence[float]) -> Row:
    """Give all rows as one, step by step; durations are left out."""
    held = list(rows)
    steps = [Step(begin, 0, 0, span_s) for begin, span_s in zip(window.begins, looked, strict=True)]
    if held:
        steps = [_together(column) for column in zip(*(row.steps for row in held), strict=True)]
    return Row(
        (), Tally(sum(row.ok.count for row in held)), Tally(sum(row.failed.count for row in held)),
        sum(row.late for row in held), sum(looked), tuple(steps),
    )  # fmt: skip


def _together(column: Sequence[Step]) -> Step:
    return Step(
        column[0].begin_ms, sum(step.count for step in column),
        sum(step.failed for step in column), column[0].looked_s,
        is_late=any(step.is_late for step in column),
    )  # fmt: skip


def _row(
    labels: Labels,
    found: Sequence[Minute],
    window: Window,
    looked: Sequence[float],
    *,
    is_failure: Callable[[Labels], bool],
) -> Row:
    failed = [one for one in found if is_failure(one.labels)]
    ok = [one for one in found if not is_failure(one.labels)]
    return Row(
        labels, tally(ok), tally(failed),
        late=sum(one.count for one in found if one.minutes > 1),
        looked_s=sum(looked),
        steps=steps_of(found, window, looked, is_failure),
    )  # fmt: skip


def steps_of(
    found: Iterable[Minute],
    window: Window,
    looked: Sequence[float],
    is_failure: Callable[[Labels], bool] = lambda _labels: False,
) -> tuple[Step, ...]:
    """Give the counts step by step; what grew while nobody looked stands where it begins."""
    counts, failures = [0] * len(looked), [0] * len(looked)
    late = set()
    for one in found:
        at = window.at(one.minute_ms)
        counts[at] += one.count
        failures[at] += one.count if is_failure(one.labels) else 0
        if window.at(one.minute_ms + (one.minutes - 1) * MINUTE_MS) != at:
            late.add(at)
    return tuple(
        Step(begin, counts[at], failures[at], looked[at], at in late)
        for at, begin in enumerate(window.begins)
    )
