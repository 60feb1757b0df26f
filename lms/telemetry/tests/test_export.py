"""Export over OTLP: what arrives, and what a bad collector costs."""

import os
import socket
import subprocess
import sys
import threading
import time
import tomllib

import pytest
from django.conf import settings
from opentelemetry import trace

from lms.telemetry import setup, traces
from lms.telemetry.exporting import Shipper
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import TELEMETRY_DROPPED
from lms.telemetry.tests.collector import Collector, attributes_of

log = get_logger("lms.telemetry.tests")


def dropped(signal, reason):
    return TELEMETRY_DROPPED.labels(signal=signal, reason=reason)._value.get()


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_a_span_arrives_with_its_resource(exporting):
    with traces.span("grader choice", kind="choice", part="level", answer="secret"):
        pass

    setup.stop()

    resource = attributes_of(exporting.requests["/v1/traces"][0].resource_spans[0].resource)
    assert resource["service.name"] == "watchers-web"
    assert resource["deployment.environment.name"] == "local"
    span = next(span for span in exporting.spans if span.name == "grader choice")
    assert attributes_of(span) == {
        "watchers.kind": "choice",
        "watchers.part": "level",
    }


def test_a_line_arrives_with_its_trace(exporting):
    with traces.span("grade"):
        log.warning("job.failed", job=7, error_class="ValueError")
        trace_id = traces.current_trace_id()

    setup.stop()

    record = next(record for record in exporting.records if record.event_name == "job.failed")
    assert record.event_name == record.body.string_value == "job.failed"
    assert record.severity_text == "WARNING"
    assert record.trace_id.hex() == trace_id
    assert attributes_of(record)["job"] == 7


def test_every_span_is_kept(exporting):
    for _ in range(1500):
        with traces.span("one of many"):
            pass

    setup.stop()

    assert len([span for span in exporting.spans if span.name == "one of many"]) == 1500


def test_starting_twice_exports_once(exporting):
    setup.start("web")
    with traces.span("once"):
        pass

    setup.stop()

    assert len([span for span in exporting.spans if span.name == "once"]) == 1


def test_spans_have_ids_without_an_endpoint(settings):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
    setup.start("web")

    with traces.span("unsent"):
        assert len(traces.current_trace_id()) == 32

    setup.stop()


def test_a_closed_port_delays_neither_request_nor_stop(settings, site, closed_port):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = closed_port
    setup.start("web")
    before = dropped("traces", "export_failed") + dropped("traces", "stopped")

    begun = time.monotonic()
    response = site.get("/statements/")
    answered = time.monotonic()
    setup.stop()
    stopped = time.monotonic()

    assert response.status_code == 200
    assert answered - begun < 1
    assert stopped - answered < 2.5
    wait_until(lambda: dropped("traces", "export_failed") + dropped("traces", "stopped") > before)


def test_a_hanging_collector_delays_neither_request_nor_stop(settings, site):
    with Collector(hangs=True) as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        setup.start("web")

        begun = time.monotonic()
        response = site.get("/statements/")
        answered = time.monotonic()
        setup.stop()
        stopped = time.monotonic()

    assert response.status_code == 200
    assert answered - begun < 1
    assert stopped - answered < 2.5


def test_a_full_queue_drops_and_counts():
    before = dropped("traces", "queue_full")
    block = []
    shipper = Shipper(lambda batch: block.append(batch) or True, signal="traces", queue_size=2,
                      batch_size=2, delay_s=60)  # fmt: skip
    shipper._wake.set = lambda: None  # the thread sleeps on

    for number in range(5):
        shipper.put(number)

    assert dropped("traces", "queue_full") - before == 3
    del shipper._wake.set
    shipper.ask_to_stop()
    assert shipper.join(time.monotonic() + 5)


def test_what_is_queued_is_sent_before_the_end():
    sent = []
    shipper = Shipper(lambda batch: sent.extend(batch) or True, signal="traces", delay_s=60)
    shipper.put("last")

    shipper.ask_to_stop()

    assert shipper.join(time.monotonic() + 5)
    assert sent == ["last"]


def test_an_exporter_that_raises_ends_nothing():
    def fail(_batch):
        raise RuntimeError

    before = dropped("logs", "export_failed")
    shipper = Shipper(fail, signal="logs")
    shipper.put("lost")

    assert shipper.flush(5)
    assert dropped("logs", "export_failed") - before == 1
    shipper.ask_to_stop()
    assert shipper.join(time.monotonic() + 5)


def test_the_sampler_keeps_all_but_routine():
    assert trace.get_tracer_provider().sampler.get_description() == "all but routine tasks"


def test_in_a_hurry_a_span_does_not_wait_for_its_batch():
    arrived = threading.Event()
    shipper = Shipper(lambda _batch: arrived.set() or True, signal="traces", delay_s=60)
    shipper.put("lost try")

    shipper.hurry()

    assert arrived.wait(5)
    shipper.ask_to_stop()
    assert shipper.join(time.monotonic() + 5)


def test_the_version_is_the_projects():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]

    assert project["version"] == settings.VERSION


ASK = """
import django; django.setup()
from django.test import Client
from lms.telemetry import setup
ended = []
setup.RELAY.receive = ended.append
response = Client(headers={"host": "localhost"}).get("/no/such/page/")
print(response.status_code, len(ended))
"""


def test_the_environment_cannot_break_propagation_or_sampling(tmp_path):
    environment = {
        **os.environ,
        "OTEL_PROPAGATORS": "none",
        "OTEL_TRACES_SAMPLER": "always_off",
        "WATCHERS_DATA": str(tmp_path),
        "DEBUG": "1",
    }

    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "404 1"


def wait_until(condition, timeout_s=8.0):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
