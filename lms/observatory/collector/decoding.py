"""From a request's bytes to records: inflated, decoded, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lms.observatory.collector import otlp_json, protobuf
from lms.observatory.collector.answering import JSON
from lms.observatory.collector.inflating import inflate
from lms.observatory.collector.limits import BODY_MAX_BYTES

if TYPE_CHECKING:
    from lms.observatory.collector.intake import Intake

SIGNALS: Final = ("traces", "logs", "metrics")


def decode(body: bytes, intake: Intake, *, signal: str, content_type: str, is_gzip: bool) -> None:
    """Hand the records to the intake. Raises Refused (400, 413)."""
    if is_gzip:
        body = inflate(body, limit_bytes=BODY_MAX_BYTES)
    reader = otlp_json if content_type == JSON else protobuf
    reader.read(signal, body, intake)
