"""The page of one metric: what stands behind a number of the board, as a chart and a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from lms.observatory.pages.charts import Chart, Shape, columns, gaps, line, top_of
from lms.observatory.pages.overview import RangeLink, SlowTrace, exemplar_rows, range_links
from lms.observatory.pages.readings import OLDEST
from lms.observatory.pages.wording import (
    NOTHING,
    clock,
    count_words,
    estimate_words,
    rate_words,
    seconds_words,
)
from lms.observatory.promql.evaluating import Grid, Row, instant, rate
from lms.observatory.records import SITE
from lms.observatory.red.rows import steps_of
from lms.observatory.red.tally import tally
from lms.observatory.red.window import looked_by_step, runs_until
from lms.observatory.samples import NAME, Metadata
from lms.observatory.scraping.counting import COUNTERS, HISTOGRAMS
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import Matcher
from lms.observatory.store.metric_base import TooMuch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from lms.observatory.red.window import Window
    from lms.observatory.samples import Labels, Minute
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MetricStore, MinuteStore
    from lms.observatory.viewing import Viewer

COUNTED: Final = HISTOGRAMS | COUNTERS
# The board leads to these even before anything was scraped.
LINKED: Final = {name: Metadata(name, "gauge", "") for name in ("up", OLDEST)}
MOST_DRAWN: Final = 6
MOST_LISTED: Final = 60
# Longer times of raw samples would be a heavy read; what is counted by the minute has all ranges.
LONGEST_RAW_MS: Final = 24 * 3_600_000
LOOKBACK_MS: Final = 300_000
_ENDINGS: Final = ("_total", "_bucket", "_sum", "_count", "_created")


@dataclass(frozen=True, slots=True)
class OtherSeries:
    """A label set of the metric. query: of the page that shows it alone."""

    labels: str
    query: str
    value: str


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """how: what is drawn and how it was made. said: the target's own help text."""

    name: str
    labels: Labels
    said: str
    kind: str
    how: str
    ranges: tuple[RangeLink, ...]
    range_key: str
    chart: Chart | None
    series: tuple[OtherSeries, ...]
    are_more: bool
    exemplars: tuple[SlowTrace, ...]
    trouble: str = ""

    @property
    def without_labels(self) -> str:
        return urlencode({"range": self.range_key})


