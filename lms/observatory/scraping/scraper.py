"""Scrapes the targets at their times, as Prometheus does.

Each scrape also says whether the target answered (`up`), how long it took and how many samples it
showed. Series that a target no longer shows get a marker of their end, all of them when it does not
answer. Source: prometheus/scrape/scrape.go.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lms.observatory.records import SITE, Drop
from lms.observatory.samples import NAME, STALE, Metadata, Scrape, labels_of
from lms.observatory.scraping.counting import minutes_between
from lms.observatory.scraping.fetching import FetchFailed, Page, fetch
from lms.observatory.scraping.parsing import Parsed, parse
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.metric_base import LastScrape
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lms.observatory.samples import Labels, Minute
    from lms.observatory.scraping.target import Target
    from lms.observatory.store.metric_base import MetricKeeper

log = get_logger(__name__)
# A scrape that began this share of the interval late still bears the time it was meant for: times
# at equal distances take no space. Prometheus allows 2 ms, which a thread of Python rarely keeps.
_LATE: Final = 0.01
_LONGEST_TIMEOUT_S: Final = 10.0
_WAKES_EVERY_S: Final = 0.25
_DROPS_NOTED_EVERY_MS: Final = 60_000
REPORTS: Final = (
    Metadata("up", "gauge", "1 where the target's metrics could be read, else 0."),
    Metadata("scrape_duration_seconds", "gauge", "Time that the scrape took.", "seconds"),
    Metadata("scrape_samples_scraped", "gauge", "How many samples the target showed."),
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of asking a target. time_ms: of the samples."""

    time_ms: int
    took_s: float
    page: Page | None
    reason: str = ""


@dataclass(slots=True)
class _Watch:
    """What is known of a target from earlier scrapes."""

    target: Target
    alive: set[Labels] = field(default_factory=set)
    counted: LastScrape | None = None
    is_whole: bool = False
    is_up: bool = True


