"""Recorded submissions for tests of following: what the site's processes would have stored."""

import secrets
from datetime import timedelta

from django.utils import timezone

from exercises.tests.factories import GradingJobFactory, SubmissionFactory
from lms.observatory.records import Batch, LogRecord, Span
from lms.observatory.store.base import MOST_SILENCE_NS
from lms.observatory.store.memory import shared


def ns(moment):
    return int(moment.timestamp() * 1_000_000) * 1000


class Recording:
    """Writes what was recorded of one submission into the shared store. Offsets in ms."""

    def __init__(self, submission, *, owner=None, course=None):
        enrolment = submission.work_item.enrolment
        self.submission = submission
        self.trace_id = submission.trace_id
        self.owner = enrolment.user.pseudonym if owner is None else owner
        self.course = submission.work_item.exercise.course.slug if course is None else course
        self.start_ns = ns(submission.stored_at)
        self._next = 1

    def span(self, name, at=0, ms=10, *, parent="", role="web", owned=False, **more):
        """Store a span; give its id."""
        span_id = f"{self._next:016x}"
        self._next += 1
        span = Span(
            trace_id=self.trace_id, span_id=span_id, parent_id=parent, name=name,
            start_ns=self.start_ns + at * 1_000_000, duration_ns=ms * 1_000_000,
            resource={"service.name": f"watchers-{role}"},
            owner=self.owner if owned else "", course=self.course if owned else "", **more,
        )  # fmt: skip
        shared().write([Batch("site", spans=[span])])
        return span_id

    def line(self, event, at=0, *, span_id="", **attributes):
        shared().write(
            [
                Batch(
                    "site",
                    logs=[
                        LogRecord(
                            time_ns=self.start_ns + at * 1_000_000, severity=9, body=event,
                            event=event, trace_id=self.trace_id if span_id else "",
                            span_id=span_id, attributes=attributes,
                        )
                    ],
                )
            ]
        )  # fmt: skip

    def hand_in(self):
        """Store the web's half: the request with its INSERT, COMMIT and message."""
        sql = {"db.system.name": "sqlite"}
        post = self.span("POST hand-in", 0, 40, kind="server", owned=True)
        self.span("INSERT", 5, 5, parent=post, attributes=sql)
        self.span("COMMIT", 10, 10, parent=post, attributes=sql)
        self.span("apply_async/exercises.grade", 30, 5, parent=post, kind="producer")
        self.line("submission.received", 8, span_id=post, receipt=self.submission.receipt)
        return post

    def grading(self, post="", *, number=1, at=100):
        """Store the worker's half: the wait, the task and its try."""
        own = {"watchers.try_number": number}
        if number == 1:
            self.span(
                "queue wait", 12, at - 12, parent=post, role="worker",
                attributes=own | {"watchers.computed": True},
            )  # fmt: skip
        run = self.span("run/exercises.grade", at, 100, parent=post, role="worker", kind="consumer")
        graded = self.span(
            "grade submission", at + 5, 90, parent=run, role="worker", owned=True, attributes=own
        )
        self.span("grader text", at + 10, 60, parent=graded, role="worker")
        self.span(
            "UPDATE", at + 80, 10, parent=graded, role="worker",
            attributes={"db.system.name": "sqlite"},
        )  # fmt: skip
        self.line("submission.graded", at + 92, span_id=graded)
        return graded

    def whole(self):
        self.grading(self.hand_in())
        return self


def handed_in(
    work_item, *, ago=timedelta(hours=1), took=timedelta(milliseconds=200), trace_id=None, **job
):
    """Store a graded submission from so long ago, recorded or not. job: what differs in its row."""
    at = timezone.now() - ago
    submission = SubmissionFactory(
        work_item=work_item,
        received_at=at,
        trace_id=secrets.token_hex(16) if trace_id is None else trace_id,
    )
    end = at + took
    GradingJobFactory(
        submission=submission, created_at=at,
        **{"state": "done", "tries": 1, "started_at": end, "finished_at": end} | job,
    )  # fmt: skip
    return submission


def collector_ran(*, since=timedelta(days=1), until=timedelta(0)):
    """Note that the collector ran from so long ago until so long ago, without a gap."""
    now = timezone.now()
    for at_ns in range(ns(now - since), ns(now - until), MOST_SILENCE_NS):
        shared().beat(at_ns)
    shared().beat(ns(now - until))


def stored_before(moment):
    """Store somebody's span from a day before, so that nothing later has expired."""
    start = ns(moment - timedelta(days=1))
    shared().write([Batch("site", spans=[Span("f" * 32, "f" * 16, "", "GET /", start, 1)])])
