"""The sentences that open a board: what is true now, and what was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.observatory.pages.moments import iso_of
from lms.observatory.pages.wording import clock, count_words, ratio_words, seconds_words
from lms.observatory.red.findings import MOST_SAID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from lms.observatory.red.findings import Finding
    from lms.observatory.red.window import Runs, Window

NS_PER_MS: Final = 1_000_000
RANGE_WORDS: Final = {
    "30m": gettext_lazy("the last 30 minutes"),
    "3h": gettext_lazy("the last 3 hours"),
    "24h": gettext_lazy("the last 24 hours"),
    "7d": gettext_lazy("the last 7 days"),
    "28d": gettext_lazy("the last 28 days"),
}
RANGE_LABELS: Final = {
    "30m": gettext_lazy("30 min"),
    "3h": gettext_lazy("3 h"),
    "24h": gettext_lazy("24 h"),
    "7d": gettext_lazy("7 days"),
    "28d": gettext_lazy("28 days"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and where it leads; link: the words of the link, "" for none."""

    text: str
    href: str = ""
    link: str = ""


class Sentences:
    """Writes findings down for one reader. zone: hers."""

    def __init__(self, window: Window, zone: tzinfo) -> None:
        self._window, self._zone = window, zone

    @property
    def range(self) -> str:
        return str(RANGE_WORDS[self._window.key])

    def now(self, wrong: Sequence[Finding], runs: Runs) -> str:
        """Say what is true now, in one sentence or two."""
        if not runs:
            return _("Nothing has been recorded yet.")
        if not wrong:
            return _("All well now.")
        return " ".join(self._now(one) for one in wrong[:2])

    def leads(self, wrong: Sequence[Finding]) -> list[Said]:
        """Give where the first sentence leads."""
        return [self._led("", one) for one in wrong[:2]]

    def was(self, wrong: Sequence[Finding], count: int, runs: Runs) -> list[Said]:
        """Say what was wrong in the window, newest first, and how much is left unsaid."""
        if not runs:
            why = _(
                "No collector has run on this site's store: it takes traces and log lines and "
                "reads the metrics. It starts with the site."
            )
            return [Said(why)]
        if not wrong:
            text = _("Nothing was wrong in %(range)s.")
            if not count:
                text = _("No request was counted in %(range)s, and nothing else was wrong.")
            return [Said(text % {"range": self.range})]
        said = [self._led(self._was(one), one) for one in wrong[:MOST_SAID]]
        more = len(wrong) - MOST_SAID
        if more > 0:
            words = ngettext(
                "And %(n)d more time before that.", "And %(n)d more times before that.", more
            )
            said.append(Said(words % {"n": more}))
        return said

    def _led(self, text: str, one: Finding) -> Said:
        if one.kind == "errors":
            asked = {
                "errors_only": "on",
                "since": iso_of(one.since_ms * NS_PER_MS),
                "until": iso_of(one.until_ms * NS_PER_MS),
            }
            return Said(text, f"{reverse('observatory:traces')}?{urlencode(asked)}",
                        _("Failing traces"))  # fmt: skip
        if one.kind in {"silent", "down"}:
            return Said(text, reverse("observatory:store_state"), _("State of the store"))
        name, words = {
            "waiting": ("grading_oldest_due_job_age_seconds", _("How it waited")),
            "burning": ("grading_verdict_delay_seconds", _("Times to the verdict")),
        }.get(one.kind, ("grading_verdict_delay_seconds", _("Times to the verdict")))
        return Said(text, reverse("observatory:series", args=[name]), words)

    def _now(self, one: Finding) -> str:
        facts = self._facts(one)
        if one.kind == "silent":
            words = _(
                "Nothing has been recorded since %(since)s: the collector does not run, and "
                "what is true now is not known."
            )
            return words % facts
        if one.kind == "down":
            return _("The metrics of %(where)s could not be read at the last look.") % facts
        if one.kind == "errors":
            words = _(
                "Errors now: %(part)s of %(of)s requests failed since %(since)s, most on %(where)s."
            )
            return words % facts
        if one.kind == "waiting":
            return _("An answer has waited %(value)s for its grading.") % facts
        return (
            _(
                "Grading spends its error budget %(pace)s times as fast as allowed: %(part)s of "
                "%(of)s hand-ins since %(since)s had no verdict in time."
            )
            % facts
        )

    def _was(self, one: Finding) -> str:
        facts = self._facts(one)
        if one.kind == "silent":
            return _("Nothing was recorded from %(since)s to %(until)s.") % facts
        if one.kind == "errors":
            return (
                _("From %(since)s to %(until)s, %(part)s of %(of)s requests failed (%(ratio)s).")
                % facts
            )
        return (
            _("From %(since)s to %(until)s, %(part)s of %(of)s hand-ins had no verdict within 5 s.")
            % facts
        )

    def _facts(self, one: Finding) -> dict[str, str]:
        return {
            "since": clock(one.since_ms, self._zone, self._window.now_ms),
            "until": clock(one.until_ms, self._zone, self._window.now_ms),
            "part": count_words(one.part),
            "of": count_words(one.of),
            "ratio": ratio_words(one.part / one.of if one.of else None),
            "where": one.where,
            "value": seconds_words(one.value),
            "pace": f"{one.value:.1f}",
        }
