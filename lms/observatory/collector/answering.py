"""What a sender is told, in the encoding in which she asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from lms.observatory.collector.refusal import Undecodable

if TYPE_CHECKING:
    from lms.observatory.collector.refusal import Refused

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_REJECTED: Final[dict[str, tuple[Any, str, str]]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. content_type: of the body."""

    status: HTTPStatus
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def accepted(signal: str, *, rejected: int, message: str, content_type: str) -> Answer:
    """Give a 200. With a message it carries partial_success: rejected records, or a warning."""
    write = _accepted_json if content_type == JSON else _accepted_protobuf
    return Answer(HTTPStatus.OK, write(signal, rejected, message), content_type)


def refused(error: Refused, *, content_type: str) -> Answer:
    """Give an error with its google.rpc.Status."""
    body = _status_json(error) if content_type == JSON else _status_protobuf(error)
    return Answer(error.status, body, content_type, error.headers)


def _accepted_protobuf(signal: str, rejected: int, message: str) -> bytes:
    response_type, name, _ = _REJECTED[signal]
    response = response_type()
    if message:
        setattr(response.partial_success, name, rejected)
        response.partial_success.error_message = message
    return bytes(response.SerializeToString())


def _accepted_json(signal: str, rejected: int, message: str) -> bytes:
    name = _REJECTED[signal][2]
    # 64-bit integers are strings in protobuf's JSON.
    told = {"partialSuccess": {name: str(rejected), "errorMessage": message}} if message else {}
    return json.dumps(told).encode()


def _status_protobuf(error: Refused) -> bytes:
    status = Status(code=error.code, message=error.message)
    if isinstance(error, Undecodable):
        violation = BadRequest.FieldViolation(description=error.message)
        status.details.add().Pack(BadRequest(field_violations=[violation]))
    return bytes(status.SerializeToString())


def _status_json(error: Refused) -> bytes:
    status: dict[str, object] = {"code": error.code, "message": error.message}
    if isinstance(error, Undecodable):
        kind = "type.googleapis.com/google.rpc.BadRequest"
        violations = [{"description": error.message}]
        status["details"] = [{"@type": kind, "fieldViolations": violations}]
    return json.dumps(status).encode()
