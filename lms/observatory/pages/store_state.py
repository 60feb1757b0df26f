"""The state of the store of telemetry: how much it holds, since when, and what it lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.observatory.pages.moments import Moment
from lms.observatory.pages.wording import NOTHING, count_words, rate_words, size_words
from lms.observatory.promql.evaluating import Grid, instant, rate
from lms.observatory.records import SITE
from lms.observatory.red.window import MOST_SILENCE_MS, runs_until
from lms.observatory.samples import NAME, is_stale
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import Matcher
from lms.observatory.store.metric_base import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from lms.observatory.records import Drop, SignalState, StoreState
    from lms.observatory.samples import Labels, Series
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MetricStore, MinuteStore

MOST_DROPS: Final = 100
MOST_RUNS: Final = 20
DAY_MS: Final = 86_400_000
RATE_MS: Final = 300_000
STORED: Final = "collector_records_stored_total"
SCRAPED: Final = "scrape_samples_scraped"
UNSENT: Final = "telemetry_dropped_total"
CARDINALITY: Final = frozenset({"target_limit", "tenant_limit"})
REASONS: Final = {
    "target_limit": gettext_lazy("a process showed more different series than are taken of one"),
    "tenant_limit": gettext_lazy("all processes together showed more series than are taken"),
    "too_old": gettext_lazy("it was older than what is stored or kept"),
    "store_unavailable": gettext_lazy("the store could not be written"),
    "queue_full": gettext_lazy("more came than could be sent on in time"),
    "export_failed": gettext_lazy("the collector did not take it"),
    "stopped": gettext_lazy("the process stopped before it was sent"),
    "bad_id": gettext_lazy("its ids were no ids"),
    "bad_time": gettext_lazy("its times were no times"),
    "in_future": gettext_lazy("it claimed to be from the future"),
    "too_many": gettext_lazy("one request held more than is taken"),
    "by_scrape": gettext_lazy("metrics come by scrape alone"),
}


@dataclass(frozen=True, slots=True)
class SignalLine:
    """rows: how many are stored. rate: taken in just now."""

    name: str
    rows: str
    oldest: Moment | None
    newest: Moment | None
    rate: str
    day: str


@dataclass(frozen=True, slots=True)
class DropLine:
    signal: str
    reason: str
    words: str
    count: str
    since: Moment
    until: Moment


@dataclass(frozen=True, slots=True)
class RunLine:
    since: Moment
    until: Moment | None


@dataclass(frozen=True, slots=True)
class StorePage:
    """unsent: what processes made and could not send in the last 24 hours: signal, reason, count.

    refused: samples of the cardinality limits, of those drops that are noted.
    """

    signals: tuple[SignalLine, ...]
    size: str
    segments: int
    drops: tuple[DropLine, ...]
    drops_are_more: bool
    unsent: tuple[tuple[str, str, str], ...]
    runs: tuple[RunLine, ...]
    runs_are_more: bool
    is_running: bool
    refused: str
    series: str
    of_target: str
    of_tenant: str
    keep_days: int
    most_bytes: str
    interval: str
    trouble: str


def store_page(
    store: Reader, minutes: MinuteStore, metrics: MetricStore, *,
    now_ms: int, zone: tzinfo, keep_days: int, most_bytes: int, interval_s: float,
) -> StorePage:  # fmt: skip
    """Give what is known; what only metrics tell is a dash when they cannot be read."""
    state = store.state()
    taken = _Taken(metrics, now_ms)
    runs = runs_until(state.up, now_ms)
    drops = sorted(state.drops, key=lambda one: -one.until_ns)
    return StorePage(
        signals=_signals(state, taken, zone),
        size=size_words(state.size_bytes),
        segments=state.segments,
        drops=tuple(_drop(one, zone) for one in drops[:MOST_DROPS]),
        drops_are_more=len(drops) > MOST_DROPS,
        unsent=_unsent(minutes, now_ms),
        runs=tuple(_run(one, now_ms, zone) for one in runs[: -MOST_RUNS - 1 : -1]),
        runs_are_more=len(runs) > MOST_RUNS,
        is_running=bool(runs) and now_ms - runs[-1][1] <= MOST_SILENCE_MS,
        refused=count_words(_refused(drops)),
        series=NOTHING if taken.series is None else count_words(taken.series),
        of_target=count_words(DEFAULT_LIMITS.of_target),
        of_tenant=count_words(DEFAULT_LIMITS.of_tenant),
        keep_days=keep_days,
        most_bytes=size_words(most_bytes),
        interval=f"{interval_s:g}",
        trouble=taken.trouble,
    )


class _Taken:
    """What the collector's own metrics say of what it took, read at once."""

    def __init__(self, metrics: MetricStore, now_ms: int) -> None:
        self._grid = Grid.at(now_ms)
        self.trouble = ""
        self._found: list[Series] = []
        wanted = [Matcher(NAME, "=~", f"{STORED}|{SCRAPED}")]
        try:
            self._found = metrics.select(SITE, wanted, now_ms - DAY_MS, now_ms)
        except StoreUnavailable as trouble:
            self.trouble = str(trouble)
        self._scraped = [one for one in self._found if (NAME, SCRAPED) in one.labels]

    @property
    def series(self) -> int | None:
        """How many the processes show now."""
        values = [row.values[0] for row in instant(self._scraped, self._grid)]
        return round(sum(value for value in values if value is not None)) if values else None

    def rate(self, signal: str) -> str:
        if signal == "metrics":
            since_ms = self._grid.end_ms - RATE_MS
            count = _scraped(self._scraped, since_ms)
            return NOTHING if count is None else rate_words(count / (RATE_MS / 1000))
        rows = rate(self._of(signal), self._grid, range_ms=RATE_MS)
        return rate_words(sum(row.values[0] or 0.0 for row in rows)) if rows else NOTHING

    def day(self, signal: str) -> str:
        if signal == "metrics":
            count = _scraped(self._scraped, self._grid.end_ms - DAY_MS)
            return NOTHING if count is None else count_words(count)
        found = self._of(signal)
        return count_words(sum(map(_grown, found))) if found else NOTHING

    def _of(self, signal: str) -> list[Series]:
        return [
            one for one in self._found
            if (NAME, STORED) in one.labels and ("signal", signal) in one.labels
        ]  # fmt: skip