class Scraper:
    """Asks all targets at once, each in a thread; parses and stores in the thread that runs it.

    keeper: used from that thread alone. note_drops: told what was not stored, at most once a minute
    for each reason. interval_s: between two scrapes of a target. patience_s: for so long nothing is
    said of a target that has not answered yet: it may be starting, as this process is.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        keeper: MetricKeeper,
        *,
        note_drops: Callable[[Sequence[Drop]], None],
        interval_s: float = 15.0,
        timeout_s: float | None = None,
        patience_s: float = 0.0,
        tenant: str = SITE,
    ) -> None:
        self._keeper = keeper
        self._note_drops = note_drops
        self._interval_ms = round(interval_s * 1000)
        self._timeout_s = timeout_s or min(interval_s, _LONGEST_TIMEOUT_S)
        self._patient_until = time.monotonic() + patience_s
        self._tenant = tenant
        self._watches = [self._restored(target) for target in targets]
        self._refused: dict[str, int] = {}
        self._refused_since_ms = 0
        self._answers: queue.SimpleQueue[tuple[_Watch, _Answer]] = queue.SimpleQueue()

    def scrape_once(self, now_ms: int) -> None:
        """Scrape every target now, and store it."""
        for watch in self._watches:
            self._send(watch, now_ms)
        for _ in self._watches:
            self._take(*self._answers.get(timeout=self._timeout_s + _LONGEST_TIMEOUT_S))
        self._tell_drops(now_ms, at_once=True)

    def run(self, stop: threading.Event) -> None:
        """Scrape until asked to stop; a target that hangs keeps none of the others waiting."""
        due_ms = [self._next_ms(watch.target) for watch in self._watches]
        while not stop.is_set():
            for at, watch in enumerate(self._watches):
                late_ms = _now_ms() - due_ms[at]
                if late_ms >= 0:
                    is_late = late_ms > self._interval_ms * _LATE
                    self._send(watch, due_ms[at] + (late_ms if is_late else 0))
                    due_ms[at] = self._next_ms(watch.target)
            self._take_one(until_ms=min(due_ms, default=_now_ms() + self._interval_ms))
            self._tell_drops(_now_ms(), at_once=False)
        self._tell_drops(_now_ms(), at_once=True)

    def _take_one(self, *, until_ms: int) -> None:
        """Store an answer if one comes before the time, or within a quarter of a second."""
        wait_s = min(max(until_ms - _now_ms(), 0) / 1000, _WAKES_EVERY_S)
        try:
            answer = self._answers.get(timeout=wait_s)
        except queue.Empty:
            return
        self._take(*answer)

    def _send(self, watch: _Watch, time_ms: int) -> None:
        """Ask in a thread that a stop need not wait for."""
        threading.Thread(
            target=lambda: self._answers.put((watch, self._ask(watch.target, time_ms))),
            name=f"scrape-{watch.target.job}",
            daemon=True,
        ).start()

    def _next_ms(self, target: Target) -> int:
        """Give the target's next time: on a grid with an offset of its own, the same for ever, so
        that not all are asked at once."""
        digest = hashlib.sha256(f"{self._tenant} {target.name}".encode()).digest()
        offset_ms = int.from_bytes(digest[:8], "big") % self._interval_ms
        now_ms = _now_ms()
        return now_ms - (now_ms - offset_ms) % self._interval_ms + self._interval_ms

    def _ask(self, target: Target, time_ms: int) -> _Answer:
        began = time.perf_counter()
        try:
            page = fetch(target, timeout_s=self._timeout_s)
        except FetchFailed as failure:
            return _Answer(time_ms, time.perf_counter() - began, None, failure.reason)
        return _Answer(time_ms, time.perf_counter() - began, page)

    def _take(self, watch: _Watch, answer: _Answer) -> None:
        parsed, reason = None, answer.reason
        if answer.page is not None:
            try:
                parsed = parse(answer.page, watch.target)
            except FetchFailed as failure:
                reason = failure.reason
        self._tell_change(watch, reason)
        scrape = self._scrape(watch, answer, parsed)
        try:
            written = self._keeper.append(scrape)
        except StoreUnavailable:
            # The earlier state stays: ends and growth are told by the next scrape that is stored.
            self._refuse("store_unavailable", len(scrape.samples), answer.time_ms)
            return
        for refusal, count in written.refused.items():
            self._refuse(refusal, count, answer.time_ms)
        if "too_old" in written.refused:
            return
        watch.alive = set(parsed.samples) if parsed else set()
        if parsed is not None:
            watch.counted = LastScrape(answer.time_ms, parsed.samples)
            watch.is_whole = True

    def _scrape(self, watch: _Watch, answer: _Answer, parsed: Parsed | None) -> Scrape:
        shown = parsed.samples if parsed else {}
        samples = self._reports(watch.target, answer, parsed) | dict(shown)
        samples |= dict.fromkeys(sorted(watch.alive - shown.keys()), STALE)
        minutes: list[Minute] = []
        if parsed and watch.counted and watch.counted.time_ms < answer.time_ms:
            minutes = minutes_between(
                watch.counted, parsed.samples, answer.time_ms, is_whole=watch.is_whole
            )
        return Scrape(
            self._tenant, watch.target.name, answer.time_ms, samples,
            metadata=(*REPORTS, *(parsed.metadata if parsed else ())), minutes=minutes,
        )  # fmt: skip

    def _reports(
        self, target: Target, answer: _Answer, parsed: Parsed | None
    ) -> dict[Labels, float]:
        values = (
            ("up", float(parsed is not None)),
            ("scrape_duration_seconds", round(answer.took_s, 6)),
            ("scrape_samples_scraped", float(len(parsed.samples) if parsed else 0)),
        )
        own = {"job": target.job, "instance": target.instance}
        return {labels_of({NAME: name, **own}): value for name, value in values}

    def _tell_change(self, watch: _Watch, reason: str) -> None:
        """Say once that a target does not answer, and once that it does again."""
        if reason and not watch.is_whole and time.monotonic() < self._patient_until:
            return
        if watch.is_up and reason:
            log.warning("scrape.failed", process=watch.target.job, reason=reason)
        elif not watch.is_up and not reason:
            log.info("scrape.recovered", process=watch.target.job)
        watch.is_up = not reason

    def _restored(self, target: Target) -> _Watch:
        """Go on from what was stored before this process began.

        Was the target down then, nothing is known of its counters. Otherwise the limits may have
        kept some of its series out of the store, so that one that is not there need not be new.
        """
        watch = _Watch(target)
        last = self._keeper.last_scrape(self._tenant, target.name)
        if last is None:
            return watch
        reports = self._reports(target, _Answer(0, 0.0, None), None)
        watch.alive = set(last.samples) - set(reports)
        up = labels_of({NAME: "up", "job": target.job, "instance": target.instance})
        if last.samples.get(up) == 1:
            watch.counted = last
        return watch

    def _refuse(self, reason: str, count: int, time_ms: int) -> None:
        if not self._refused:
            self._refused_since_ms = time_ms
        self._refused[reason] = self._refused.get(reason, 0) + count

    def _tell_drops(self, now_ms: int, *, at_once: bool) -> None:
        is_due = at_once or now_ms - self._refused_since_ms >= _DROPS_NOTED_EVERY_MS
        if self._refused and is_due:
            since_ns, until_ns = self._refused_since_ms * 1_000_000, now_ms * 1_000_000
            refused, self._refused = self._refused, {}
            self._note_drops([
                Drop("metrics", reason, count, since_ns, until_ns)
                for reason, count in sorted(refused.items())
            ])  # fmt: skip


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
