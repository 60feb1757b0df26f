"""Counts by the minute as the scraper makes them, put into a store. For tests."""

from lms.observatory.exemplars import exemplars_of
from lms.observatory.records import ERROR
from lms.observatory.samples import NAME, Metadata, Minute, Scrape, labels_of
from lms.observatory.tests.story import MS, line, span, stored
from lms.telemetry.metrics import REQUEST_BUCKETS, WAIT_BUCKETS

MINUTE_MS = 60_000
REQUEST_BOUNDS = (*REQUEST_BUCKETS, float("inf"))
WAIT_BOUNDS = (*WAIT_BUCKETS, float("inf"))
GATE_BOUNDS = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, float("inf"))
SAID = (
    Metadata("up", "gauge", "1 where the target's metrics could be read, else 0."),
    Metadata("grading_oldest_due_job_age_seconds", "gauge", "Age of the oldest job that is due."),
    Metadata("collector_records_stored", "counter", "Spans and lines that the store has taken."),
)
EXERCISE = "courses/<slug:course>/exercises/<slug:exercise>/"
HAND_IN = "courses/<slug:course>/exercises/<slug:exercise>/hand-in/"
COURSE = "courses/<slug:course>/"


def requests(minute_ms, *, count=0, route=COURSE, method="GET", status="2xx", seconds=0.02, **more):
    """Give a minute of requests that all took about so long."""
    labels = labels_of({"method": method, "route": route, "status_class": status})
    return histogram("http_server_request_duration_seconds", labels, minute_ms, count=count,
                     seconds=seconds, bounds=REQUEST_BOUNDS, **more)  # fmt: skip


def verdicts(minute_ms, *, count, seconds=0.5, **more):
    return histogram("grading_verdict_delay_seconds", (), minute_ms, count=count, seconds=seconds,
                     bounds=WAIT_BOUNDS, **more)  # fmt: skip


def tasks(minute_ms, *, count, task="exercises.grade", outcome="success", seconds=0.2):
    labels = labels_of({"task": task, "outcome": outcome})
    return histogram("celery_task_duration_seconds", labels, minute_ms, count=count,
                     seconds=seconds, bounds=WAIT_BOUNDS)  # fmt: skip


def counted(metric, minute_ms, count, **labels):
    return Minute(metric, labels_of(labels), minute_ms, count)


def histogram(metric, labels, minute_ms, *, count, seconds, bounds, minutes=1):
    at = next(i for i, bound in enumerate(bounds) if seconds <= bound)
    buckets = tuple(count if i == at else 0 for i in range(len(bounds)))
    return Minute(metric, labels, minute_ms, count, count * seconds, bounds, buckets, minutes)


def keep(store, time_ms, *minutes, samples=(), metadata=(), target="web 127.0.0.1:9001"):
    """Store one scrape. samples: (name, value, labels) each."""
    shown = {labels_of({NAME: name, **labels}): value for name, value, labels in samples}
    store.append(Scrape("site", target, time_ms, shown, metadata=metadata, minutes=minutes))


def a_day(metrics, telemetry, now_ms, *, minutes=1440, **whose):
    """Tell of a class at work until now: a bad half hour, a silence, exemplars that can be opened.
    whose: owner and course of its traces, nobody's at first.

    Gives the trace id of the failed request.
    """
    last = now_ms // MINUTE_MS * MINUTE_MS
    first = last - (minutes - 1) * MINUTE_MS
    bad = minutes * 3 // 4
    silence = range(minutes // 2, minutes // 2 + minutes // 16)
    for at in range(minutes):
        if at not in silence:
            begin = first + at * MINUTE_MS
            is_bad = bad <= at < bad + 30
            keep(metrics, begin + 1, *_a_minute(begin, at, is_bad=is_bad), target="counts x:1")
            telemetry.beat(begin * MS)
            telemetry.beat((begin + MINUTE_MS - 1) * MS if begin < last else now_ms * MS)
    _present(metrics, now_ms)
    return _traces(metrics, telemetry, last, whose)


def _a_minute(begin, at, *, is_bad):
    busy = 2 + at % 7
    yield requests(begin, count=9 * busy)
    yield requests(begin, count=busy, seconds=0.4)
    yield requests(begin, count=2 * busy, route=EXERCISE, seconds=0.06)
    yield requests(begin, count=busy, route=HAND_IN, method="POST", status="3xx", seconds=0.09)
    yield requests(begin, count=1, route="unmatched", status="4xx", seconds=0.004)
    yield requests(begin, count=3, route="static", status="2xx", seconds=0.003)
    yield verdicts(begin, count=busy)
    yield tasks(begin, count=busy)
    yield histogram("grading_queue_wait_seconds", (), begin, count=busy, bounds=WAIT_BOUNDS,
                    seconds=9 if is_bad else 0.04)  # fmt: skip
    yield histogram("db_write_gate_wait_seconds", (), begin, count=4 * busy, seconds=0.0004,
                    bounds=GATE_BOUNDS)  # fmt: skip
    if is_bad:
        yield requests(begin, count=1, route=HAND_IN, method="POST", status="5xx", seconds=3)
        yield verdicts(begin, count=1, seconds=9)
        yield tasks(begin, count=1, outcome="failure", seconds=4)


def _present(metrics, now_ms):
    for job, port in (("web", 9001), ("worker", 9002)):
        of = {"job": job, "instance": f"127.0.0.1:{port}"}
        for back in range(20, -1, -1):
            samples = [("up", 1.0, of), ("scrape_samples_scraped", 640.0, of)]
            if job == "worker":
                samples.append(("grading_oldest_due_job_age_seconds", float(back), of))
                samples += [
                    ("collector_records_stored_total", 9_000.0 - 40 * back, of | {"signal": signal})
                    for signal in ("traces", "logs")
                ]
            keep(metrics, now_ms - back * 15_000, samples=samples, metadata=SAID,
                 target=f"{job} 127.0.0.1:{port}")  # fmt: skip


def _traces(metrics, telemetry, last, whose):
    failed = "e" * 32
    for at, (trace_id, ms, status) in enumerate(
        [("a" * 32, 900, 302), ("b" * 32, 400, 302), (failed, 3000, 500)]
    ):
        at_ns = (last - (at + 1) * 10 * MINUTE_MS) * MS
        root = span(
            f"POST {HAND_IN}", 0, ms, trace_id=trace_id, at_ns=at_ns, kind="server", **whose,
            status="error" if status == 500 else "unset",
            attributes={"http.response.status_code": status, "http.request.method": "POST",
                        "http.route": HAND_IN},
        )  # fmt: skip
        lines = [line("request.failed", ms, root, ERROR, at_ns=at_ns)] if status == 500 else []
        stored(telemetry, [root], lines)
        metrics.note_exemplars("site", exemplars_of([root]))
    return failed
