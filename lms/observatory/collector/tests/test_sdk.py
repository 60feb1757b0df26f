"""The OpenTelemetry SDK for Python and its OTLP/HTTP exporters as the client."""

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from lms.observatory.collector.tests.running import NOW_NS, OTHER_KEY, SITE_KEY

RESOURCE = Resource({"service.name": "shop", "process.pid": 42})


def headers(key=SITE_KEY):
    return {"authorization": f"Bearer {key}"}


@pytest.fixture(params=[Compression.NoCompression, Compression.Gzip], ids=["plain", "gzip"])
def provider(request, collector):
    made = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(
        f"{collector.address}/v1/traces", headers=headers(), compression=request.param
    )
    made.add_span_processor(BatchSpanProcessor(exporter))
    yield made
    made.shutdown()


def test_a_trace_of_the_sdk_arrives_whole(collector, provider):
    tracer = provider.get_tracer("shop.checkout")
    with tracer.start_as_current_span("POST /cart", kind=SpanKind.SERVER) as root:
        root.set_attributes({"n": 1, "ratio": 0.5, "is_big": True, "words": ["a", "b"]})
        with tracer.start_as_current_span(
            "SELECT", kind=SpanKind.CLIENT, links=[Link(root.get_span_context())]
        ) as child:
            child.add_event("cache.missed", {"key": "k"})
            child.set_status(Status(StatusCode.ERROR, "timeout"))

    assert provider.force_flush()

    child, root = sorted(collector.spans(), key=lambda one: one.name == "POST /cart")
    assert (root.name, root.kind, root.parent_id) == ("POST /cart", "server", "")
    assert root.attributes == {"n": 1, "ratio": 0.5, "is_big": True, "words": ("a", "b")}
    assert (root.service, root.resource["process.pid"], root.scope) == ("shop", 42, "shop.checkout")
    assert (child.trace_id, child.parent_id) == (root.trace_id, root.span_id)
    assert (child.status, child.status_message) == ("error", "timeout")
    assert child.events[0].name == "cache.missed"
    assert child.links[0].span_id == root.span_id
    assert root.start_ns <= child.start_ns <= child.end_ns <= root.end_ns


def test_thousands_of_spans_arrive_each_once(collector, provider):
    tracer = provider.get_tracer("many")
    for _ in range(1500):
        tracer.start_span("one").end()

    assert provider.force_flush()

    assert len(collector.spans()) == 1500


def test_a_line_of_the_sdk_arrives_in_its_trace(collector):
    provider = LoggerProvider(resource=RESOURCE, shutdown_on_exit=False)
    exporter = OTLPLogExporter(f"{collector.address}/v1/logs", headers=headers())
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    provider.get_logger("shop").emit(
        LogRecord(
            timestamp=NOW_NS, severity_number=SeverityNumber.WARN, body={"items": [1, 2]},
            attributes={"deep": {"a": [1, {"b": None}]}}, event_name="stock.missing",
        )
    )  # fmt: skip

    assert provider.force_flush()
    provider.shutdown()

    (line,) = collector.lines()
    assert (line.event, line.level, line.logger) == ("stock.missing", "warning", "shop")
    assert line.body == '{"items": [1, 2]}'
    assert line.attributes == {"deep": '{"a": [1, {"b": null}]}'}


def exported(collector, key):
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("one").start_span("one")
    span.end()
    exporter = OTLPSpanExporter(f"{collector.address}/v1/traces", headers=headers(key), timeout=2)
    try:
        return exporter.export([span])
    finally:
        exporter.shutdown()
        provider.shutdown()


def test_another_key_writes_to_its_own_tenant(collector):
    assert exported(collector, OTHER_KEY) is SpanExportResult.SUCCESS
    assert len(collector.spans("acme")) == 1
    assert collector.spans() == []


def test_a_wrong_key_fails_at_once(collector):
    assert exported(collector, "wrong-key-0123456789") is SpanExportResult.FAILURE
    assert collector.spans() == []
