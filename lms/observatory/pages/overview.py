"""The overview of the site's own RED board, for those who teach or run it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.observatory.exemplars import REQUESTS, TASKS
from lms.observatory.pages.charts import Chart, columns, gaps, line, top_of
from lms.observatory.pages.drawing import address_of
from lms.observatory.pages.grading_panel import GradingPanel, grading_panel, last_hours
from lms.observatory.pages.headline import RANGE_LABELS, Said, Sentences
from lms.observatory.pages.lists import LineRow, line_row
from lms.observatory.pages.moments import Moment, iso_of
from lms.observatory.pages.readings import (
    DB_ERRORS,
    GATE,
    QUEUE_WAITS,
    STATEMENTS,
    Reading,
    Readings,
    is_failed_request,
    is_failed_task,
)
from lms.observatory.pages.red_table import NS_PER_MS, RedLine, Table, request_name
from lms.observatory.pages.wording import (
    clock,
    count_words,
    estimate_words,
    rate_words,
    seconds_words,
)
from lms.observatory.records import ERROR, INFO, SITE
from lms.observatory.red.findings import was_wrong, wrong_now
from lms.observatory.red.rows import Row, rows_of, whole
from lms.observatory.red.tally import tally
from lms.observatory.red.window import looked_by_step
from lms.observatory.store.base import LogQuery
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from lms.observatory.records import LogRecord
    from lms.observatory.red.rows import Step
    from lms.observatory.red.window import Window
    from lms.observatory.samples import Exemplar, Minute
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MinuteStore
    from lms.observatory.viewing import Viewer

ERRORS_LOOKED_AT: Final = 200
TAIL_LINES: Final = 10
SLOWEST: Final = 5
# Of the slowest ones; those that she may not see take a place, so that reads stay few.
SLOWEST_LOOKED_AT: Final = 12
AHEAD_NS: Final = 60_000_000_000


@dataclass(frozen=True, slots=True)
class RangeLink:
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Lines of level error with the same event. lines: their list, trace: of the newest one."""

    event: str
    logger: str
    count: str
    last: Moment
    lines: str
    trace: str


