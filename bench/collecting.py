"""Part h: spans a second from OTLP bytes to committed rows, on one core."""

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.tables import table
from lms.observatory.collector.answering import PROTOBUF
from lms.observatory.collector.intake import Intake
from lms.observatory.collector.protobuf import read
from lms.observatory.collector.writing import Sent, Writer
from lms.observatory.records import SITE

_BATCH = 512  # what a process of the site sends at once
_DAY_NS = 24 * 3600 * 10**9
# As the site's own: a request is a root, a dozen statements, and three or four spans of ours.
_STATEMENT = {
    "db.system.name": "sqlite",
    "db.namespace": "db.sqlite3",
    "db.operation.name": "SELECT",
    "db.query.text": 'SELECT "exercises_submission"."id", "exercises_submission"."number" FROM '
    '"exercises_submission" WHERE "exercises_submission"."work_item_id" = ? LIMIT 21',
}
_REQUEST = {
    "http.request.method": "POST",
    "http.route": "courses/<slug:course>/<slug:exercise>/",
    "http.response.status_code": 302,
    "watchers.owner": "p-3f9a17c2",
    "watchers.course": "backend-operations",
}


def part_h(folder: Path, spans: int) -> None:
    """Decode alone, and decode with commit through the keeper that the settings name."""
    bodies = [_body() for _ in range(max(1, spans // _BATCH))]
    count = len(bodies) * _BATCH
    decode_s = _cpu_s(lambda: [_decode(body) for body in bodies])
    whole_s, wall_s, rounds = _write(folder, bodies)
    table(
        "(h) Collector, OTLP protobuf bytes to committed rows; aim: 10,000 spans a second a core",
        ["", "spans", "bytes a span", "CPU us a span", "spans / CPU s", "spans / s"],
        [
            ["decode and check", count, _size(bodies) / count, decode_s / count * 1e6,
             count / decode_s, None],
            [f"and commit, {rounds} answers", count, _size(bodies) / count, whole_s / count * 1e6,
             count / whole_s, count / wall_s],
        ],
    )  # fmt: skip


def _decode(body: bytes) -> None:
    intake = Intake(SITE, now_ns=time.time_ns(), oldest_ns=0)
    read("traces", body, intake)
    assert intake.kept == _BATCH


def _write(folder: Path, bodies: list[bytes]) -> tuple[float, float, int]:
    """Give CPU seconds, seconds, and how many requests were answered 200."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        settings.TELEMETRY_DIR = Path(place)
        writer = Writer(import_string(settings.TELEMETRY_KEEPER), keep_ns=30 * _DAY_NS)
        statuses: list[int] = []
        room = threading.Semaphore(32)  # as many as 16 MiB hold

        def tell(answer: Any) -> None:
            statuses.append(int(answer.status))
            room.release()

        begun, cpu = time.perf_counter(), time.process_time()
        writer.start()
        for body in bodies:
            room.acquire()
            writer.put(Sent(SITE, "traces", PROTOBUF, is_gzip=False, body=body), tell)
        assert writer.stop(time.monotonic() + 600)
        whole_s, wall_s = time.process_time() - cpu, time.perf_counter() - begun
    assert set(statuses) == {200}, statuses
    return whole_s, wall_s, len(statuses)


def _body() -> bytes:
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    _set(of_resource.resource, {"service.name": "watchers-web", "service.instance.id": "ab" * 16})
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name = "opentelemetry.instrumentation.sqlite3"
    now = time.time_ns()
    for number in range(_BATCH):
        is_root = number % 16 == 0
        if is_root:
            trace_id, root_id = os.urandom(16), os.urandom(8)
        span = of_scope.spans.add(
            trace_id=trace_id,
            span_id=root_id if is_root else os.urandom(8),
            parent_span_id=b"" if is_root else root_id,
            name="POST courses/<slug:course>/<slug:exercise>/" if is_root else "SELECT",
            kind=2 if is_root else 3,
            start_time_unix_nano=now + number,
            end_time_unix_nano=now + number + 1_000_000,
        )
        _set(span, _REQUEST if is_root else _STATEMENT)
    return request.SerializeToString()


def _set(holder: Any, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        pair = holder.attributes.add(key=key)
        if isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.string_value = value


def _size(bodies: list[bytes]) -> int:
    return sum(map(len, bodies))


def _cpu_s(work: Any) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
