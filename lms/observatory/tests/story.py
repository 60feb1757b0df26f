"""The story of one hand-in as our processes tell it: request, queue, task. For tests."""

from itertools import count

from lms.observatory.records import INFO, WARNING, Batch, LogRecord, Span, SpanEvent

MS = 1_000_000
NOON_NS = 1_764_072_000_000_000_000  # 25 November 2025, 12:00 UTC
HAND_IN = "POST courses/<slug:course>/exercises/<slug:exercise>/hand-in/"
STACK = "exercises.grading:_grade:104\nexercises.kinds.text.kind:grade:60"
TRACE_ID = "51e0c7aa84d1f6b0937715c0de4f9b2a"
_ids = count(1)


def span(name, start_ms=0.0, duration_ms=10.0, parent=None, *, service="watchers-web", **more):
    """Give a span of the trace, start_ms after its start."""
    return Span(
        trace_id=more.pop("trace_id", TRACE_ID),
        span_id=more.pop("span_id", f"{next(_ids):016x}"),
        parent_id=parent.span_id if isinstance(parent, Span) else (parent or ""),
        name=name,
        start_ns=more.pop("at_ns", NOON_NS) + round(start_ms * MS),
        duration_ns=round(duration_ms * MS),
        resource={"service.name": service},
        **more,
    )


def sql(text, start_ms, duration_ms, parent, **more):
    attributes = {"db.system.name": "sqlite", "db.query.text": text}
    return span(
        text.partition(" ")[0], start_ms, duration_ms, parent, kind="client",
        attributes=attributes, **more,
    )  # fmt: skip


def line(event, at_ms, of=None, severity=INFO, *, at_ns=NOON_NS, **attributes):
    return LogRecord(
        time_ns=at_ns + round(at_ms * MS), severity=severity, body=event, event=event,
        logger="lms.request", trace_id=of.trace_id if of else "", span_id=of.span_id if of else "",
        attributes=attributes, resource=of.resource if of else {"service.name": "watchers-web"},
        owner=of.owner if of else "", course=of.course if of else "",
    )  # fmt: skip


def hand_in(owner="", course="", trace_id=TRACE_ID, at_ns=NOON_NS, selects=0):
    """Give (spans, lines): a POST of 84 ms, 240 ms in line, a try that failed, one that did not."""
    whose = {"owner": owner, "course": course, "trace_id": trace_id, "at_ns": at_ns}
    worker = whose | {"service": "watchers-worker"}
    post = span(
        HAND_IN, 0, 84, kind="server", attributes={"http.response.status_code": 302}, **whose
    )  # fmt: skip
    begin = sql("BEGIN IMMEDIATE", 10, 1, post, **whose)
    reads = [
        sql("SELECT * FROM t WHERE id = %s", 12 + i, 0.6, post, **whose) for i in range(selects)
    ]
    insert = sql("INSERT INTO exercises_submission VALUES (%s, %s)", 30, 7.1, post, **whose)
    commit = span("COMMIT", 40, 24, post, attributes={"db.system.name": "sqlite"}, **whose)
    publish = span("apply_async/exercises.grade", 70, 8, post, kind="producer", **whose)
    run = span("run/exercises.grade", 300, 190, publish, kind="consumer", **worker)
    failed = span("grade submission", 305, 180, run, status="error", **worker)
    wait = span("queue wait", 60, 240, failed, attributes={"watchers.computed": True}, **worker)
    broke = SpanEvent(
        time_ns=at_ns + 470 * MS, name="exception",
        attributes={"exception.type": "MemoryError", "exception.stacktrace": STACK},
    )  # fmt: skip
    grader = span("grader text", 310, 160, failed, status="error", status_message="MemoryError",
                  events=(broke,), **worker)  # fmt: skip
    again = span("grade submission", 900, 120, post, **worker)
    choice = span("grader choice", 910, 0.8, again, **worker)
    text = span("grader text", 912, 90, again, **worker)
    update = sql("UPDATE exercises_workitem SET best = %s WHERE id = %s", 1005, 12, again, **worker)
    spans = [post, begin, *reads, insert, commit, publish, run, failed, wait, grader, again, choice,
             text, update]  # fmt: skip
    lines = [
        line("submission.received", 66, post, at_ns=at_ns, exercise="log-levels", attempt=1),
        line(
            "job.failed", 480, failed, WARNING, at_ns=at_ns, error_class="MemoryError", try_number=1
        ),
        line("grade.recorded", 1018, again, at_ns=at_ns, duration_ms=118.2),
    ]
    return spans, lines


def stored(store, spans, lines=(), tenant="site"):
    store.write([Batch(tenant=tenant, spans=spans, logs=lines)])