def _grown(series: Series) -> float:
    """Give how much a counter grew from sample to sample; it begins anew from 0."""
    values = [value for value in series.values if not is_stale(value)]
    return sum(now - was if now >= was else now for was, now in pairwise(values))


def _scraped(found: Iterable[Series], since_ms: int) -> int | None:
    """Give how many samples came since a time; each scrape says how many it showed."""
    counts = [
        value
        for one in found
        for time_ms, value in zip(one.times, one.values, strict=True)
        if time_ms > since_ms and not is_stale(value)
    ]
    return round(sum(counts)) if counts else None


def _signals(state: StoreState, taken: _Taken, zone: tzinfo) -> tuple[SignalLine, ...]:
    return (
        _signal("traces", _("spans"), state.spans, taken=taken, zone=zone),
        _signal("logs", _("log lines"), state.logs, taken=taken, zone=zone),
        _signal("metrics", _("samples of metrics"), state.metrics, taken=taken, zone=zone),
    )


def _signal(
    signal: str, name: str, state: SignalState, *, taken: _Taken, zone: tzinfo
) -> SignalLine:
    return SignalLine(
        name=name,
        rows=count_words(state.rows),
        oldest=Moment(state.oldest_ns, zone) if state.rows else None,
        newest=Moment(state.newest_ns, zone) if state.rows else None,
        rate=taken.rate(signal),
        day=taken.day(signal),
    )


def _drop(one: Drop, zone: tzinfo) -> DropLine:
    return DropLine(
        one.signal, one.reason, str(REASONS.get(one.reason, "")), count_words(one.count),
        Moment(one.since_ns, zone), Moment(one.until_ns, zone),
    )  # fmt: skip


def _run(run: tuple[int, int], now_ms: int, zone: tzinfo) -> RunLine:
    is_on = now_ms - run[1] <= MOST_SILENCE_MS
    return RunLine(
        Moment(run[0] * 1_000_000, zone), None if is_on else Moment(run[1] * 1_000_000, zone)
    )


def _refused(drops: Sequence[Drop]) -> int:
    return sum(one.count for one in drops if one.signal == "metrics" and one.reason in CARDINALITY)


def _unsent(minutes: MinuteStore, now_ms: int) -> tuple[tuple[str, str, str], ...]:
    hour_ms = DAY_MS // 24
    until_ms = now_ms // hour_ms * hour_ms + hour_ms
    counts: dict[Labels, int] = {}
    for one in minutes.minutes(
        SITE, UNSENT, t0_ms=until_ms - DAY_MS, t1_ms=until_ms, step_ms=hour_ms
    ):
        counts[one.labels] = counts.get(one.labels, 0) + one.count
    rows = [(dict(labels), count) for labels, count in counts.items() if count]
    return tuple(
        (held.get("signal", ""), str(REASONS.get(held.get("reason", ""), held.get("reason", ""))),
         count_words(count))
        for held, count in sorted(rows, key=lambda row: -row[1])
    )  # fmt: skip
