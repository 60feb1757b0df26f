"""Numbers of a board in words; a dash stands for what nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from lms.observatory.traces.waterfall import SPACE, duration_words

if TYPE_CHECKING:
    from datetime import tzinfo

    from lms.observatory.red.tally import Estimate

NOTHING: Final = "\N{EN DASH}"
_MINUTE_S, _HOUR_S = 60, 3600


def count_words(number: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{round(number):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def rate_words(rate: float | None) -> str:
    """Write how often: 4.1/s, 12/min, 3/h."""
    if rate is None:
        return NOTHING
    for per_s, unit in ((1, _("s")), (_MINUTE_S, _("min")), (_HOUR_S, _("h"))):
        if rate * per_s >= 1 or (unit == _("h") and rate >= 0):
            break
    return f"{_short(rate * per_s)}/{unit}"


def ratio_words(ratio: float | None) -> str:
    """Write a share as percent, small ones to two digits: 12 %, 0.4 %, 0.031 %, -564 %."""
    if ratio is None:
        return NOTHING
    percent = ratio * 100
    if percent < 0:
        return f"\N{MINUS SIGN}{ratio_words(-ratio)}"
    if percent and abs(percent) < 1:
        return f"{number_format(float(f'{percent:.2g}'))}{SPACE}%"
    digits = 0 if abs(percent) >= 10 and percent == round(percent) else 1  # noqa: PLR2004
    return f"{percent:.{digits}f}".removesuffix(".0") + f"{SPACE}%"


def share_words(share: float | None) -> str:
    """Write a share that is near the whole: never 100 % for less than all."""
    if share is None:
        return NOTHING
    percent = int(share * 10_000) / 100
    return f"{percent:.2f}".rstrip("0").rstrip(".") + f"{SPACE}%"


def estimate_words(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOTHING
    words = duration_words(estimate.seconds * 1000)
    return _("over %(time)s") % {"time": words} if estimate.is_above else words


def seconds_words(seconds: float | None) -> str:
    return NOTHING if seconds is None else duration_words(seconds * 1000)


def size_words(size_bytes: float) -> str:
    """Write bytes: 812 B, 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000 or unit == "GB":  # noqa: PLR2004
            break
        size_bytes /= 1000
    return f"{_short(size_bytes)}{SPACE}{unit}"


def clock(time_ms: int, zone: tzinfo, now_ms: int) -> str:
    """Write a time of day, with its day unless that is today."""
    moment, now = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=one)
                   for one in (time_ms, now_ms))  # fmt: skip
    local = moment.astimezone(zone)
    time = f"{local:%H:%M}"
    is_today = local.date() == now.astimezone(zone).date()
    return time if is_today else f"{date_format(local, 'j M')}, {time}"


def _short(number: float) -> str:
    """Write three digits at most: 0.42, 4.1, 128."""
    if number >= 1000:  # noqa: PLR2004
        return count_words(number)
    if number < 1:
        return f"{number:.3g}"
    return f"{number:.{1 if number < 100 else 0}f}".removesuffix(".0")  # noqa: PLR2004
