"""Records for the tests of stores, and stores of their own."""

from itertools import count

from lms.observatory.records import Batch, LogRecord, Span
from lms.observatory.store.base import LogQuery, TraceQuery
from lms.observatory.store.memory import MemoryStore
from lms.observatory.store.sqlite.keeper import SqliteKeeper
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.viewing import NOBODY, Viewer

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
NOON = 20_000 * DAY + DAY // 2
END = 2**62

ADA, BEN = Viewer(owner="ada"), Viewer(owner="ben")
TEACHER = Viewer(owner="tea", courses=frozenset({"ops"}), sees_unowned=True)
OPERATOR = Viewer(sees_all=True)
STRANGER = Viewer(tenant="lab", owner="ada", sees_all=True)
EVERYONE = {
    "nobody": NOBODY, "ada": ADA, "ben": BEN, "teacher": TEACHER, "operator": OPERATOR,
    "stranger": STRANGER,
}  # fmt: skip
A, B, C = "a" * 32, "b" * 32, "c" * 32
EVER = {"since_ns": 0, "until_ns": END}

_ids = count(1)


def span(trace_id=A, *, parent="", start=NOON, **more):
    return Span(
        trace_id=trace_id, span_id=more.pop("id", f"{next(_ids):016x}"), parent_id=parent,
        name=more.pop("name", "GET"), start_ns=start, duration_ns=more.pop("duration", SECOND),
        **more,
    )  # fmt: skip


def child(trace_id=A, **more):
    return span(trace_id, parent="f" * 16, **more)


def line(body="said", *, time=NOON, severity=9, **more):
    return LogRecord(time_ns=time, severity=severity, body=body, **more)


def spans(*given, tenant="site"):
    return Batch(tenant, spans=given)


def lines(*given, tenant="site"):
    return Batch(tenant, logs=given)


class Clock:
    """The keeper's clock; a new day begins a new segment."""

    def __init__(self):
        self.now_ns = NOON

    def __call__(self):
        return self.now_ns


class SqliteStore:
    """Keeper and reader of one folder, as one process never has them."""

    def __init__(self, folder, **settings):
        self.folder, self.settings, self.clock = folder, settings, Clock()
        self.keeper = self.opened()
        self.reader = SqliteReader(folder)

    def opened(self):
        sizes = {"keep_days": 30, "most_bytes": 2**32} | self.settings
        return SqliteKeeper(self.folder, clock=self.clock, **sizes)

    def restart(self):
        self.keeper.close()
        self.keeper = self.opened()

    def turn(self):
        """Let the day end: what comes now goes into another segment."""
        self.clock.now_ns += DAY

    @property
    def metrics(self):
        return self.reader.metrics

    @property
    def files(self):
        return sorted((self.folder / "segments").glob("*.sqlite3"))

    def __getattr__(self, name):
        return getattr(self.reader if name in READS else self.keeper, name)


class TurningKeeper:
    """Puts each scrape into a segment of its own."""

    def __init__(self, store):
        self._store = store

    def append(self, scrape):
        written = self._store.append(scrape)
        self._store.turn()
        return written

    def __getattr__(self, name):
        return getattr(self._store, name)


READS = {"trace", "traces", "logs", "state"}


def made(kind, folder):
    return MemoryStore() if kind == "memory" else SqliteStore(folder)


def all_traces(store, viewer=OPERATOR, **query):
    return [one.trace_id for one in paged(store.traces, viewer, TraceQuery, query, "traces")]


def all_lines(store, viewer=OPERATOR, **query):
    return paged(store.logs, viewer, LogQuery, query, "lines")


def paged(read, viewer, kind, query, field):
    """Give all items of all pages."""
    found, before = [], ""
    for _ in range(10_000):
        page = read(viewer, kind(**(EVER | query), before=before))
        assert not page.searched_to_ns
        found += getattr(page, field)
        before = page.next
        if not before:
            return found
    raise AssertionError("the pages do not end")
