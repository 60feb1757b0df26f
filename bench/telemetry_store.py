"""Part g: the store of spans and lines, from records to rows and back."""

import json
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.tables import table
from bench.telemetry_data import RARE_LOGGER, SECOND, Site
from lms.observatory.records import Batch, LogRecord
from lms.observatory.store.base import LogQuery, TraceQuery
from lms.observatory.store.sqlite.keeper import SqliteKeeper
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.viewing import Viewer

DAY_NS = 86_400 * SECOND
BEGIN_NS = 20_000 * DAY_NS
ABSENT = "hippopotamus"
OPERATOR = Viewer(sees_all=True)
MOST_BYTES = 2**40


@dataclass(slots=True)
class Written:
    """How long writing took: only write() is timed, not the making of the records."""

    spans: int = 0
    lines: int = 0
    wall_s: float = 0
    cpu_s: float = 0

    def write(self, keeper: SqliteKeeper, batches: Sequence[Batch]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        keeper.write(batches)
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu
        self.spans += sum(len(batch.spans) for batch in batches)
        self.lines += sum(len(batch.logs) for batch in batches)


def time_writes(folder: Path, batches: Iterable[Batch]) -> Written:
    """Write batches, one transaction each, into a new store, and give how long that took."""
    keeper = SqliteKeeper(folder, keep_days=30, most_bytes=MOST_BYTES)
    written = Written()
    for batch in batches:
        written.write(keeper, [batch])
    keeper.close()
    return written


def part_g(folder: Path, rows: int) -> None:
    """Print what writing, finding and letting go cost with so many spans and as many lines."""
    folder.mkdir()
    _print_writing(folder, min(rows, 100_000))
    store = folder / "store"
    days = 30
    site = Site(random.Random(7), BEGIN_NS, gap_ns=days * DAY_NS * 15 // rows)
    as_json = folder / "lines.json"
    samples = _fill(store, site, rows, days=days, as_json=as_json)
    reader = SqliteReader(store, budget_s=60)
    _print_size(store, reader, as_json)
    _print_finding(reader, site, samples)
    _print_absent(reader, as_json)
    _print_short(store, site)
    _print_keeping(store, reader, days)


def _print_writing(folder: Path, rows: int) -> None:
    found = []
    for name in ("spans", "lines", "both"):
        site = Site(random.Random(1), time.time_ns(), gap_ns=SECOND)
        batches = [_only(batch, name) for batch in site.batches(rows)]
        written = time_writes(folder / f"write-{name}", batches)
        count = written.spans + written.lines
        found.append([name, count, count / written.wall_s, count / written.cpu_s])
        shutil.rmtree(folder / f"write-{name}")
    table("(g) From records to committed rows, one process; aim: 10000 spans/s from bytes on",
          ["written", "rows", "rows/s", "rows per CPU s"], found)  # fmt: skip


def _only(batch: Batch, name: str) -> Batch:
    spans = batch.spans if name != "lines" else ()
    return Batch(batch.tenant, spans, batch.logs if name != "spans" else ())


def _fill(store: Path, site: Site, rows: int, *, days: int, as_json: Path) -> list[LogRecord]:
    """Write one segment after another, and the lines as a file; give some of the lines."""
    day = [0]
    keeper = SqliteKeeper(
        store, keep_days=days + 5, most_bytes=MOST_BYTES, clock=lambda: BEGIN_NS + day[0] * DAY_NS
    )
    written = Written()
    samples: list[LogRecord] = []
    with as_json.open("w") as file:
        for day[0] in range(days):
            for batch in site.batches(rows // days):
                written.write(keeper, [batch])
                file.writelines(json.dumps(asdict(line)) + "\n" for line in batch.logs)
                samples.append(batch.logs[0])
    keeper.close()
    rate = (written.spans + written.lines) / written.wall_s
    print(f"\n(g) {written.spans} spans and {written.lines} lines of {days} days, {site.visits} "
          f"visits, written at {rate:.0f} rows/s (wall), {written.wall_s:.0f} s")  # fmt: skip
    return samples


def _print_size(store: Path, reader: SqliteReader, as_json: Path) -> None:
    size: dict[str, int] = {}
    for path in (store / "segments").glob("*.sqlite3"):
        connection = sqlite3.connect(path)
        for name, taken in connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY 1"):
            size[name] = size.get(name, 0) + taken
        connection.close()
    state = reader.state()
    of_spans = sum(n for name, n in size.items() if name.startswith(("span", "trace", "operation")))
    text = sum(n for name, n in size.items() if name.startswith("line_text"))
    of_lines = sum(n for name, n in size.items() if name.startswith(("line", "stream")))
    table("(g) Bytes", ["what", "MB", "bytes each"], [
        ["a span, its trace's row and indexes", of_spans / 1e6, of_spans / state.spans.rows],
        ["a line with its indexes", of_lines / 1e6, of_lines / state.logs.rows],
        ["of it the index of texts", text / 1e6, text / state.logs.rows],
        ["a line as JSON", as_json.stat().st_size / 1e6, as_json.stat().st_size / state.logs.rows],
        ["all files", state.size_bytes / 1e6, None],
    ])  # fmt: skip


def _print_finding(reader: SqliteReader, site: Site, samples: list[LogRecord]) -> None:
    rng = random.Random(3)
    chosen = rng.sample(samples, min(40, len(samples)))
    student = Viewer(owner=f"p-{1:010x}")
    teacher = Viewer(owner="p-t", courses=frozenset({"demo-class"}), sees_unowned=True)
    ever = {"since_ns": 0, "until_ns": site.now_ns + DAY_NS}

    def logs(viewer: Viewer = OPERATOR, **query: Any) -> Callable[[], int]:
        return lambda: len(reader.logs(viewer, LogQuery(**(ever | query))).lines)

    def traces(viewer: Viewer = OPERATOR, **query: Any) -> Callable[[], int]:
        return lambda: len(reader.traces(viewer, TraceQuery(**(ever | query))).traces)

    ways: dict[str, list[Callable[[], int]]] = {
        "trace by id, operator": [_trace(reader, OPERATOR, one.trace_id) for one in chosen],
        "newest 50 traces": [traces()] * 20,
        "newest 50 traces, a student's own": [traces(student)] * 20,
        "newest 50 traces, a teacher's": [traces(teacher)] * 20,
        "newest 50 traces with errors": [traces(only_errors=True)] * 20,
        "traces of a name that is not": [traces(name="GET nowhere")] * 5,
        "newest 100 lines": [logs()] * 20,
        "by level: error": [logs(least_severity=17)] * 20,
        "by level: warning": [logs(least_severity=13)] * 20,
        "by logger: one of 100,000 lines": [logs(logger=RARE_LOGGER)] * 20,
        "by logger and those below": [logs(logger="exercises")] * 20,
        "by event": [logs(event="submission.graded")] * 20,
        "by time": [logs(until_ns=one.time_ns) for one in chosen],
        "by trace": [logs(trace_id=one.trace_id) for one in chosen],
        "by text: a request's id": [logs(text=str(one.attributes["request_id"])) for one in chosen],
        "by text: a common word": [logs(text="Finished")] * 20,
        "by text: a rare word": [logs(text="state_changed")] * 20,
        "by text and event": [logs(text="500", event="request.finished")] * 10,
        "by text: two characters": [logs(text="ed")] * 20,
        "a student's own lines": [logs(student)] * 20,
        "a student's own lines by text": [logs(student, text="graded")] * 20,
        "a teacher's lines": [logs(teacher)] * 20,
        "a teacher's errors": [logs(teacher, least_severity=17)] * 10,
    }
    rows = [[name, *_timed(asks)] for name, asks in ways.items()]
    table("(g) Finding; aims: a trace 5 ms, lines 100 ms",
          ["what", "found", "first ms", "p50 ms", "p95 ms"], rows)  # fmt: skip


def _trace(reader: SqliteReader, viewer: Viewer, trace_id: str) -> Callable[[], int]:
    def ask() -> int:
        trace = reader.trace(viewer, trace_id)
        return len(trace.spans) if trace else 0

    return ask


def _timed(asks: Sequence[Callable[[], int]]) -> list[float]:
    """Give how much was found in the mean, the first time, the median and the 95th percentile."""
    times, found = [], 0
    for ask in asks:
        began = time.perf_counter()
        found += ask()
        times.append((time.perf_counter() - began) * 1000)
    ordered = sorted(times)
    last = min(len(ordered) - 1, round(0.95 * len(ordered)))
    return [found // len(asks), times[0], ordered[len(ordered) // 2], ordered[last]]


def _print_absent(reader: SqliteReader, as_json: Path) -> None:
    rows: list[list[object]] = []
    for word in (ABSENT, "request.finishes"):
        query = LogQuery(since_ns=0, until_ns=2**62, text=word)
        grep = _timed([lambda word=word: _grep(word, as_json)] * 3)
        ours = _timed([lambda query=query: len(reader.logs(OPERATOR, query).lines)] * 3)
        rows.append([word, ours[0], ours[1], ours[2], grep[1], grep[2]])
    table("(g) A word that nobody said, over all lines; aim: no slower than grep -F on a file",
          ["word", "found", "first ms", "p50 ms", "grep -F first ms", "p50 ms"], rows)  # fmt: skip


def _print_short(store: Path, site: Site) -> None:
    """How far a search for two characters comes, which the index does not know."""
    query = LogQuery(since_ns=0, until_ns=2**62, text="zq")
    reader = SqliteReader(store)
    rows = reader.state().logs.rows
    began = time.perf_counter()
    page = reader.logs(OPERATOR, query)
    took = time.perf_counter() - began
    looked = (site.now_ns - max(page.searched_to_ns, BEGIN_NS)) / (site.now_ns - BEGIN_NS)
    print(f"\n(g) Two characters that nobody said: {took:.1f} s, {looked:.1%} of the time, "
          f"{looked * rows / took:.0f} lines/s")  # fmt: skip


def _grep(word: str, path: Path) -> int:
    done = subprocess.run(["grep", "-F", "-c", word, path], capture_output=True, check=False)
    return int(done.stdout)


def _print_keeping(store: Path, reader: SqliteReader, days: int) -> None:
    state = _timed([lambda: reader.state().segments] * 20)
    keeper = SqliteKeeper(store, keep_days=days - 3, most_bytes=MOST_BYTES)
    began = time.perf_counter()
    gone = keeper.expire(BEGIN_NS + (days - 1) * DAY_NS)
    took = (time.perf_counter() - began) * 1000
    keeper.close()
    table("(g) Keeping", ["what", "segments", "p50 ms"],
          [["state()", state[0], state[2]], ["expire(), files unlinked", gone, took]])  # fmt: skip
