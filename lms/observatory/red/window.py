"""The times that a board can show, each cut into steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINUTE_MS: Final = 60_000
# Minutes of the whole and of a step; the store has rows of lengths that fit these.
RANGES: Final = {
    "30m": (30, 1),
    "3h": (180, 5),
    "24h": (1440, 30),
    "7d": (10_080, 180),
    "28d": (40_320, 720),
}
USUAL_RANGE: Final = "3h"
MOST_SILENCE_MS: Final = 60_000
"""The collector says that it runs every few seconds; after so long without it does not."""

Runs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Window:
    """since_ms <= time < until_ms in whole steps, Unix milliseconds; now_ms is in the last one."""

    key: str
    since_ms: int
    until_ms: int
    step_ms: int
    now_ms: int

    @property
    def begins(self) -> range:
        return range(self.since_ms, self.until_ms, self.step_ms)

    def at(self, time_ms: int) -> int:
        """Give the step that holds a time."""
        return (time_ms - self.since_ms) // self.step_ms


def window_of(key: str, now_ms: int) -> Window:
    """Give the window of a key of RANGES that ends with the step of now."""
    whole, step = RANGES[key]
    return window_over(key, now_ms, whole * MINUTE_MS, step * MINUTE_MS)


def window_over(key: str, now_ms: int, length_ms: int, step_ms: int) -> Window:
    until_ms = now_ms // step_ms * step_ms + step_ms
    return Window(key, until_ms - length_ms, until_ms, step_ms, now_ms)


def runs_until(up_ns: Sequence[tuple[int, int]], now_ms: int) -> Runs:
    """Give when the collector ran, in milliseconds. up_ns: as StoreState.up.

    A run that was seen a moment ago goes on.
    """
    runs = [(since // 1_000_000, last // 1_000_000) for since, last in up_ns]
    if runs and now_ms - runs[-1][1] <= MOST_SILENCE_MS:
        runs[-1] = (runs[-1][0], max(runs[-1][1], now_ms))
    return runs


def looked_s(runs: Runs, since_ms: int, until_ms: int) -> float:
    """Give for how many seconds of a time the collector ran."""
    return sum(max(0, min(end, until_ms) - max(begin, since_ms)) for begin, end in runs) / 1000


def looked_by_step(runs: Runs, window: Window) -> list[float]:
    return [
        looked_s(runs, begin, min(begin + window.step_ms, window.now_ms)) for begin in window.begins
    ]


def silences(runs: Runs, window: Window) -> Runs:
    """Give when nobody looked, from the first run or the window's beginning on to now."""
    if not runs:
        return []
    edges = [(begin, end) for begin, end in runs if end > window.since_ms]
    found = _between(edges, max(window.since_ms, runs[0][0]), window.now_ms)
    return [(begin, end) for begin, end in found if end - begin > MOST_SILENCE_MS]


def _between(edges: Iterable[tuple[int, int]], since_ms: int, now_ms: int) -> Runs:
    found, at_ms = [], since_ms
    for begin, end in edges:
        if begin > at_ms:
            found.append((at_ms, begin))
        at_ms = max(at_ms, end)
    if at_ms < now_ms:
        found.append((at_ms, now_ms))
    return found
