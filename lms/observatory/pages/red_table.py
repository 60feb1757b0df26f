"""A row of the RED table: numbers in words, its drawings, and where each number leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.observatory.pages.charts import RangeLine, Spark, range_line, spark_of
from lms.observatory.pages.moments import iso_of
from lms.observatory.pages.wording import (
    count_words,
    estimate_words,
    rate_words,
    ratio_words,
    seconds_words,
)

if TYPE_CHECKING:
    from lms.observatory.red.rows import Row
    from lms.observatory.red.tally import Estimate, Tally
    from lms.observatory.red.window import Window

NS_PER_MS = 1_000_000
ROUTELESS = frozenset({"unmatched", "static"})


@dataclass(frozen=True, slots=True)
class Quantile:
    """href: the traces that took so long or longer, "" where there are none to show."""

    words: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class RedLine:
    """series: the page of the samples behind it; traces, failing: lists of traces, "" for none.

    failed: how long failures took, apart; "" when nothing failed. late: how many were counted
    after a time in which nobody looked, "" for none.
    """

    name: str
    count: str
    late: str
    rate: str
    errors: str
    has_errors: bool
    spark: Spark
    spark_says: str
    range: RangeLine | None
    quantiles: tuple[Quantile, Quantile, Quantile]
    mean: str
    failed: str
    series: str
    traces: str = ""
    failing: str = ""


class Table:
    """Writes rows of one window. leads_on: to traces and series, which not everybody may open."""

    def __init__(self, window: Window, *, leads_on: bool = True) -> None:
        self._window, self._leads_on = window, leads_on

    def request(self, row: Row, metric: str) -> RedLine:
        """Give the line of a method and route."""
        method, route = row.label("method"), row.label("route")
        span = method if route in ROUTELESS else f"{method} {route}"
        return self._line(row, metric, request_name(method, route), span)

    def task(self, row: Row, metric: str) -> RedLine:
        """Give the line of a task. Its runs lie within traces of other names: the page of its
        series has its slowest ones, and the slowest failures."""
        line = self._line(row, metric, row.label("task"), "")
        failing = self._series(metric, row, outcome="failure") if row.failed.count else ""
        words = (Quantile(one.words, line.series) for one in line.quantiles)
        return replace(line, traces=line.series, failing=failing, quantiles=(*words,))  # type: ignore[arg-type]

    def plain(self, row: Row, metric: str, name: str) -> RedLine:
        """Give a line that has no traces of its own."""
        return self._line(row, metric, name, "")

    def _line(self, row: Row, metric: str, name: str, span: str) -> RedLine:
        estimates = [row.ok.quantile(share) for share in (0.5, 0.95, 0.99)]
        p50, p95, p99 = estimates
        says = _("p50 %(p50)s, p95 %(p95)s, p99 %(p99)s") % {
            "p50": estimate_words(p50), "p95": estimate_words(p95), "p99": estimate_words(p99)
        }  # fmt: skip
        return RedLine(
            name=name,
            count=count_words(row.count),
            late=count_words(row.late) if row.late else "",
            rate=rate_words(row.rate),
            errors=ratio_words(row.error_ratio),
            has_errors=row.failed.count > 0,
            spark=spark_of(row),
            spark_says=_peak(row),
            range=range_line(p50, p95, p99, says) if p50 and p95 and p99 else None,
            quantiles=tuple(self._quantile(one, span) for one in estimates),  # type: ignore[arg-type]
            mean=seconds_words(row.ok.mean_s),
            failed=_failures(row.failed),
            series=self._series(metric, row) if self._leads_on else "",
            traces=self.traces(span) if span else "",
            failing=self.traces(span, errors_only="on") if span and row.failed.count else "",
        )

    def traces(self, name: str = "", **more: str) -> str:
        """Give the list of the window's traces of this name; "" to people without."""
        if not self._leads_on:
            return ""
        asked = {"name": name, "since": iso_of(self._window.since_ms * NS_PER_MS), **more}
        return f"{reverse('observatory:traces')}?{urlencode(asked)}"

    def _quantile(self, one: Estimate | None, span: str) -> Quantile:
        if one is None or not span:
            return Quantile(estimate_words(one))
        least = f"{one.seconds * 1000:.3f}"
        return Quantile(estimate_words(one), self.traces(span, least=least))

    def _series(self, metric: str, row: Row, **more: str) -> str:
        address = reverse("observatory:series", args=[metric])
        asked = dict(row.labels) | more | {"range": self._window.key}
        return f"{address}?{urlencode(asked)}"


def request_name(method: str, route: str) -> str:
    """Write a route as people read it: POST /courses/<slug:course>/."""
    if route in ROUTELESS:
        known = {"unmatched": _("no such address"), "static": _("static files")}
        return f"{method} {known[route]}"
    return f"{method} /{route.lstrip('/')}"


def _failures(failed: Tally) -> str:
    if not failed.count:
        return ""
    return _("failures took p50 %(p50)s, p99 %(p99)s (n = %(n)s)") % {
        "p50": estimate_words(failed.quantile(0.5)),
        "p99": estimate_words(failed.quantile(0.99)),
        "n": count_words(failed.count),
    }


def _peak(row: Row) -> str:
    most = max((step.rate or 0.0 for step in row.steps), default=0.0)
    return _("at most %(rate)s") % {"rate": rate_words(most)}
