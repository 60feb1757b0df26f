"""Spans and lines as the site makes them, in any number: visits of pages and hand-ins.

Statements are those that Django writes for the site's own models. Each visit has as many lines as
spans, most of them DEBUG, which is what the operator's switch gives.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.apps import apps

from lms.observatory.records import SITE, Batch, LogRecord, Span, SpanKind
from lms.telemetry.redaction import clean_sql

MS = 1_000_000
SECOND = 1000 * MS
BATCH_SIZE = 512
COURSES = ("backend-operations", "demo-class", "observability")
ROUTES = (
    "courses/", "courses/<slug:course>/", "courses/<slug:course>/exercises/<slug:exercise>/",
    "courses/<slug:course>/exercises/<slug:exercise>/draft/", "submissions/<str:receipt>/",
    "courses/<slug:course>/grades/", "accounts/sign-in/", "integrity/",
)  # fmt: skip
RARE_LOGGER = "exercises.regrading"
_RARE_EVERY = 25_000
_SDK = {"telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.1", "service.version": "0.1.0"}  # fmt: skip


@lru_cache(maxsize=1)
def statements() -> tuple[str, ...]:
    reads = [clean_sql(str(model.objects.all().query)) for model in apps.get_models()]
    writes = []
    for model in apps.get_models():
        columns = ", ".join(f'"{field.column}"' for field in model._meta.local_fields)  # noqa: SLF001
        writes.append(f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES (%s)')  # noqa: SLF001
    return tuple(reads + writes)


def hex_of(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


@dataclass
class Site:
    """Makes visits one after the other, gap_ns apart. rng: the same seed gives the same visits."""

    rng: random.Random
    now_ns: int
    gap_ns: int
    students: int = 300
    visits: int = 0

    def __post_init__(self) -> None:
        self.web, self.worker = (
            {"service.name": name, "service.instance.id": hex_of(self.rng, 32), **_SDK}
            for name in ("watchers-web", "watchers-worker")
        )

    def batches(self, rows: int) -> Iterator[Batch]:
        """Give batches as a collector takes them, of some 512 spans and lines, `rows` of each."""
        made = 0
        while made < rows:
            spans: list[Span] = []
            lines: list[LogRecord] = []
            while len(spans) < BATCH_SIZE:
                visit = self.visit()
                spans += visit.spans
                lines += visit.lines
            made += len(spans)
            yield Batch(SITE, spans, lines)

    def visit(self) -> "Visit":
        """Give one visit: a page, or in one of four a hand-in and its grading."""
        self.now_ns += self.gap_ns
        self.visits += 1
        visit = Visit(self)
        is_hand_in = self.rng.random() < 0.25
        root = visit.ask("POST" if is_hand_in else "GET")
        if is_hand_in:
            visit.grade(root)
        if self.visits % _RARE_EVERY == 1:
            visit.line(root, RARE_LOGGER, "regrade.state_changed", {"batch": self.visits})
        return visit


@dataclass
class Visit:
    """One trace: what a person asks, and what the site does about it."""

    site: Site
    spans: list[Span] = field(default_factory=list)
    lines: list[LogRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = self.site.rng
        self.trace_id = self.hex(32)
        self.owner = f"p-{self.rng.randrange(self.site.students):010x}"
        self.course = self.rng.choice(COURSES)
        self.told = {"request_id": self.hex(32), "pseudonym": self.owner}
        self.resource = self.site.web

    def hex(self, digits: int) -> str:
        return hex_of(self.rng, digits)

    def ask(self, method: str) -> Span:
        """Add a request with its statements and its line; give the request's span."""
        rng = self.rng
        route, status = rng.choice(ROUTES), 500 if rng.random() < 0.001 else 200
        told = {
            "http.request.method": method, "http.route": route, "url.scheme": "http",
            "http.response.status_code": status, "network.protocol.version": "1.1",
        }  # fmt: skip
        root = self.span("", f"{method} {route}", told, kind="server", ms=rng.randrange(5, 60))
        count = rng.randrange(7, 12)
        self.run_statements(root, count)
        severity = 17 if status == 500 else 13 if rng.random() < 0.01 else 9
        told = {
            "method": method, "route": route, "status": status, "sql_count": count,
            "duration_ms": rng.randrange(50, 600) / 10, "sql_ms": rng.randrange(5, 99) / 10,
        }  # fmt: skip
        self.line(root, "lms.request", "request.finished", told, severity=severity)
        return root

    def grade(self, root: Span) -> None:
        """Add the task that grades a hand-in."""
        sent = {
            "celery.task_name": "exercises.tasks.grade", "messaging.destination": "celery",
            "messaging.message.id": f"{self.hex(8)}-{self.hex(27)}", "celery.action": "apply_async",
        }  # fmt: skip
        put = self.span(root.span_id, "apply_async/exercises.tasks.grade", sent, kind="producer")
        self.resource = self.site.worker
        done = sent | {"celery.action": "run", "celery.state": "SUCCESS"}
        run = self.span(put.span_id, "run/exercises.tasks.grade", done, kind="consumer", ms=30)
        self.run_statements(run, self.rng.randrange(10, 16))
        for number in range(3):
            part = {"watchers.kind": "text", "watchers.part": f"part-{number}"}
            self.span(run.span_id, "grade part", part, ms=3)
        for event in ("job.claimed", "submission.graded"):
            job = {"job": self.site.visits, "try_number": 1, "receipt": self.hex(10)}
            self.line(run, "exercises.grading", event, job)

    def run_statements(self, parent: Span, count: int) -> None:
        for number in range(count):
            statement = self.rng.choice(statements())
            verb = statement.partition(" ")[0]
            told = {
                "db.system.name": "sqlite", "db.namespace": "watchers.sqlite3",
                "db.operation.name": verb, "db.query.text": statement,
            }  # fmt: skip
            span = self.span(parent.span_id, verb, told, kind="client")
            took = {"count": number, "duration_ms": self.rng.randrange(1, 99) / 10}
            self.line(span, "lms.database", "statement.run", took, severity=5)

    def span(
        self, parent: str, name: str, told: Mapping[str, Any], *, kind: SpanKind = "internal",
        ms: int = 1,
    ) -> Span:  # fmt: skip
        span = Span(
            self.trace_id, self.hex(16), parent, name,
            self.site.now_ns + self.rng.randrange(9 * MS),
            ms * MS + self.rng.randrange(MS), kind, attributes=told, resource=self.resource,
            status="error" if told.get("http.response.status_code") == 500 else "unset",
            scope=f"opentelemetry.instrumentation.{kind}", owner="" if parent else self.owner,
            course="" if parent else self.course,
        )  # fmt: skip
        self.spans.append(span)
        return span

    def line(
        self, span: Span, logger: str, event: str, told: Mapping[str, Any], *, severity: int = 9
    ) -> None:
        self.lines.append(LogRecord(
            span.start_ns + self.rng.randrange(MS), severity, event, event, logger, self.trace_id,
            span.span_id, {**self.told, **told}, self.resource,
        ))  # fmt: skip
