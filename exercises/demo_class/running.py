"""Many students at once, for a time and at a rate; ends cleanly when asked to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from exercises.demo_class.walking import Stopped, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exercises.demo_class.client import Exchange
    from exercises.demo_class.walking import Student

STUDENTS_MAX: Final = 500
_LEAVES_WITHIN_S: Final = 65.0
_SERVER_ERROR: Final = 500
# What a student's own doing explains: refused texts, a used key, too fast.
EXPECTED: Final = frozenset({200, 302, 409, 422, 429})


@dataclass(frozen=True, slots=True)
class Load:
    """seconds: how long. rate: hand-ins a second in all, 0 for no limit. think_s: mean pause."""

    seconds: float
    rate: float
    think_s: float = 4.0
    good: float = 0.5


class Tally:
    """Every exchange of a run, from all threads."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)  # atomic in CPython

    @property
    def statuses(self) -> Counter[int]:
        return Counter(one.status for one in self._exchanges)

    @property
    def failures(self) -> Counter[tuple[str, int]]:
        """Exchanges that no student could explain, by step and status (0: no answer came)."""
        return Counter(
            (one.step, one.status) for one in self._exchanges if one.status not in EXPECTED
        )

    def steps(self) -> list[str]:
        return sorted({one.step for one in self._exchanges})

    def seconds(self, step: str, *, statuses: frozenset[int] = EXPECTED) -> list[float]:
        """Give how long each exchange of a step took, shortest first."""
        return sorted(
            one.seconds for one in self._exchanges if one.step == step and one.status in statuses
        )

    def queries(self, step: str) -> list[int]:
        return sorted(
            one.queries for one in self._exchanges if one.step == step and one.queries >= 0
        )


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Give the nearest-rank percentile of values in ascending order; 0.0 of none."""
    if not sorted_values:
        return 0.0
    return sorted_values[max(ceil(share * len(sorted_values)) - 1, 0)]


class Run:
    """A Clock that all students of a run share."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._over = threading.Event()
        self._until = time.monotonic() + load.seconds
        self._mutex = threading.Lock()
        self._next_turn = time.monotonic()

    def think(self, seconds: float) -> None:
        left = self._until - time.monotonic()
        if left <= 0 or self._over.wait(min(seconds, left)) or self._is_over:
            raise Stopped

    def take_turn(self) -> None:
        if not self._load.rate:
            return self.think(0)
        with self._mutex:
            now = time.monotonic()
            turn = max(self._next_turn, now)
            self._next_turn = turn + 1 / self._load.rate
        return self.think(turn - now)

    def stop(self) -> None:
        self._over.set()

    @property
    def _is_over(self) -> bool:
        return self._over.is_set() or time.monotonic() >= self._until


def run(students: Iterable[Student], load: Load, *, say: Callable[[str], None]) -> bool:
    """Let the students walk until the time is over or Ctrl-C; give whether it went to the end."""
    clock = Run(load)
    threads = [
        threading.Thread(target=_live, args=(student, clock, load), daemon=True)
        for student in students
    ]
    for thread in threads:
        thread.start()
    is_whole = True
    try:
        _join(threads, until=time.monotonic() + load.seconds + _LEAVES_WITHIN_S)
    except KeyboardInterrupt:
        is_whole = False
        say("Stopping: the students finish what they asked for.")
        clock.stop()
        _join(threads, until=time.monotonic() + _LEAVES_WITHIN_S)
    return is_whole


def _live(student: Student, clock: Run, load: Load) -> None:
    try:
        # They do not come in step: each begins somewhere within the first pause.
        clock.think(student.chance.uniform(0, load.think_s))
        walk(student, clock, think_s=load.think_s, good=load.good)
    except Stopped:
        pass
    finally:
        student.browser.close()


def _join(threads: Iterable[threading.Thread], *, until: float) -> None:
    for thread in threads:
        while thread.is_alive() and time.monotonic() < until:
            thread.join(0.2)


def summary(tally: Tally, students: Sequence[Student]) -> list[str]:
    """Give the lines that a run ends with."""
    counts = ", ".join(f"{status or 'none'}: {n}" for status, n in sorted(tally.statuses.items()))
    handed_in = sum(len(student.receipts) for student in students)
    graded = sum(student.seen for student in students)
    lines = [
        f"requests by status   {counts or 'no request'}",
        f"hand-ins             {handed_in}, of which {graded} were seen graded",
        "milliseconds         p50     p95     p99",
    ]
    for step in tally.steps():
        seconds = tally.seconds(step)
        marks = "".join(f"{percentile(seconds, p) * 1000:8.0f}" for p in (0.5, 0.95, 0.99))
        lines.append(f"  {step:<16}{marks}   of {len(seconds)}")
    failures = [f"{step} {status or 'no answer'}: {n}"
                for (step, status), n in sorted(tally.failures.items())]  # fmt: skip
    lines.append(f"failures             {', '.join(failures) or 'none'}")
    return lines
