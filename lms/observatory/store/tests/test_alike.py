"""Random telemetry, written in random order: SQLite's answers are the memory store's."""

import random

import pytest

from lms.observatory.records import Batch, LogRecord, Span
from lms.observatory.store.base import LogQuery, TraceQuery
from lms.observatory.store.memory import MemoryStore
from lms.observatory.store.sqlite import finding_lines, finding_traces
from lms.observatory.store.tests.making import EVERYONE, NOON, SECOND, SqliteStore, paged

TRACES = [f"{n:032x}" for n in range(12)]
OWNERS = ["", "", "ada", "ben"]
COURSES = ["", "", "ops", "other"]
WORDS = ["request.finished", "job.claimed", "100%", "a_b", "ÄΣ🦀", "it's", 'say "x"', "n\0l", "q"]
SERVICES = [{}, {"service.name": "web", "pid": 1}, {"service.name": "worker"}]


def random_span(rng):
    return Span(
        trace_id=rng.choice(TRACES), span_id=f"{rng.randrange(60):016x}",
        parent_id=rng.choice(["", "f" * 16, "e" * 16]), name=rng.choice(["GET", "POST", "run"]),
        start_ns=NOON + rng.randrange(20) * SECOND, duration_ns=rng.randrange(5) * SECOND,
        kind=rng.choice(["server", "internal"]), status=rng.choice(["unset", "ok", "error"]),
        attributes={"http.route": rng.choice(WORDS), "n": rng.randrange(3)},
        resource=rng.choice(SERVICES), owner=rng.choice(OWNERS), course=rng.choice(COURSES),
    )  # fmt: skip


def random_line(rng):
    return LogRecord(
        time_ns=NOON + rng.randrange(30) * SECOND, severity=rng.choice([0, 5, 9, 13, 17]),
        body=" ".join(rng.choices(WORDS, k=2)), event=rng.choice(["", *WORDS]),
        logger=rng.choice(["lms", "lms.request", "lmsx", ""]),
        trace_id=rng.choice(["", *TRACES]), attributes={"part": rng.choice(WORDS)},
        resource=rng.choice(SERVICES), owner=rng.choice(OWNERS), course=rng.choice(COURSES),
    )  # fmt: skip


def random_batches(rng):
    return [
        Batch(
            rng.choice(["site", "site", "lab"]),
            spans=[random_span(rng) for _ in range(rng.randrange(8))],
            logs=[random_line(rng) for _ in range(rng.randrange(8))],
        )
        for _ in range(rng.randrange(1, 4))
    ]


def random_range(rng):
    since = NOON + rng.randrange(-2, 10) * SECOND
    return {"since_ns": since, "until_ns": since + rng.randrange(40) * SECOND}


def log_queries(rng):
    for _ in range(12):
        word = rng.choice(WORDS)
        filters = {
            "least_severity": rng.choice([5, 13, 17]), "logger": rng.choice(["lms", "lms.request"]),
            "service": rng.choice(["web", "unknown_service"]), "event": word,
            "text": rng.choice([word, word[1:3], word.upper(), "absent", "%", "_"]),
            "trace_id": rng.choice(TRACES),
        }  # fmt: skip
        chosen = rng.sample(sorted(filters), k=rng.randrange(3))
        yield random_range(rng) | {name: filters[name] for name in chosen}


def trace_queries(rng):
    for _ in range(8):
        filters = {
            "name": rng.choice(["GET", "run", "no"]), "service": rng.choice(["web", "worker"]),
            "only_errors": True, "least_ns": rng.randrange(20) * SECOND,
        }  # fmt: skip
        chosen = rng.sample(sorted(filters), k=rng.randrange(3))
        yield random_range(rng) | {name: filters[name] for name in chosen}


def comparable(found):
    """Give records with what is equal to Python told apart (1 and True)."""
    return [(one, repr(dict(one.attributes)), repr(dict(one.resource))) for one in found]


@pytest.fixture(params=range(12))
def stores(request, tmp_path, monkeypatch):
    rng = random.Random(request.param)
    monkeypatch.setattr(finding_lines, "WINDOW", rng.choice([1, 3, 1000]))
    monkeypatch.setattr(finding_traces, "WINDOW", rng.choice([1, 3, 1000]))
    monkeypatch.setattr(finding_lines, "MOST_FOUND", rng.choice([0, 2, 1000]))
    monkeypatch.setattr(finding_lines, "MOST_STREAMS", rng.choice([0, 5, 1000]))
    memory, sqlite = MemoryStore(), SqliteStore(tmp_path)
    for _ in range(15):
        batches = random_batches(rng)
        memory.write(batches)
        sqlite.write(batches)
        rng.choice([sqlite.turn, sqlite.restart, int, int])()
    sqlite.turn()
    last = random_batches(rng)
    memory.write(last)
    sqlite.write(last)
    yield rng, memory, sqlite
    sqlite.close()


def test_every_viewer_sees_the_same_traces(stores):
    _, memory, sqlite = stores

    for viewer in EVERYONE.values():
        for trace_id in TRACES:
            one, other = (store.trace(viewer, trace_id) for store in (memory, sqlite))
            assert one == other
    assert memory.trace(EVERYONE["operator"], TRACES[0])


def test_every_list_of_traces_is_the_same(stores):
    rng, memory, sqlite = stores

    for query in trace_queries(rng):
        for viewer in EVERYONE.values():
            limit = {"limit": rng.randrange(1, 9)}
            one, other = (
                paged(store.traces, viewer, TraceQuery, query | limit, "traces")
                for store in (memory, sqlite)
            )
            assert one == other


def test_every_list_of_lines_is_the_same(stores):
    rng, memory, sqlite = stores

    for query in log_queries(rng):
        for viewer in EVERYONE.values():
            limit = {"limit": rng.randrange(1, 9)}
            one, other = (
                paged(store.logs, viewer, LogQuery, query | limit, "lines")
                for store in (memory, sqlite)
            )
            assert comparable(one) == comparable(other)


def test_the_counts_are_the_same(stores):
    _, memory, sqlite = stores

    assert memory.state().spans == sqlite.state().spans
    assert memory.state().logs == sqlite.state().logs
    assert sqlite.state().segments >= 2
