"""The grading objective: 99 % of hand-ins get the machine's verdict within 5 s, over 28 days.

Good is a verdict within the time. Bad is a later one, a hand-in whose grading was given up, and a
hand-in that the site answered with an error of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.red.tally import tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lms.observatory.red.window import Window
    from lms.observatory.samples import Minute

WITHIN_S: Final = 5.0
DAYS: Final = 28
ALLOWED: Final = 0.01
"""The share that may be bad: 1 less the goal."""
FAST_BURN: Final = 0.02 * DAYS * 24
"""Two percent of the budget within an hour: 13.44 times as fast as it may be spent."""
SLOW_BURN: Final = 0.05 * DAYS * 24 / 6
"""Five percent of it within six hours: 5.6 times."""


@dataclass(frozen=True, slots=True)
class Attained:
    """slow, given_up, refused: the three ways to be bad."""

    good: int = 0
    slow: int = 0
    given_up: int = 0
    refused: int = 0

    @property
    def bad(self) -> int:
        return self.slow + self.given_up + self.refused

    @property
    def total(self) -> int:
        return self.good + self.bad

    @property
    def share(self) -> float | None:
        return self.good / self.total if self.total else None

    @property
    def budget(self) -> float:
        """How many may be bad of so many."""
        return self.total * ALLOWED

    @property
    def left(self) -> float | None:
        """The share of the budget that is left; below 0 it is overspent."""
        return 1 - self.bad / self.budget if self.total else None

    @property
    def burn(self) -> float | None:
        """How many times as fast as allowed the budget is spent: 1 spends it in just 28 days."""
        return self.bad / self.budget if self.total else None


def attained(
    verdicts: Iterable[Minute], given_up: Iterable[Minute], refused: Iterable[Minute]
) -> Attained:
    """verdicts: of the delay's histogram; the others counts of what got none."""
    delays = tally(verdicts)
    good = delays.at_most(WITHIN_S)
    return Attained(
        good, delays.count - good, sum(one.count for one in given_up),
        sum(one.count for one in refused),
    )  # fmt: skip


def by_step(
    window: Window,
    verdicts: Sequence[Minute],
    given_up: Sequence[Minute],
    refused: Sequence[Minute],
) -> list[Attained]:
    """Give what was attained in each step of a window."""
    return [
        attained(*(_within(rows, window, begin) for rows in (verdicts, given_up, refused)))
        for begin in window.begins
    ]


def since(steps: Sequence[Attained], last: int) -> Attained:
    """Give the sum of the last steps."""
    some = steps[-last:]
    return Attained(
        *(
            sum(getattr(one, name) for one in some)
            for name in ("good", "slow", "given_up", "refused")
        )
    )


def budget_left_by_step(steps: Sequence[Attained]) -> list[float | None]:
    """Give the share of the whole time's budget that is left at the end of each step."""
    budget = since(steps, len(steps)).budget
    bad, left = 0, []
    for one in steps:
        bad += one.bad
        left.append(1 - bad / budget if budget else None)
    return left


def _within(rows: Sequence[Minute], window: Window, begin_ms: int) -> Iterator[Minute]:
    return (one for one in rows if begin_ms <= one.minute_ms < begin_ms + window.step_ms)
