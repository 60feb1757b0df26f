"""The class's board: rate, errors and duration of what students use, and her own requests on it.

Only sums over everybody: no address, course, exercise or outcome. A trace of her own leads to
itself; nothing else leads anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from lms.observatory.exemplars import REQUESTS, exemplars_of
from lms.observatory.pages.charts import Chart, place_of
from lms.observatory.pages.drawing import address_of
from lms.observatory.pages.moments import Moment
from lms.observatory.pages.overview import RangeLink, range_links, traffic_chart
from lms.observatory.pages.readings import is_failed_request
from lms.observatory.pages.red_table import NS_PER_MS, RedLine, Table, request_name
from lms.observatory.pages.wording import count_words, rate_words, ratio_words
from lms.observatory.records import SITE
from lms.observatory.red.rows import Row, rows_of, whole
from lms.observatory.red.window import looked_by_step, runs_until
from lms.observatory.samples import labels_of
from lms.observatory.store.base import MOST_TRACES, TraceQuery
from lms.observatory.traces.waterfall import duration_words
from lms.observatory.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from lms.observatory.records import Trace
    from lms.observatory.red.routes import Routes
    from lms.observatory.red.window import Window
    from lms.observatory.samples import Labels, Minute
    from lms.observatory.store.base import Reader
    from lms.observatory.store.metric_base import MinuteStore

LEAST_PEOPLE: Final = 5
"""Among fewer, a sum would tell one what another did."""
LEAST_REQUESTS: Final = 20
"""Of a route; rarer ones are added up together."""
RANGES: Final = ("3h", "24h", "7d")
"""Steps of a minute would show when one person was here."""
OWN_REQUESTS: Final = 8
_LOOKS_FOR_PEOPLE: Final = 3
_OWN_LOOKED_AT: Final = 24


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """One request of hers. x: its place on the scale of the row, percent. stands: in words."""

    name: str
    at: Moment
    duration: str
    stands: str
    href: str
    x: str
    has_failed: bool


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A route of the class with her own requests on its line."""

    line: RedLine
    own: tuple[OwnRequest, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """has_people: enough different people were here; without them nothing of the class is shown."""

    ranges: tuple[RangeLink, ...]
    range_key: str
    has_people: bool
    least_people: int
    least_requests: int
    count: str
    rate: str
    errors: str
    traffic: Chart | None
    lines: tuple[BoardLine, ...]
    rare: str
    own: tuple[OwnRequest, ...]


def board_page(
    store: Reader, minutes: MinuteStore, routes: Routes, *,
    owner: str, window: Window, zone: tzinfo,
) -> Board:  # fmt: skip
    """Give the class's board for one person. owner: her pseudonym."""
    has_people = _has_people(store, window)
    looked = looked_by_step(runs_until(store.state().up, window.now_ms), window)
    asked = {"t0_ms": window.since_ms, "t1_ms": window.until_ms, "step_ms": window.step_ms}
    found = [
        one for one in minutes.minutes(SITE, REQUESTS, **asked)
        if dict(one.labels).get("route") in routes.student
    ] if has_people else []  # fmt: skip
    rows = _rows(found, window, looked)
    shown = [row for row in rows if row.count >= LEAST_REQUESTS]
    every = whole(rows, window, looked)
    placed = {row.labels: row for row in shown}
    own = tuple(_own(store, owner, window, zone=zone, placed=placed, routes=routes))
    table = Table(window, leads_on=False)
    return Board(
        ranges=range_links(window.key, RANGES),
        range_key=window.key,
        has_people=has_people,
        least_people=LEAST_PEOPLE,
        least_requests=LEAST_REQUESTS,
        count=count_words(every.count),
        rate=rate_words(every.rate),
        errors=ratio_words(every.error_ratio),
        traffic=traffic_chart(every, window, zone) if every.count else None,
        lines=tuple(
            BoardLine(line, tuple(one for one in own if one.name == line.name))
            for line in (table.request(row, REQUESTS) for row in shown)
        ),
        rare=count_words(sum(row.count for row in rows if row.count < LEAST_REQUESTS)),
        own=own,
    )


def _rows(found: Sequence[Minute], window: Window, looked: Sequence[float]) -> list[Row]:
    return rows_of(found, window, looked, by=("method", "route"), is_failure=is_failed_request)


def _has_people(store: Reader, window: Window) -> bool:
    """Claim that enough different people were here, of whom no more than their number is read."""
    people: set[str] = set()
    before = ""
    for _look in range(_LOOKS_FOR_PEOPLE):
        page = store.traces(
            Viewer(sees_all=True),
            TraceQuery(
                since_ns=window.since_ms * NS_PER_MS, until_ns=window.until_ms * NS_PER_MS,
                limit=MOST_TRACES, before=before,
            ),
        )  # fmt: skip
        people |= {one.owner for one in page.traces if one.owner}
        if len(people) >= LEAST_PEOPLE:
            return True
        if not page.next:
            break
        before = page.next
    return False


def _own(
    store: Reader, owner: str, window: Window, *,
    zone: tzinfo, placed: Mapping[Labels, Row], routes: Routes,
) -> Iterator[OwnRequest]:  # fmt: skip
    """Give her newest requests of what students use."""
    viewer = Viewer(owner=owner)
    query = TraceQuery(
        since_ns=window.since_ms * NS_PER_MS, until_ns=window.until_ms * NS_PER_MS,
        limit=_OWN_LOOKED_AT,
    )  # fmt: skip
    left = OWN_REQUESTS
    for summary in store.traces(viewer, query).traces if owner else ():
        trace = store.trace(viewer, summary.trace_id)
        one = _request(trace, placed, routes, zone) if trace else None
        if one is not None:
            yield one
            left -= 1
        if not left:
            return


def _request(
    trace: Trace, placed: Mapping[Labels, Row], routes: Routes, zone: tzinfo
) -> OwnRequest | None:
    """Place a request by its own span: the trace goes on while its answer is graded."""
    root = next((span for span in trace.spans if not span.parent_id), None)
    named = exemplars_of([root]) if root else []
    if root is None or not named or named[0].metric != REQUESTS:
        return None
    held = dict(named[0].labels)
    if held.get("route") not in routes.student:
        return None
    labels = labels_of({"method": held["method"], "route": held["route"]})
    seconds = root.duration_ns / 1e9
    return OwnRequest(
        name=request_name(held["method"], held["route"]),
        at=Moment(root.start_ns, zone),
        duration=duration_words(seconds * 1000),
        stands=_stands(placed.get(labels), seconds, has_failed=held["status_class"] == "5xx"),
        href=address_of(trace.trace_id),
        x=f"{place_of(seconds):.1f}",
        has_failed=held["status_class"] == "5xx",
    )


def _stands(row: Row | None, seconds: float, *, has_failed: bool) -> str:
    if has_failed:
        return _("it failed; durations of the class are those of answers that came")
    share = row.ok.share_below(seconds) if row else None
    if share is None:
        return _("too few requests of the class to compare")
    for limit, words in (
        (0.5, _("faster than half of the class's")),
        (0.95, _("slower than half of the class's")),
        (0.99, _("among the slowest 5 %")),
    ):
        if share < limit:
            return words
    return _("among the slowest 1 %")
