"""The filters of the lists of traces and lines: what stands in an address, checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.observatory.pages.moments import LAST_NS, iso_of, ns_of
from lms.observatory.records import DEBUG, ERROR, INFO, WARNING
from lms.observatory.store.base import LogQuery, TraceQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.utils.functional import _StrOrPromise

RANGES: Final = {
    "15m": (_("last 15 minutes"), timedelta(minutes=15)),
    "1h": (_("last hour"), timedelta(hours=1)),
    "24h": (_("last 24 hours"), timedelta(hours=24)),
    "7d": (_("last 7 days"), timedelta(days=7)),
    "all": (_("all that is kept"), None),
}
USUAL_RANGE: Final = "24h"
LEVELS: Final = {"debug": DEBUG, "info": INFO, "warning": WARNING, "error": ERROR}
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
# A line that is written while the page is made still belongs to "until now".
AHEAD_NS: Final = 60 * NS_PER_S
_PICKER: Final = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A filter in use. without: the parameters of the same search without it."""

    label: str
    value: str
    without: dict[str, str]

    @property
    def query(self) -> str:
        """Give that search as the query part of an address."""
        return urlencode(self.without)


class _TimePicker(forms.DateTimeInput):
    """A field of the browser's own picker, which shows the time in the current zone."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        try:
            moment = forms.DateTimeField(required=False).clean(value)
        except forms.ValidationError:
            return str(value)
        return timezone.localtime(moment).strftime(_PICKER) if moment else None


class RangeFilter(forms.Form):
    """A range of time and a place in the list. Times without a zone are in the current one."""

    range = forms.ChoiceField(
        label=_("Time"),
        required=False,
        choices=[(key, label) for key, (label, _length) in RANGES.items()],
        error_messages={"invalid_choice": _("Choose one of the ranges offered.")},
    )
    since = forms.DateTimeField(
        label=_("From"),
        required=False,
        widget=_TimePicker(attrs={"step": 1}),
        error_messages={"invalid": _("Write the time as 2026-11-25T14:00.")},
    )
    until = forms.DateTimeField(
        label=_("To"),
        required=False,
        widget=_TimePicker(attrs={"step": 1}),
        error_messages={"invalid": _("Write the time as 2026-11-25T14:00.")},
    )
    before = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__({"range": USUAL_RANGE} | {key: data[key] for key in data}, auto_id="f-%s")
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "in"
            if self.errors.get(name):
                field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"f-{name}-error",
                }

    @property
    def params(self) -> dict[str, str]:
        """Give what is asked for as an address carries it; of a wrong field nothing."""
        return {name: text for name, text in self._texts() if text}

    @property
    def query_string(self) -> str:
        """Give the address of this search's first page."""
        return urlencode(self._without("before"))

    def link(self, **changes: str) -> str:
        """Give the same search, changed, as the query part of an address."""
        return urlencode({name: text for name, text in (self.params | changes).items() if text})

    def in_use(self) -> list[Dropped]:
        """Give the filters that may hide something, the range of time aside."""
        return [
            Dropped(str(self.fields[name].label), self._shown(name), self._without(name, "before"))
            for name in self.params
            if name not in {"range", "since", "until", "before"}
        ]

    def bounds(self, now: datetime) -> tuple[int, int]:
        """Give since_ns and until_ns; a time given outweighs the range's."""
        length = RANGES[self.cleaned_data["range"] or USUAL_RANGE][1]
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        until_ns = ns_of(until) if until else min(LAST_NS, ns_of(now) + AHEAD_NS)
        if since:
            return ns_of(since), until_ns
        if length is None:
            return 0, until_ns
        return ns_of((until or now) - length), until_ns

    def _texts(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            value = getattr(self, "cleaned_data", {}).get(name)
            if name in {"since", "until"}:
                yield name, iso_of(ns_of(value)) if value else ""
            elif name == "range":
                yield name, "" if value == USUAL_RANGE else value or ""
            elif isinstance(value, bool):
                yield name, "on" if value else ""
            else:
                yield name, "" if value is None else f"{value:f}" if name == "least" else str(value)

    def _without(self, *names: str) -> dict[str, str]:
        return {name: text for name, text in self.params.items() if name not in names}

    def _shown(self, name: str) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            choices: dict[Any, _StrOrPromise] = dict(field.choices)  # type: ignore[arg-type]
            return str(choices[self.cleaned_data[name]])
        return "" if isinstance(field, forms.BooleanField) else self.params[name]


class TraceFilter(RangeFilter):
    """Which traces."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"list": "names"}),
    )  # fmt: skip
    service = forms.CharField(
        label=_("Service"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"list": "services"}),
    )  # fmt: skip
    least = forms.DecimalField(
        label=_("At least, ms"), required=False, min_value=0, max_value=3_600_000,
        decimal_places=3,
        error_messages={
            "invalid": _("Write a number of milliseconds."),
            "min_value": _("Write 0 or more."),
            "max_value": _("Write 3 600 000 at most: an hour."),
            "max_decimal_places": _("Write three digits behind the point at most."),
        },
    )  # fmt: skip
    errors_only = forms.BooleanField(label=_("With errors only"), required=False)

    def query(self, now: datetime, *, limit: int) -> TraceQuery:
        """Give the search. The form is valid."""
        since_ns, until_ns = self.bounds(now)
        return TraceQuery(
            since_ns=since_ns,
            until_ns=until_ns,
            name=self.cleaned_data["name"],
            service=self.cleaned_data["service"],
            only_errors=self.cleaned_data["errors_only"],
            least_ns=int((self.cleaned_data["least"] or 0) * NS_PER_MS),
            limit=limit,
            before=self.cleaned_data["before"],
        )


class LogFilter(RangeFilter):
    """Which lines."""

    level = forms.ChoiceField(
        label=_("Level"),
        required=False,
        choices=[
            ("", _("any")),
            ("debug", _("debug and above")),
            ("info", _("info and above")),
            ("warning", _("warning and above")),
            ("error", _("error")),
        ],
        error_messages={"invalid_choice": _("Choose a level.")},
    )
    service = forms.CharField(label=_("Service"), required=False, max_length=300)
    logger = forms.CharField(label=_("Logger"), required=False, max_length=300)
    event = forms.CharField(label=_("Event"), required=False, max_length=300)
    text = forms.CharField(label=_("Text"), required=False, max_length=300)
    trace = forms.RegexField(
        label=_("Trace"), required=False, regex=r"^[0-9a-f]{32}$",
        error_messages={"invalid": _("Write a trace id: 32 digits from 0 to f.")},
    )  # fmt: skip

    def query(self, now: datetime, *, limit: int) -> LogQuery:
        """Give the search. The form is valid."""
        since_ns, until_ns = self.bounds(now)
        return LogQuery(
            since_ns=since_ns,
            until_ns=until_ns,
            least_severity=LEVELS.get(self.cleaned_data["level"], 0),
            logger=self.cleaned_data["logger"],
            service=self.cleaned_data["service"],
            event=self.cleaned_data["event"],
            text=self.cleaned_data["text"],
            trace_id=self.cleaned_data["trace"],
            limit=limit,
            before=self.cleaned_data["before"],
        )
