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
    from collections.abc import Iterable, Iterator, Sequence

SPACE = "\N{NO-BREAK SPACE}"

DEEPEST = 8  # waterfall.css indents the classes l0 to l8
NARROWEST = 0.4  # percent; the stroke of waterfall.css makes at least 3 px of it
LABEL_TURNS_AT = 86.0  # percent; past it the duration stands before its bar
MOST_TICKS = 5
MOST_ROWS = 300
_SECOND_MS = 1000
_MINUTE_MS = 60_000

Status = Literal["ok", "error", "unset"]
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TimedLog:
    """One log line of a span, at_ms after the start of the trace."""

    at_ms: float
    level: Literal["debug", "info", "warning", "error"]
    event: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TimedSpan:
    """One span as it is drawn, or several of one name in one row.

    parent: "" at a root. start_ms: after the start of the trace. duration_ms: None for a span that
    never started; start_ms is then where it would have begun.
    hue: the colour of its place, a word of waterfall.css; "" draws by status. href: where its name
    leads. path: (start, length) on the critical path, ms.
    is_origin: its error began here. is_early: it starts before its parent. is_orphan: its parent
    is not here.
    folded: (start, length) of each of several spans, ms; duration_ms then reaches from the first
    one's start to the last one's end.
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
    hue: str = ""
    href: str = ""
    path: tuple[Stretch, ...] = ()
    folded: tuple[Stretch, ...] = ()
    is_wait: bool = False
    is_computed: bool = False
    is_origin: bool = False
    is_early: bool = False
    is_orphan: bool = False


@dataclass(frozen=True, slots=True)
class LogRow:
    """A log line below its span. x: percent."""

    log: TimedLog
    x: str
    after: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a row's time. x, width: percent."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Row:
    """A span's row. Percentages are written with two digits.

    level: depth, at most DEEPEST. bars: one, or one for each of several folded spans that can be
    told apart. path: what of it is on the critical path, path_time that in words, "" for none.
    label_x: where the duration stands; label_before: it ends there in place of starting there.
    start, duration: in words with a unit; duration "" when the span never started, of folded spans
    their sum.
    """

    span: TimedSpan
    level: int
    bars: tuple[Bar, ...]
    path: tuple[Bar, ...]
    path_time: str
    label_x: str
    label_before: bool
    start: str
    duration: str
    logs: tuple[LogRow, ...]

    @property
    def is_absent(self) -> bool:
        """Claim that the span never started."""
        return self.span.duration_ms is None

    @property
    def x(self) -> str:
        return self.bars[0].x

    @property
    def width(self) -> str:
        return self.bars[0].width

    def __str__(self) -> str:
        return self.span.name


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the time axis. x: percent."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What a colour stands for."""

    hue: str
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A whole drawing: rows in the order of reading, parents before children.

    loose: log lines whose span is not among the rows. legend: one entry for each place; empty for a
    drawing by status. left_out: rows there are beyond those given.
    """

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    loose: tuple[LogRow, ...] = ()
    legend: tuple[Legend, ...] = ()
    left_out: int = 0

    @property
    def has_path(self) -> bool:
        return any(row.path for row in self.rows)

    @property
    def grid(self) -> str:
        """Name the grid lines: two drawings with the same ones may share the name."""
        return "wf-grid-" + "-".join(tick.x for tick in self.ticks[1:2]).replace(".", "-")


def draw(
    spans: Sequence[TimedSpan],
    *,
    total_ms: float,
    loose: Iterable[TimedLog] = (),
    legend: Sequence[Legend] = (),
    most: int = MOST_ROWS,
) -> Waterfall:
    """Give the drawing of a trace that takes total_ms, more than 0.

    A span whose parent is not among the spans is drawn as a root; so is one of a circle.
    """
    ordered = list(_in_order(spans))
    return Waterfall(
        rows=tuple(_row(span, level, total_ms) for span, level in ordered[:most]),
        ticks=tuple(ticks(total_ms)),
        loose=_log_rows(loose, total_ms),
        legend=tuple(legend),
        left_out=max(0, len(ordered) - most),
    )


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
    bars = _bars(span, total_ms)
    start, end = bars[0][0], bars[-1][0] + bars[-1][1]
    before = end > LABEL_TURNS_AT and start > 100 - LABEL_TURNS_AT
    shown_ms = sum(length for _, length in span.folded) if span.folded else span.duration_ms
    return Row(
        span=span,
        level=min(level, DEEPEST),
        bars=_written(bars),
        path=_written(_placed(stretch, total_ms) for stretch in span.path),
        path_time=duration_words(sum(ms for _, ms in span.path)) if span.path else "",
        label_x=_percent(start if before else end),
        label_before=before,
        start=duration_words(span.start_ms),
        duration="" if shown_ms is None else duration_words(shown_ms),
        logs=_log_rows(span.logs, total_ms),
    )


def _bars(span: TimedSpan, total_ms: float) -> list[Stretch]:
    """Give (x, width) in percent, bars that would cover each other as one."""
    stretches = span.folded or ((span.start_ms, span.duration_ms or 0.0),)
    bars: list[Stretch] = []
    for placed in (_placed(stretch, total_ms) for stretch in stretches):
        if bars and placed[0] <= bars[-1][0] + bars[-1][1]:
            bars.append(_joined(bars.pop(), placed))
        else:
            bars.append(placed)
    return bars


def _joined(first: Stretch, second: Stretch) -> Stretch:
    return first[0], max(first[1], second[0] + second[1] - first[0])


def _placed(stretch: Stretch, total_ms: float) -> Stretch:
    x = min(100.0, max(0.0, stretch[0] / total_ms * 100))
    return x, max(NARROWEST, min(100.0 - x, stretch[1] / total_ms * 100))


def _written(bars: Iterable[Stretch]) -> tuple[Bar, ...]:
    return tuple(Bar(x=_percent(x), width=_percent(width)) for x, width in bars)


def _log_rows(logs: Iterable[TimedLog], total_ms: float) -> tuple[LogRow, ...]:
    return tuple(_log_row(log, total_ms) for log in sorted(logs, key=lambda log: log.at_ms))


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
