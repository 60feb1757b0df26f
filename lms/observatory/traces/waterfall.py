"""A trace drawn as a waterfall: rows and geometry from a list of spans, without Django.

Positions are percentages of the drawn time, so that the page can write them into SVG attributes:
the content security policy forbids style attributes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPACE = "\N{NO-BREAK SPACE}"

DEEPEST = 8  # waterfall.css indents the classes l0 to l8
NARROWEST = 0.4  # percent; the stroke of waterfall.css makes at least 3 px of it
LABEL_TURNS_AT = 86.0  # percent; past it the duration stands before its bar
MOST_TICKS = 5
_SECOND_MS = 1000
_MINUTE_MS = 60_000

Status = Literal["ok", "error", "unset"]


@dataclass(frozen=True, slots=True)
class TimedLog:
    """One log line of a span, at_ms after the start of the trace."""

    at_ms: float
    level: Literal["debug", "info", "warning", "error"]
    event: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TimedSpan:
    """One span as it is drawn.

    parent: "" at a root. start_ms: after the start of the trace. duration_ms: None for a span that
    never started; start_ms is then where it would have begun.
    """

    id: str
    name: str
    service: str
    parent: str
    start_ms: float
    duration_ms: float | None
    status: Status
    attributes: tuple[tuple[str, str], ...] = ()
    logs: tuple[TimedLog, ...] = ()


@dataclass(frozen=True, slots=True)
class LogRow:
    """A log line below its span. x: percent."""

    log: TimedLog
    x: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """A span's row. x, width, label_x: percent, written with two digits.

    level: depth, at most DEEPEST. start, duration: in words with a unit; duration "" when the span
    never started. label_before: the duration's label ends at label_x in place of starting there.
    """

    span: TimedSpan
    level: int
    x: str
    width: str
    label_x: str
    label_before: bool
    start: str
    duration: str
    logs: tuple[LogRow, ...]

    @property
    def is_absent(self) -> bool:
        """Claim that the span never started."""
        return self.span.duration_ms is None

    def __str__(self) -> str:
        return self.span.name


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the time axis. x: percent."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A whole drawing: rows in the order of reading, parents before children."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]


def draw(spans: Sequence[TimedSpan], *, total_ms: float) -> Waterfall:
    """Give the drawing of a trace that takes total_ms, more than 0.

    A span whose parent is not among the spans is drawn as a root; so is one of a circle.
    """
    rows = tuple(_row(span, level, total_ms) for span, level in _in_order(spans))
    return Waterfall(rows=rows, ticks=tuple(ticks(total_ms)))


def duration_words(ms: float) -> str:
    """Write a time to three digits at most: 850 µs, 6.1 ms, 2.04 s, 3 min 20 s."""
    if 0 < ms < 1:
        return f"{ms * 1000:.0f}{SPACE}µs"
    if ms < _SECOND_MS - 0.5:
        return f"{_three_digits(ms, decimals=1).removesuffix('.0')}{SPACE}ms"
    if ms < _MINUTE_MS:
        return f"{_three_digits(ms / _SECOND_MS, decimals=2)}{SPACE}s"
    minutes, seconds = divmod(round(ms / _SECOND_MS), 60)
    return f"{minutes}{SPACE}min {seconds}{SPACE}s"


def _three_digits(value: float, *, decimals: int) -> str:
    whole_digits = len(str(int(value)))
    return f"{value:.{max(0, min(decimals, 3 - whole_digits))}f}"


def ticks(total_ms: float) -> Iterator[Tick]:
    """Give at most five ticks from 0, a step of 1, 2, 2.5 or 5 times a power of ten apart."""
    step = _step(total_ms / (MOST_TICKS - 0.01))
    for i in range(math.floor(total_ms / step + 1e-9) + 1):
        yield Tick(x=_percent(i * step / total_ms * 100), label=_tick_label(i * step))


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(
        factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least * (1 - 1e-9)
    )


def _tick_label(ms: float) -> str:
    if ms == 0:
        return "0"
    if ms < 1:
        return f"{ms * 1000:g}{SPACE}µs"
    return f"{ms:g}{SPACE}ms" if ms < _SECOND_MS else f"{ms / _SECOND_MS:g}{SPACE}s"


def _row(span: TimedSpan, level: int, total_ms: float) -> Row:
    start = min(100.0, max(0.0, span.start_ms / total_ms * 100))
    share = (span.duration_ms or 0.0) / total_ms * 100
    width = max(NARROWEST, min(100.0 - start, share))
    before = start + width > LABEL_TURNS_AT and start > 100 - LABEL_TURNS_AT
    return Row(
        span=span,
        level=min(level, DEEPEST),
        x=_percent(start),
        width=_percent(width),
        label_x=_percent(start if before else start + width),
        label_before=before,
        start=duration_words(span.start_ms),
        duration="" if span.duration_ms is None else duration_words(span.duration_ms),
        logs=tuple(_log_row(log, total_ms) for log in sorted(span.logs, key=lambda log: log.at_ms)),
    )


def _log_row(log: TimedLog, total_ms: float) -> LogRow:
    x = min(100.0, max(0.0, log.at_ms / total_ms * 100))
    return LogRow(log=log, x=_percent(x), after=duration_words(log.at_ms))


def _percent(value: float) -> str:
    return f"{value:.2f}"


def _in_order(spans: Sequence[TimedSpan]) -> Iterator[tuple[TimedSpan, int]]:
    """Give each span once with its depth, siblings by start."""
    known = {span.id for span in spans}
    children: dict[str, list[TimedSpan]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span.start_ms):
        children[span.parent if span.parent in known else ""].append(span)
    seen: set[str] = set()
    yield from _below(children[""], children, seen)
    for span in spans:  # what a circle of parents kept from every root
        if span.id not in seen:
            yield from _below([span], children, seen)


def _below(
    roots: Sequence[TimedSpan], children: dict[str, list[TimedSpan]], seen: set[str]
) -> Iterator[tuple[TimedSpan, int]]:
    stack = [(span, 0) for span in reversed(roots)]
    while stack:
        span, level = stack.pop()
        if span.id in seen:
            continue
        seen.add(span.id)
        yield span, level
        stack += [(child, level + 1) for child in reversed(children[span.id])]