@dataclass(frozen=True, slots=True)
class SlowTrace:
    """share: in percent of the slowest one's time."""

    name: str
    duration: str
    at: Moment
    href: str
    short_id: str
    share: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows, in words and shapes."""

    now: str
    is_well: bool
    leads: list[Said]
    was: list[Said]
    ranges: tuple[RangeLink, ...]
    range: str
    since: str
    rate: str
    count: str
    traffic: Chart
    routes: tuple[RedLine, ...]
    tasks: tuple[RedLine, ...]
    database: tuple[RedLine, ...]
    database_errors: str
    grading: GradingPanel
    oldest: str
    is_due: bool
    is_known: bool
    waits: Chart | None
    processes: tuple[tuple[str, bool], ...]
    trouble: str
    errors: tuple[ErrorGroup, ...]
    errors_are_more: bool
    all_errors: str
    slowest: tuple[SlowTrace, ...]
    all_traces: str
    last_seen: str


def overview_page(
    store: Reader,
    minutes: MinuteStore,
    reading: Reading,
    viewer: Viewer,
    *,
    window: Window,
    zone: tzinfo,
) -> Overview:
    """Give the overview of a window; the number of reads does not depend on what is stored."""
    # Long, because it names each part of the page once; each is worked out in a place of its own.
    found = reading.all(store, window)
    table = Table(window)
    requests = rows_of(
        found.rows[REQUESTS], window, found.looked,
        by=("method", "route"), is_failure=is_failed_request,
    )  # fmt: skip
    every = whole(requests, window, found.looked)
    sentences = Sentences(window, zone)
    hour, six = last_hours(found)
    wrong = wrong_now(
        window=window, runs=found.runs, up=found.present.up, recent=_recent(found),
        oldest_wait_s=found.present.oldest_s, last_hour=hour, last_six=six,
    )  # fmt: skip
    past = was_wrong(window=window, runs=found.runs, requests=every, verdicts=found.graded.steps)
    groups, are_more = _errors(store, viewer, window, zone)
    return Overview(
        now=sentences.now(wrong, found.runs),
        is_well=not wrong and bool(found.runs),
        leads=sentences.leads(wrong),
        was=sentences.was(past, every.count, found.runs),
        ranges=range_links(window.key),
        range=sentences.range,
        since=clock(window.since_ms, zone, window.now_ms),
        rate=rate_words(every.rate),
        count=count_words(every.count),
        traffic=traffic_chart(every, window, zone),
        routes=tuple(table.request(row, REQUESTS) for row in requests),
        tasks=tuple(
            table.task(row, TASKS)
            for row in rows_of(found.rows[TASKS], window, found.looked,
                               by=("task",), is_failure=is_failed_task)
        ),
        database=tuple(_database(found, table)),
        database_errors=count_words(sum(one.count for one in found.rows[DB_ERRORS])),
        grading=grading_panel(found, zone, hand_in=reading.hand_in),
        oldest=seconds_words(found.present.oldest_s or None),
        is_due=bool(found.present.oldest_s),
        is_known=found.present.oldest_s is not None,
        waits=_waits(found, zone),
        processes=tuple((job, value > 0) for job, value in sorted(found.present.up.items())),
        trouble=found.present.trouble,
        errors=groups,
        errors_are_more=are_more,
        all_errors=_lines(window, level="error"),
        slowest=slowest(store, minutes, viewer, window=window, zone=zone),
        all_traces=table.traces(),
        last_seen=clock(found.runs[-1][1], zone, window.now_ms) if found.runs else "",
    )  # fmt: skip


def tail(store: Reader, viewer: Viewer, *, now_ns: int, zone: tzinfo) -> tuple[LineRow, ...]:
    """Give the newest lines, debug lines left out."""
    query = LogQuery(
        since_ns=now_ns - 24 * 3600 * 1_000_000_000, until_ns=now_ns + AHEAD_NS,
        least_severity=INFO, limit=TAIL_LINES,
    )  # fmt: skip
    return tuple(line_row(line, zone) for line in store.logs(viewer, query).lines)


def range_links(key: str, keys: Sequence[str] = tuple(RANGE_LABELS)) -> tuple[RangeLink, ...]:
    return tuple(
        RangeLink(str(RANGE_LABELS[one]), urlencode({"range": one}), one == key) for one in keys
    )


def traffic_chart(every: Row, window: Window, zone: tzinfo) -> Chart:
    """Draw the requests of all routes, failures below."""
    steps = every.steps
    top = top_of([step.rate for step in steps])
    times = [clock(step.begin_ms, zone, window.now_ms) for step in steps]
    worst = max(steps, key=lambda step: step.failed)
    failed = _("no request failed") if not worst.failed else _(
        "most failures from %(time)s on: %(failed)s of %(count)s"
    ) % {
        "time": clock(worst.begin_ms, zone, window.now_ms),
        "failed": count_words(worst.failed), "count": count_words(worst.count),
    }  # fmt: skip
    says = ngettext(
        "%(count)s request, %(rate)s on average, at most %(top)s; %(failed)s.",
        "%(count)s requests, %(rate)s on average, at most %(top)s; %(failed)s.",
        every.count,
    ) % {
        "count": count_words(every.count),
        "rate": rate_words(every.rate),
        "top": rate_words(max((step.rate or 0.0 for step in steps), default=0.0)),
        "failed": failed,
    }
    if all(step.is_gap and not step.count for step in steps):
        says = _("Nothing was recorded in this time.")
    return Chart(
        says=says,
        shapes=columns(steps, top),
        ys=(rate_words(top), rate_words(top / 2), "0"),
        xs=(times[0], times[len(times) // 2], _("now")),
        head=(_("From"), _("Requests"), _("Failed"), _("Rate")),
        table=tuple(_step_cells(step, time) for step, time in zip(steps, times, strict=True)),
    )  # fmt: skip


def _step_cells(step: Step, time: str) -> tuple[str, ...]:
    if step.is_gap:
        count = count_words(step.count) if step.count else ""
        return (time, _("not recorded"), count and _("%(n)s counted later") % {"n": count}, "")
    return (time, count_words(step.count), count_words(step.failed), rate_words(step.rate))


def _recent(found: Readings) -> list[tuple[str, Step]]:
    """Give the newest steps of each route."""
    window = found.moments
    rows = rows_of(
        found.recent, window, looked_by_step(found.runs, window),
        by=("method", "route"), is_failure=is_failed_request,
    )  # fmt: skip
    return [
        (request_name(row.label("method"), row.label("route")), step)
        for row in rows
        for step in row.steps
    ]


def _database(found: Readings, table: Table) -> Iterator[RedLine]:
    for row in rows_of(found.rows[GATE], found.window, found.looked, by=()):
        yield table.plain(row, GATE, _("wait for the write gate"))
    for row in rows_of(found.rows[STATEMENTS], found.window, found.looked, by=("alias", "vendor")):
        name = _("statements, %(alias)s") % {"alias": row.label("alias") or row.label("vendor")}
        yield table.plain(row, STATEMENTS, name)


def _waits(found: Readings, zone: tzinfo) -> Chart | None:
    """Draw the 95th percentile of the wait for a worker, step by step."""
    window = found.window
    rows: list[list[Minute]] = [[] for begin in window.begins]
    for one in found.rows[QUEUE_WAITS]:
        rows[window.at(one.minute_ms)].append(one)
    tallies = [tally(group) for group in rows]
    if not any(one.count for one in tallies):
        return None
    p95 = [one.quantile(0.95) for one in tallies]
    values = [one.seconds if one else None for one in p95]
    top = top_of(values)
    times = [clock(begin, zone, window.now_ms) for begin in window.begins]
    longest = max((one for one in p95 if one), key=lambda one: (one.seconds, one.is_above))
    return Chart(
        says=_("p95 of the wait for a worker, at most %(longest)s in a step.")
        % {"longest": estimate_words(longest)},
        shapes=(*gaps([not seconds for seconds in found.looked]), line(values, top)),
        ys=(seconds_words(top), seconds_words(top / 2), "0"),
        xs=(times[0], times[len(times) // 2], _("now")),
        head=(_("From"), _("Jobs"), _("p95 wait")),
        table=tuple(
            (time, count_words(one.count), estimate_words(estimate))
            for time, one, estimate in zip(times, tallies, p95, strict=True)
            if one.count
        ),
    )


def _errors(
    store: Reader, viewer: Viewer, window: Window, zone: tzinfo
) -> tuple[tuple[ErrorGroup, ...], bool]:
    """Give the newest lines of level error by event, and whether there are more."""
    page = store.logs(
        viewer,
        LogQuery(
            since_ns=window.since_ms * NS_PER_MS, until_ns=window.now_ms * NS_PER_MS + AHEAD_NS,
            least_severity=ERROR, limit=ERRORS_LOOKED_AT,
        ),
    )  # fmt: skip
    newest: dict[str, LogRecord] = {}
    for said in page.lines:
        newest.setdefault(said.event or said.body, said)
    counts = Counter(said.event or said.body for said in page.lines)
    groups = tuple(
        ErrorGroup(
            event=event,
            logger=said.logger,
            count=count_words(counts[event]),
            last=Moment(said.time_ns, zone),
            lines=_lines(window, **{"event" if said.event else "text": event}, level="error"),
            trace=address_of(said.trace_id, said.span_id) if said.trace_id else "",
        )
        for event, said in newest.items()
    )
    return groups, bool(page.next or page.searched_to_ns)


def _lines(window: Window, **asked: str) -> str:
    since = {"since": iso_of(window.since_ms * NS_PER_MS)}
    return f"{reverse('observatory:logs')}?{urlencode(asked | since)}"


def slowest(
    store: Reader, minutes: MinuteStore, viewer: Viewer, *, window: Window, zone: tzinfo
) -> tuple[SlowTrace, ...]:
    """Give the slowest requests and task runs whose traces she may see."""
    found = [
        one
        for metric in (REQUESTS, TASKS)
        for one in minutes.exemplars(SITE, metric, t0_ms=window.since_ms, t1_ms=window.until_ms)
    ]
    found.sort(key=lambda one: -one.duration_ns)
    return exemplar_rows(store, viewer, found, zone=zone)


def exemplar_rows(
    store: Reader, viewer: Viewer, found: Sequence[Exemplar], *, zone: tzinfo
) -> tuple[SlowTrace, ...]:
    """Give those whose traces she may see, of the first ones; each trace once."""
    unique = list({one.trace_id: one for one in reversed(found)}.values())[::-1]
    seen = []
    for one in unique[:SLOWEST_LOOKED_AT]:
        if store.trace(viewer, one.trace_id) is not None:
            seen.append(one)
        if len(seen) == SLOWEST:
            break
    longest = max((one.duration_ns for one in seen), default=1) or 1
    return tuple(
        SlowTrace(
            name=_name_of(one),
            duration=duration_words(one.duration_ns / NS_PER_MS),
            at=Moment(one.minute_ms * NS_PER_MS, zone),
            href=address_of(one.trace_id),
            short_id=one.trace_id[:8],
            share=f"{one.duration_ns / longest * 100:.1f}",
        )
        for one in seen
    )


def _name_of(one: Exemplar) -> str:
    held = dict(one.labels)
    if one.metric == TASKS:
        return held.get("task", "")
    return request_name(held.get("method", ""), held.get("route", ""))
