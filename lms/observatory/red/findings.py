"""What is wrong now, and what was wrong in a window: facts, which a page puts into words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal

from lms.observatory.red.objective import FAST_BURN, SLOW_BURN
from lms.observatory.red.window import silences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lms.observatory.red.objective import Attained
    from lms.observatory.red.rows import Row, Step
    from lms.observatory.red.window import Runs, Window

LEAST_RATIO: Final = 0.01
"""Of failed requests in a step, below which a board does not speak of them in its sentence."""
LONGEST_WAIT_S: Final = 5.0
"""Of the oldest due job."""
MOST_SAID: Final = 3

Kind = Literal["silent", "down", "errors", "waiting", "burning", "slow"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is or was wrong. part, of: 3 of 120. where: a route or a process.

    value: seconds waited, or times the budget's pace.
    """

    kind: Kind
    since_ms: int
    until_ms: int = 0
    part: int = 0
    of: int = 0
    where: str = ""
    value: float = 0.0


def wrong_now(
    *,
    window: Window,
    runs: Runs,
    up: Mapping[str, float],
    recent: Sequence[tuple[str, Step]],
    oldest_wait_s: float | None,
    last_hour: Attained,
    last_six: Attained,
) -> list[Finding]:
    """Give what is wrong now, worst first. recent: the newest steps of each route."""
    now_ms = window.now_ms
    if runs and runs[-1][1] < now_ms:
        return [Finding("silent", runs[-1][1], now_ms)]
    found = [Finding("down", now_ms, where=job) for job, value in sorted(up.items()) if not value]
    count, failed = (sum(getattr(step, name) for _, step in recent) for name in ("count", "failed"))
    if count and failed / count >= LEAST_RATIO:
        worst = max(recent, key=lambda one: one[1].failed)
        since_ms = min(step.begin_ms for _, step in recent)
        found.append(Finding("errors", since_ms, now_ms, failed, count, worst[0]))
    if oldest_wait_s is not None and oldest_wait_s > LONGEST_WAIT_S:
        found.append(Finding("waiting", now_ms, value=oldest_wait_s))
    for hours, attained, limit in ((1, last_hour, FAST_BURN), (6, last_six, SLOW_BURN)):
        if attained.burn is not None and attained.burn >= limit:
            since_ms = now_ms - hours * 3_600_000
            found.append(
                Finding("burning", since_ms, now_ms, attained.bad, attained.total,
                        value=attained.burn)
            )  # fmt: skip
            break
    return found


def was_wrong(
    *, window: Window, runs: Runs, requests: Row, verdicts: Sequence[Attained]
) -> list[Finding]:
    """Give what was wrong in a window, newest first: no records, errors, slow grading."""
    found = [Finding("silent", begin, end) for begin, end in silences(runs, window)]
    found += _stretches("errors", window, [(step.failed, step.count) for step in requests.steps])
    found += _stretches("slow", window, [(one.bad, one.total) for one in verdicts])
    return sorted(found, key=lambda one: -one.until_ms)


def _stretches(kind: Kind, window: Window, parts: Iterable[tuple[int, int]]) -> list[Finding]:
    """Join neighbouring steps of which too large a part was bad."""
    steps = zip(window.begins, parts, strict=True)
    found = []
    for is_bad, group in groupby(steps, key=lambda one: one[1][0] > one[1][1] * LEAST_RATIO):
        if is_bad:
            together = list(group)
            until_ms = min(together[-1][0] + window.step_ms, window.now_ms)
            found.append(
                Finding(
                    kind,
                    together[0][0],
                    until_ms,
                    part=sum(counts[0] for _, counts in together),
                    of=sum(counts[1] for _, counts in together),
                )
            )
    return found
