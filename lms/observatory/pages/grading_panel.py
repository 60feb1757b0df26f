"""The grading objective as a panel: what was attained, the budget, how fast it is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from lms.observatory.pages.charts import Chart, gaps, line
from lms.observatory.pages.red_table import Table
from lms.observatory.pages.wording import NOTHING, clock, count_words, ratio_words, share_words
from lms.observatory.red.objective import (
    FAST_BURN,
    SLOW_BURN,
    Attained,
    budget_left_by_step,
    since,
)
from lms.observatory.red.window import looked_by_step

if TYPE_CHECKING:
    from datetime import tzinfo

    from lms.observatory.pages.readings import Readings

STEPS_AN_HOUR = 4


@dataclass(frozen=True, slots=True)
class Burn:
    """value: times the allowed pace. limit: from where on it is too fast."""

    label: str
    value: str
    says: str
    limit: str
    is_fast: bool


@dataclass(frozen=True, slots=True)
class GradingPanel:
    """share, left: in words, a dash without hand-ins. attained: the counts behind them."""

    share: str
    left: str
    is_overspent: bool
    good: str
    total: str
    attained: Attained
    budget: str
    burns: tuple[Burn, Burn]
    refused: str
    chart: Chart | None
    since: str


def last_hours(found: Readings) -> tuple[Attained, Attained]:
    """Give what was attained in the last hour and in the last six, the present quarter included."""
    steps = found.six.steps
    return since(steps, STEPS_AN_HOUR), since(steps, len(steps))


def grading_panel(found: Readings, zone: tzinfo, *, hand_in: str) -> GradingPanel:
    """hand_in: the route whose errors are bad."""
    month = since(found.month.steps, len(found.month.steps))
    hour, six = last_hours(found)
    first = found.runs[0][0] if found.runs else None
    is_whole = first is not None and first <= found.month.window.since_ms
    return GradingPanel(
        share=share_words(month.share),
        left=ratio_words(month.left),
        is_overspent=month.left is not None and month.left < 0,
        good=count_words(month.good),
        total=count_words(month.total),
        attained=month,
        budget=f"{month.budget:.1f}".removesuffix(".0"),
        burns=(
            _burn(_("last hour"), hour, FAST_BURN),
            _burn(_("last 6 hours"), six, SLOW_BURN),
        ),
        refused=Table(found.month.window).traces(f"POST {hand_in}", errors_only="on"),
        chart=_chart(found, zone) if month.total else None,
        since="" if is_whole or first is None else clock(first, zone, found.window.now_ms),
    )


def _burn(label: str, attained: Attained, limit: float) -> Burn:
    rate = attained.burn
    return Burn(
        label=label,
        value=NOTHING if rate is None else f"{rate:.1f} \N{MULTIPLICATION SIGN}",
        says=_("%(bad)s of %(total)s bad")
        % {"bad": count_words(attained.bad), "total": count_words(attained.total)},
        limit=f"{limit:.1f}",
        is_fast=rate is not None and rate >= limit,
    )


def _chart(found: Readings, zone: tzinfo) -> Chart:
    window, now_ms = found.month.window, found.window.now_ms
    looked = looked_by_step(found.runs, window)
    left = budget_left_by_step(found.month.steps)
    known = [value if seconds else None for value, seconds in zip(left, looked, strict=True)]
    days = [clock(begin, zone, now_ms) for begin in window.begins]
    bottom = min([0.0, *(value for value in known if value is not None)])
    rows = zip(days, found.month.steps, known, looked, strict=True)
    return Chart(
        says=_("Error budget left over 28 days, now %(left)s.") % {"left": ratio_words(left[-1])},
        shapes=(*gaps([not seconds for seconds in looked]), line(known, 1.0, low=bottom)),
        ys=("100 %", ratio_words((1 + bottom) / 2), ratio_words(bottom)),
        xs=(days[0].partition(",")[0], days[len(days) // 2].partition(",")[0], _("now")),
        head=(_("From"), _("Hand-ins"), _("Bad"), _("Budget left")),
        table=tuple(  # from the first time that anybody looked
            (day, count_words(one.total), count_words(one.bad), ratio_words(value))
            if seconds
            else (day, _("not recorded"), "", "")
            for at, (day, one, value, seconds) in enumerate(rows)
            if one.total or (not seconds and any(looked[:at]))
        ),
    )
