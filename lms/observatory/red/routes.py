"""Which of the site's routes boards treat apart; the site says so, the observatory knows none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Routes:
    """Address templates as metrics name them. student: what a class's board shows.

    hand_in: where answers come in, by POST; an error of ours there is bad for grading's objective.
    """

    student: frozenset[str]
    hand_in: str
