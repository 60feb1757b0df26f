"""How often two judge the same, with what a sample of that size can say."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

# Below this many looks no share is shown: it would say more than they do.
ENOUGH = 5
_Z = 1.959964  # the normal distribution's 97.5th percentile, for an interval of 95 %


@dataclass(frozen=True, slots=True)
class Agreement:
    """agreed of decided looks; 0 <= agreed <= decided."""

    agreed: int
    decided: int

    @property
    def is_enough(self) -> bool:
        return self.decided >= ENOUGH

    @property
    def share(self) -> float:
        """The share that agreed, 0 to 1; 0 without a look."""
        return self.agreed / self.decided if self.decided else 0.0

    @property
    def low(self) -> float:
        return self._interval[0]

    @property
    def high(self) -> float:
        return self._interval[1]

    @property
    def _interval(self) -> tuple[float, float]:
        """Give the 95 % score interval (Wilson, 1927), each end 0 to 1; without a look 0 to 1."""
        if not self.decided:
            return 0.0, 1.0
        weight = _Z * _Z / self.decided
        centre = (self.share + weight / 2) / (1 + weight)
        spread = self.share * (1 - self.share) / self.decided + weight / (4 * self.decided)
        half = _Z * sqrt(spread) / (1 + weight)
        return max(0.0, centre - half), min(1.0, centre + half)
