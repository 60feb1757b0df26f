"""Traces out of a snapshot of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lms.observatory.records import Span, Trace, TraceSummary
from lms.observatory.store.base import MOST_SPANS, MOST_TRACES, TracePage
from lms.observatory.store.sqlite.carried import Carried
from lms.observatory.store.sqlite.encoding import KINDS, STATUSES, read_more
from lms.observatory.store.sqlite.faults import tell_row_skipped
from lms.observatory.store.sqlite.paging import NEVER, Found, Place, Source, merged, page_of
from lms.observatory.store.sqlite.trace_row import COLUMNS, TraceRow, key_of
from lms.observatory.store.sqlite.view import ROW_DAMAGE
from lms.observatory.store.sqlite.visible import sees_own_only, sql_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lms.observatory.store.base import TraceQuery
    from lms.observatory.store.sqlite.view import View
    from lms.observatory.viewing import Viewer

WINDOW: Final = 20_000
_ROW: Final = f"SELECT {COLUMNS} FROM trace WHERE "  # noqa: S608
_SPANS: Final = """SELECT span_id, parent, operation, start_ns, duration_ns, status, owner, course,
    attributes, more FROM span WHERE trace = ? ORDER BY start_ns, span_id LIMIT ?"""


def trace_of(views: Sequence[View], viewer: Viewer, trace_id: str) -> Trace | None:
    """Give a trace out of all its pieces, None when there is none that she may see."""
    newest: TraceRow | None = None
    spans: dict[str, Span] = {}
    for view in views:
        row = _row_of(view, viewer.tenant, trace_id)
        if row is None:
            continue
        newest = newest or row
        if not newest.whose.is_visible_to(viewer):
            return None
        spans |= {span.span_id: span for span in _spans_of(view, row.id, trace_id)}
        if not row.carried:
            break
    if newest is None or not spans:
        return None
    by_start = sorted(spans.values(), key=lambda span: (span.start_ns, span.span_id))
    return Trace(
        trace_id=trace_id, spans=tuple(by_start[:MOST_SPANS]), owner=newest.whose.owner,
        course=newest.whose.course, has_root=newest.whose.has_root,
        is_cut=len(by_start) > MOST_SPANS,
    )  # fmt: skip


def _row_of(view: View, tenant: str, trace_id: str) -> TraceRow | None:
    key, number = key_of(trace_id), view.number_of(tenant)
    rows = view.rows(_ROW + "trace_id = ? AND tenant = ?", key, number)
    return TraceRow.read(rows[0], view.word) if rows else None


def _spans_of(view: View, trace: int, trace_id: str) -> Iterator[Span]:
    for row in view.rows(_SPANS, trace, MOST_SPANS + 1):
        try:
            yield _span_of(view, row, trace_id)
        except ROW_DAMAGE as error:
            tell_row_skipped(view.file, error)


def _span_of(view: View, row: tuple[Any, ...], trace_id: str) -> Span:
    span_id, parent, operation, start_ns, duration_ns, status, owner, course, facts, more = row
    told = view.operation(operation)
    message, events, links = read_more(more)
    return Span(
        trace_id=trace_id, span_id=span_id.hex(), parent_id=parent.hex() if parent else "",
        name=told.name, start_ns=start_ns, duration_ns=duration_ns, kind=KINDS[told.kind],
        status=STATUSES[status], status_message=message, attributes=view.attributes(facts),
        events=events, links=links, resource=told.resource, scope=told.scope,
        owner=view.word(owner), course=view.word(course),
    )  # fmt: skip


class TraceSearch:
    """One page of a list of traces."""

    def __init__(self, views: Sequence[View], viewer: Viewer, query: TraceQuery) -> None:
        self._views = views
        self._viewer = viewer
        self._query = query
        self._start = min(Place.read(query.before), Place(query.until_ns, 0))

    def page(self) -> TracePage:
        limit = max(1, min(self._query.limit, MOST_TRACES))
        found = merged(self._sources())
        page = page_of(found, accept=self._accepted, limit=limit, start=self._start)
        return TracePage(traces=page.items, next=page.next, searched_to_ns=page.searched_to_ns)

    def _sources(self) -> Iterator[Source[tuple[View, TraceRow]]]:
        self._carried = Carried(self._views, self._viewer.tenant)
        for place, view in enumerate(self._views):
            tenant = view.number_of(self._viewer.tenant)
            [(newest,)] = view.rows("SELECT max(start_ns) FROM trace "
                                    "WHERE tenant = ? AND span_count > 0", tenant)  # fmt: skip
            if newest is not None and newest >= self._query.since_ns:
                yield Source(newest, lambda place=place, tenant=tenant: self._items(place, tenant))  # type: ignore[misc]

    def _items(self, place: int, tenant: int) -> Iterator[Found[tuple[View, TraceRow]]]:
        view = self._views[place]
        condition, values = self._condition(view)
        statement = _ROW + (
            "tenant = ? AND span_count > 0 AND start_ns >= ? AND start_ns < ?"
            f"{condition} ORDER BY start_ns DESC, trace_id DESC"
        )
        for low, high in self._windows(view, tenant):
            for row in view.each(statement, tenant, low, high, *values):
                trace = TraceRow.read(row, view.word)
                at = Place(trace.start_ns, int.from_bytes(trace.trace_id, "big"))
                if at < self._start and not self._carried.newer(trace.trace_id, place):
                    yield Found(at, (view, trace))
            yield Found(Place(low, 0), None)

    def _windows(self, view: View, tenant: int) -> Iterator[tuple[int, int]]:
        """Cut the time into pieces of some thousand traces, newest first."""
        since = max(self._query.since_ns, 0)
        high = min(self._start.time_ns + 1, self._query.until_ns, NEVER.time_ns)
        while high > since:
            rows = view.rows(
                "SELECT start_ns FROM trace WHERE tenant = ? AND span_count > 0 AND start_ns < ? "
                "ORDER BY start_ns DESC LIMIT 1 OFFSET ?", tenant, high, WINDOW,
            )  # fmt: skip
            low = max(since, rows[0][0]) if rows else since
            yield low, high
            high = low

    def _condition(self, view: View) -> tuple[str, list[int]]:
        query, viewer = self._query, self._viewer
        said, values = sql_of(viewer, view, owner="owner", course="course", root="has_root")
        if sees_own_only(viewer):
            said += " AND owner > 0"
        for column, word in (("name", query.name), ("service", query.service)):
            if word:
                said += f" AND {column} = ?"
                values.append(view.number_of(word))
        if query.only_errors:
            said += " AND error_count > 0"
        if query.least_ns:
            said += " AND end_ns - start_ns >= ?"
            values.append(query.least_ns)
        return said, values

    def _accepted(self, item: tuple[View, TraceRow]) -> TraceSummary | None:
        _, trace = item
        if not trace.whose.is_visible_to(self._viewer):
            return None
        if trace.carried and not self._has_spans(trace.trace_id):
            return None
        return trace.summary()

    def _has_spans(self, trace_id: bytes) -> bool:
        """Claim that a span of it is left: the segments in which it began may have been let go."""
        statement = """SELECT 1 FROM span WHERE trace IN
            (SELECT id FROM trace WHERE trace_id = ? AND tenant = ?) LIMIT 1"""
        return any(
            view.rows(statement, trace_id, view.number_of(self._viewer.tenant))
            for view in self._views
        )
