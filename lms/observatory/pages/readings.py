"""All that an overview reads from the stores: a number of reads that does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lms.observatory.exemplars import REQUESTS, TASKS
from lms.observatory.promql.evaluating import Grid, instant
from lms.observatory.records import SITE
from lms.observatory.red.objective import DAYS, Attained, by_step
from lms.observatory.red.window import (
    MINUTE_MS,
    Window,
    looked_by_step,
    runs_until,
    window_over,
)
from lms.observatory.samples import NAME
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import Matcher

if TYPE_CHECKING:
    from lms.observatory.records import StoreState
    from lms.observatory.red.routes import Routes
    from lms.observatory.red.window import Runs
    from lms.observatory.samples import Labels, Minute
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MetricStore, MinuteStore

VERDICTS: Final = "grading_verdict_delay_seconds"
MISSED: Final = "grading_verdicts_missed_total"
QUEUE_WAITS: Final = "grading_queue_wait_seconds"
OLDEST: Final = "grading_oldest_due_job_age_seconds"
GATE: Final = "db_write_gate_wait_seconds"
STATEMENTS: Final = "django_db_query_duration_seconds"
DB_ERRORS: Final = "django_db_errors_total"
MONTH: Final = (DAYS * 1440 * MINUTE_MS, 1440 * MINUTE_MS)
SIX_HOURS: Final = (360 * MINUTE_MS, 15 * MINUTE_MS)
MOMENTS: Final = (10 * MINUTE_MS, 5 * MINUTE_MS)
LOOKBACK_MS: Final = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Present:
    """What the newest samples say. up: by process, 1 or 0. oldest_s: of due jobs, None unknown.

    trouble: why it could not be read, "" when it could.
    """

    up: dict[str, float] = field(default_factory=dict)
    oldest_s: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """What was attained of grading's objective: step by step of a window."""

    window: Window
    steps: list[Attained]


@dataclass(frozen=True, slots=True)
class Readings:
    """rows: of the window, by metric. recent: requests of the last five to ten minutes, for what
    is true now. moments: their window."""

    window: Window
    state: StoreState
    runs: Runs
    looked: list[float]
    rows: dict[str, list[Minute]]
    graded: Graded
    month: Graded
    six: Graded
    recent: list[Minute]
    moments: Window
    present: Present


class Reading:
    """Reads for one page. Each metric and window is read once."""

    def __init__(self, minutes: MinuteStore, metrics: MetricStore, routes: Routes) -> None:
        self._minutes, self._metrics, self._routes = minutes, metrics, routes
        self._known: dict[tuple[str, int, int], list[Minute]] = {}

    @property
    def hand_in(self) -> str:
        return self._routes.hand_in

    def all(self, store: Reader, window: Window) -> Readings:
        state = store.state()
        runs = runs_until(state.up, window.now_ms)
        month = window_over("28d", window.now_ms, *MONTH)
        six = window_over("6h", window.now_ms, *SIX_HOURS)
        moments = window_over("10m", window.now_ms, *MOMENTS)
        return Readings(
            window=window,
            state=state,
            runs=runs,
            looked=looked_by_step(runs, window),
            rows={
                name: self.rows(name, window)
                for name in (REQUESTS, TASKS, GATE, STATEMENTS, DB_ERRORS, QUEUE_WAITS)
            },
            graded=self._graded(window),
            month=self._graded(month),
            six=self._graded(six),
            recent=self.rows(REQUESTS, moments),
            moments=moments,
            present=self.present(window.now_ms),
        )

    def rows(self, metric: str, window: Window) -> list[Minute]:
        key = (metric, window.since_ms, window.step_ms)
        if key not in self._known:
            self._known[key] = self._minutes.minutes(
                SITE, metric,
                t0_ms=window.since_ms, t1_ms=window.until_ms, step_ms=window.step_ms,
            )  # fmt: skip
        return self._known[key]

    def present(self, now_ms: int) -> Present:
        """Give what the newest samples say; a server that does not answer hides nothing else."""
        wanted = [Matcher(NAME, "=~", f"up|{OLDEST}")]
        grid = Grid.at(now_ms)
        try:
            found = self._metrics.select(SITE, wanted, grid.since_ms(LOOKBACK_MS), now_ms)
        except StoreUnavailable as trouble:
            return Present(trouble=str(trouble))
        up: dict[str, float] = {}
        oldest = None
        for row in instant(found, grid):
            labels, value = dict(row.labels), row.values[0]
            if value is None:
                continue
            if labels[NAME] == "up":
                job = labels.get("job", "")
                up[job] = min(up.get(job, 1.0), value)
            else:
                oldest = value if oldest is None else max(oldest, value)
        return Present(up, oldest)

    def _graded(self, window: Window) -> Graded:
        refused = [one for one in self.rows(REQUESTS, window) if self._is_refused(one.labels)]
        return Graded(
            window,
            by_step(window, self.rows(VERDICTS, window), self.rows(MISSED, window), refused),
        )

    def _is_refused(self, labels: Labels) -> bool:
        held = dict(labels)
        return (
            held.get("route") == self._routes.hand_in
            and held.get("method") == "POST"
            and is_failed_request(labels)
        )


def is_failed_request(labels: Labels) -> bool:
    """Claim that the site answered with an error of its own."""
    return ("status_class", "5xx") in labels


def is_failed_task(labels: Labels) -> bool:
    return ("outcome", "failure") in labels