class SeriesReading:
    """Reads one metric for one reader."""

    def __init__(
        self, store: Reader, minutes: MinuteStore, metrics: MetricStore, *,
        window: Window, zone: tzinfo,
    ) -> None:  # fmt: skip
        self._store, self._minutes, self._metrics = store, minutes, metrics
        self._window, self._zone = window, zone

    def page(self, viewer: Viewer, name: str, labels: Labels) -> SeriesPage | None:
        """Give the page; None when nothing of this name is known."""
        if name in COUNTED:
            return self._of_minutes(viewer, name, labels)
        try:
            known = self._metrics.metadata(SITE)
        except StoreUnavailable as trouble:
            return self._page(name, labels, None, trouble=str(trouble))
        families = [name, *(name.removesuffix(end) for end in _ENDINGS if name.endswith(end))]
        said = next((known[one] for one in families if one in known), LINKED.get(name))
        return None if said is None else self._of_samples(name, labels, said)

    def _of_minutes(
        self, viewer: Viewer, name: str, labels: Labels
    ) -> SeriesPage:  # fmt: skip
        window = self._window
        counted = self._minutes.minutes(
            SITE, name, t0_ms=window.since_ms, t1_ms=window.until_ms, step_ms=window.step_ms
        )
        rows = [one for one in counted if set(labels) <= set(one.labels)]
        runs = runs_until(self._store.state().up, window.now_ms)
        steps = steps_of(rows, window, looked_by_step(runs, window))
        groups: list[list[Minute]] = [[] for begin in window.begins]
        by_labels: dict[Labels, int] = {}
        for one in rows:
            groups[window.at(one.minute_ms)].append(one)
            by_labels[one.labels] = by_labels.get(one.labels, 0) + one.count
        top = top_of([step.rate for step in steps])
        times = self._times()
        chart = Chart(
            says=_("%(count)s in all, at most %(top)s.") % {
                "count": count_words(sum(step.count for step in steps)),
                "top": rate_words(max((step.rate or 0.0 for step in steps), default=0.0)),
            },
            shapes=columns(steps, top),
            ys=(rate_words(top), rate_words(top / 2), "0"),
            xs=(times[0], times[len(times) // 2], _("now")),
            head=(_("From"), _("Count"), _("Rate"), _("Mean"), "p50", "p95", "p99"),
            table=tuple(
                (time, _("not recorded"), *[NOTHING] * 5) if step.is_gap and not step.count
                else (time, count_words(step.count), rate_words(step.rate), *_durations(group))
                for time, step, group in zip(times, steps, groups, strict=True)
            ),
        )  # fmt: skip
        found = self._minutes.exemplars(
            SITE, name, t0_ms=window.since_ms, t1_ms=window.until_ms, labels=labels
        )
        listed = sorted(by_labels.items(), key=lambda one: -one[1])
        return self._page(
            name, labels, None,
            how=_("Counted by the minute from what was scraped, added up step by step."),
            listed=[(one, count_words(count)) for one, count in listed],
            chart=chart, exemplars=exemplar_rows(self._store, viewer, found, zone=self._zone),
        )  # fmt: skip

    def _of_samples(self, name: str, labels: Labels, said: Metadata) -> SeriesPage:
        window = self._window
        if window.until_ms - window.since_ms > LONGEST_RAW_MS:
            how = _("Samples are drawn for up to 24 hours: choose a shorter time.")
            return self._page(name, labels, said, how=how)
        selected = f"{name}_count" if said.kind in {"histogram", "summary"} else name
        matchers = [Matcher(key, "=", value) for key, value in ((NAME, selected), *labels)]
        grid = Grid(
            window.now_ms - (len(window.begins) - 1) * window.step_ms, window.now_ms, window.step_ms
        )
        is_growing = said.kind in {"counter", "histogram", "summary"}
        try:
            found = self._metrics.select(
                SITE, matchers, grid.since_ms(max(window.step_ms, LOOKBACK_MS)), window.now_ms
            )
        except (StoreUnavailable, TooMuch) as trouble:
            return self._page(name, labels, said, trouble=str(trouble))
        if is_growing:
            range_ms = max(window.step_ms, LOOKBACK_MS)
            rows = rate(found, grid, range_ms=range_ms)
            how = _(
                "rate() of each series over %(minutes)s minutes, at each moment of the table."
            ) % {"minutes": range_ms // 60_000}
        else:
            rows, how = (
                instant(found, grid),
                _("The newest sample at each moment of the table, if younger than 5 minutes."),
            )
        listed = [(row.labels, self._value(row.values[-1], is_growing, said)) for row in rows]
        return self._page(
            name, labels, said, how=how, listed=listed,
            chart=self._lines(rows, [*grid], is_growing=is_growing, said=said),
        )  # fmt: skip

    def _lines(
        self, rows: Sequence[Row], moments: Sequence[int], *, is_growing: bool, said: Metadata
    ) -> Chart | None:
        drawn = rows[:MOST_DRAWN]
        if not drawn:
            return None
        values = [value for row in drawn for value in row.values if value is not None]
        top, low = top_of(values), min(0.0, *values, 0.0)
        words = [self._value(value, is_growing, said) for value in (top, (top + low) / 2, low)]
        times = [clock(at, self._zone, self._window.now_ms) for at in moments]
        missing = [all(value is None for value in column)
                   for column in zip(*(row.values for row in drawn), strict=True)]  # fmt: skip
        shapes = [
            Shape(f"line l{at}", path=line(row.values, top, low=low).path)
            for at, row in enumerate(drawn)
        ]
        return Chart(
            says=_("At most %(top)s, now %(now)s.") % {
                "top": self._value(max(values), is_growing, said),
                "now": self._value(drawn[0].values[-1], is_growing, said),
            },
            shapes=(*gaps(missing), *shapes),
            ys=(words[0], words[1], words[2]),
            xs=(times[0], times[len(times) // 2], _("now")),
            head=(_("At"), *(labels_text(row.labels) or row_name(row) for row in drawn)),
            table=tuple(
                (time, *(self._value(row.values[at], is_growing, said) for row in drawn))
                for at, time in enumerate(times)
            ),
        )  # fmt: skip

    def _value(self, value: float | None, is_growing: bool, said: Metadata) -> str:  # noqa: FBT001
        if value is None or not math.isfinite(value):
            return NOTHING
        if is_growing:
            return rate_words(value)
        if said.unit == "seconds" or said.metric.endswith("_seconds"):
            return seconds_words(value)
        return count_words(value) if value == round(value) else f"{value:.4g}"

    def _page(
        self, name: str, labels: Labels, said: Metadata | None, *,
        how: str = "", listed: Sequence[tuple[Labels, str]] = (), trouble: str = "",
        chart: Chart | None = None, exemplars: tuple[SlowTrace, ...] = (),
    ) -> SeriesPage:  # fmt: skip
        key = self._window.key
        kept = urlencode(labels)
        links = tuple(
            RangeLink(one.label, f"{kept}&{one.query}" if kept else one.query, one.is_current)
            for one in range_links(key)
        )
        return SeriesPage(
            name=name, labels=labels,
            said=said.help if said else "", kind=said.kind if said else "",
            how=how, ranges=links, range_key=key, chart=chart,
            series=tuple(
                OtherSeries(labels_text(one), urlencode([*_shown(one), ("range", key)]), value)
                for one, value in listed[:MOST_LISTED]
            ),
            are_more=len(listed) > MOST_LISTED, exemplars=exemplars, trouble=trouble,
        )  # fmt: skip

    def _times(self) -> list[str]:
        return [clock(begin, self._zone, self._window.now_ms) for begin in self._window.begins]


def labels_text(labels: Labels) -> str:
    """Write labels as PromQL does: method="GET", route="courses/"."""
    return ", ".join(f'{name}="{value}"' for name, value in _shown(labels))


def row_name(row: Row) -> str:
    return dict(row.labels).get(NAME, _("value"))


def _shown(labels: Labels) -> list[tuple[str, str]]:
    return [pair for pair in labels if pair[0] != NAME]


def _durations(rows: Sequence[Minute]) -> tuple[str, str, str, str]:
    found = tally(rows)
    mean = seconds_words(found.mean_s) if found.buckets else NOTHING
    p50, p95, p99 = (estimate_words(found.quantile(share)) for share in (0.5, 0.95, 0.99))
    return mean, p50, p95, p99
