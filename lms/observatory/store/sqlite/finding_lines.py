"""Lines out of a snapshot of segments.

Each segment gives candidates, time and number, newest first, by the cheapest way that misses none;
each candidate is then read and judged by itself: filters, text, and whether she may see it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.records import LogRecord
from lms.observatory.store.base import MOST_LINES, LogPage
from lms.observatory.store.content import fold, is_said
from lms.observatory.store.ownership import Ownership, is_line_visible
from lms.observatory.store.sqlite.active import searched
from lms.observatory.store.sqlite.carried import Carried
from lms.observatory.store.sqlite.encoding import decode
from lms.observatory.store.sqlite.faults import tell_row_skipped
from lms.observatory.store.sqlite.paging import NEVER, Found, Place, Source, merged, page_of
from lms.observatory.store.sqlite.trace_row import key_of
from lms.observatory.store.sqlite.view import ROW_DAMAGE, Stream
from lms.observatory.store.sqlite.visible import sees_own_only, sql_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lms.observatory.store.base import LogQuery
    from lms.observatory.store.sqlite.view import View
    from lms.observatory.viewing import Viewer

WINDOW: Final = 20_000
# More candidates than this in one segment: the text is common, and reading by time finds it soon.
MOST_FOUND: Final = 20_000
MOST_STREAMS: Final = 64
_TRIGRAM: Final = 3
_MOST_TRIGRAMS: Final = 24
_ARRIVAL_BITS: Final = 40

_BY_TIME: Final = "time_ns >= ? AND time_ns < ? ORDER BY time_ns DESC, id DESC"
_TRACE: Final = "SELECT id FROM trace WHERE trace_id = ? AND tenant = ?"
_LINE: Final = """SELECT l.time_ns, l.stream, l.span_id, l.owner, l.course, l.said,
    t.trace_id, t.owner, t.course, t.has_root, t.span_count
    FROM line l LEFT JOIN trace t ON t.id = l.trace WHERE l.id = ?"""
_AMONG: Final = (
    "SELECT time_ns, id FROM line "  # noqa: S608
    f"WHERE id IN (SELECT value FROM json_each(?)) AND {_BY_TIME}"
)
# Her own lines, those of her traces, and those of traces of which a newer segment says more.
_OWN: Final = """SELECT time_ns, id FROM line WHERE id IN (
    SELECT id FROM line WHERE owner = ?1 AND owner > 0
    UNION SELECT l.id FROM trace t JOIN line l ON l.trace = t.id WHERE t.owner = ?1 AND t.owner > 0
    UNION SELECT id FROM line WHERE trace IN (SELECT value FROM json_each(?2))
) AND time_ns >= ?3 AND time_ns < ?4 ORDER BY time_ns DESC, id DESC"""

_Candidate = tuple[int, int]


class LineSearch:
    """One page of a list of lines."""

    def __init__(self, views: Sequence[View], viewer: Viewer, query: LogQuery) -> None:
        self._views = views
        self._viewer = viewer
        self._query = query
        self._text = fold(query.text)
        self._start = min(Place.read(query.before), Place(query.until_ns, 0))
        self._since = max(query.since_ns, 0)
        self._until = min(query.until_ns, self._start.time_ns + 1, NEVER.time_ns)

    def page(self) -> LogPage:
        limit = max(1, min(self._query.limit, MOST_LINES))
        found = merged(self._sources())
        page = page_of(found, accept=self._accepted, limit=limit, start=self._start)
        return LogPage(lines=page.items, next=page.next, searched_to_ns=page.searched_to_ns)

    def _sources(self) -> Iterator[Source[_Candidate]]:
        self._carried = Carried(self._views, self._viewer.tenant)
        self._streams: dict[int, dict[int, Stream]] = {}
        for place, view in enumerate(self._views):
            extent = view.extent("logs")
            if extent.rows and extent.newest_ns >= self._since and extent.oldest_ns < self._until:
                yield Source(extent.newest_ns, lambda place=place: self._items(place))  # type: ignore[misc]

    def _items(self, place: int) -> Iterator[Found[_Candidate]]:
        view = self._views[place]
        arrival = view.file.number << _ARRIVAL_BITS
        streams = view.streams()
        self._streams[place] = {
            stream.id: stream for stream in streams.values() if self._fits(stream)
        }
        if not self._streams[place]:
            return
        for time_ns, number in self._candidates(place, are_all=len(streams)):
            at = Place(time_ns, arrival | number if number else 0)
            if at < self._start:
                yield Found(at, (place, number) if number else None)

    def _fits(self, stream: Stream) -> bool:
        query = self._query
        return (
            stream.tenant == self._viewer.tenant
            and stream.severity >= query.least_severity
            and query.service in {"", stream.service}
            and query.event in {"", stream.event}
            and (not query.logger or f"{stream.logger}.".startswith(f"{query.logger}."))
        )

    def _candidates(self, place: int, *, are_all: int) -> Iterable[_Candidate]:
        """Give time and number of lines, newest first; number 0 says how far all was looked at."""
        view, fitting = self._views[place], self._streams[place]
        if self._query.trace_id:
            return self._of_trace(view)
        said = self._said(view) if len(self._text) >= _TRIGRAM else None
        if said is not None and not said:
            return ()
        if sees_own_only(self._viewer):
            own = self._own(place)
            return own if said is None else (one for one in own if one[1] in said)
        if said is not None:
            return self._each(view, _AMONG, json.dumps(list(said)))
        if len(fitting) < are_all and len(fitting) <= MOST_STREAMS:
            return self._of_streams(view, fitting)
        return self._by_time(place, "" if len(fitting) == are_all else _among(fitting))

    def _of_trace(self, view: View) -> Iterable[_Candidate]:
        tenant = view.number_of(self._viewer.tenant)
        found = view.rows(_TRACE, key_of(self._query.trace_id), tenant)
        if not found:
            return ()
        statement = f"SELECT time_ns, id FROM line WHERE trace = ? AND {_BY_TIME}"  # noqa: S608
        return self._each(view, statement, found[0][0])

    def _own(self, place: int) -> Iterable[_Candidate]:
        view = self._views[place]
        told = json.dumps(self._retold(place))
        return self._each(view, _OWN, view.number_of(self._viewer.owner), told)

    def _retold(self, place: int) -> list[int]:
        """Give the numbers of traces here of which a newer segment knows more."""
        view = self._views[place]
        ids = self._carried.ids_newer_than(place)
        tenant = view.number_of(self._viewer.tenant)
        return [row[0] for trace_id in ids for row in view.rows(_TRACE, trace_id, tenant)]

    def _said(self, view: View) -> set[int] | None:
        """Give the lines that the index finds for the text, None when they are too many."""
        found = view.rows(
            f"SELECT rowid FROM line_text WHERE line_text MATCH ? LIMIT {MOST_FOUND + 1}",  # noqa: S608
            _match(self._query.text),
        )
        return None if len(found) > MOST_FOUND else {number for (number,) in found}

    def _of_streams(self, view: View, streams: dict[int, Stream]) -> Iterator[_Candidate]:
        statement = f"SELECT time_ns, id FROM line WHERE stream = ? AND {_BY_TIME}"  # noqa: S608
        sources = [
            (Found(Place(*one), one) for one in self._each(view, statement, stream))
            for stream in streams
        ]
        for found in merged(Source(self._until, lambda each=each: each) for each in sources):  # type: ignore[misc]
            yield found.place

    def _by_time(self, place: int, condition: str) -> Iterator[_Candidate]:
        view = self._views[place]
        seen, values = self._sight(place)
        statement = f"""SELECT l.time_ns, l.id FROM line l LEFT JOIN trace t ON t.id = l.trace
            WHERE l.time_ns >= ? AND l.time_ns < ? {condition} {seen}
            ORDER BY l.time_ns DESC, l.id DESC"""  # noqa: S608
        for low, high in self._windows(view):
            yield from view.each(statement, low, high, *values)
            yield low, 0

    def _sight(self, place: int) -> tuple[str, list[int]]:
        """Give what a statement can tell of what she may see, of a line and its trace together."""
        if self._viewer.sees_all:
            return "", []
        view = self._views[place]
        retold = self._retold(place)
        own, values = sql_of(self._viewer, view, owner="l.owner", course="l.course", root="1")
        trace, more = sql_of(self._viewer, view, owner="t.owner", course="t.course", root="1")
        told = f"OR l.trace IN ({', '.join(map(str, retold))})"
        both = f"AND (({own.removeprefix(' AND ')}) OR ({trace.removeprefix(' AND ')}) {told})"
        return both, values + more

    def _windows(self, view: View) -> Iterator[tuple[int, int]]:
        """Cut the time into pieces of some thousand lines, newest first."""
        high = self._until
        while high > self._since:
            rows = view.rows("SELECT time_ns FROM line WHERE time_ns < ? ORDER BY time_ns DESC "
                             "LIMIT 1 OFFSET ?", high, WINDOW)  # fmt: skip
            low = max(self._since, rows[0][0]) if rows else self._since
            yield low, high
            high = low

    def _each(self, view: View, statement: str, *values: Any) -> Iterator[_Candidate]:
        yield from view.each(statement, *values, self._since, self._until)

    def _accepted(self, candidate: _Candidate) -> LogRecord | None:
        place, number = candidate
        view = self._views[place]
        for row in view.rows(_LINE, number):
            stream = self._streams[place].get(row[1])
            if stream is None:
                return None
            try:
                line = _line_of(view, row, stream)
            except ROW_DAMAGE as error:
                tell_row_skipped(view.file, error)
                return None
            return line if self._shows(place, line, row) else None
        return None

    def _shows(self, place: int, line: LogRecord, row: tuple[Any, ...]) -> bool:
        if not is_said(self._text, line):
            return False
        return is_line_visible(line, self._whose(place, row), self._viewer)

    def _whose(self, place: int, row: tuple[Any, ...]) -> Ownership | None:
        """Give whose the line's trace is, None when no span of it has come."""
        trace_id, owner, course, has_root, span_count = row[6:]
        if trace_id is None:
            return None
        if newer := self._carried.newer(trace_id, place):
            return newer.whose if newer.span_count else None
        word = self._views[place].word
        return Ownership(word(owner), word(course), bool(has_root)) if span_count else None


def _line_of(view: View, row: tuple[Any, ...], stream: Stream) -> LogRecord:
    time_ns, _, span_id, owner, course, said, trace_id, *_ = row
    shape, body, *values = decode(said)
    return LogRecord(
        time_ns=time_ns, severity=stream.severity, body=stream.event if body is None else body,
        event=stream.event, logger=stream.logger, trace_id=trace_id.hex() if trace_id else "",
        span_id=span_id.hex() if span_id else "", attributes=view.named(shape, values),
        resource=stream.resource, owner=view.word(owner), course=view.word(course),
    )  # fmt: skip


def _among(streams: Iterable[int]) -> str:
    return f"AND l.stream IN ({', '.join(map(str, streams))})"


def _match(text: str) -> str:
    """Give the index's question: all trigrams of the text, or some of a long one."""
    known = searched(text)
    grams = list(dict.fromkeys(known[at : at + _TRIGRAM] for at in range(len(known) - 2)))
    step = -(-len(grams) // _MOST_TRIGRAMS)
    return " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in grams[::step])
