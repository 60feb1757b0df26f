"""Passing on: what goes on, what waits, what is dropped, and that ingest does not notice."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lms.observatory.collector.answering import JSON
from lms.observatory.collector.forwarding import Forwarder
from lms.observatory.collector.tests.running import (
    OTHER_KEY,
    collecting,
    line,
    logs_of,
    span,
    traces_of,
)
from lms.observatory.collector.tests.test_connection import wait_until
from lms.observatory.collector.writing import Sent
from lms.observatory.records import SITE
from lms.telemetry.metrics import COLLECTOR_FORWARDED


class Endpoint:
    """An OTLP endpoint that keeps what it is sent; answers: statuses that it gives first."""

    def __init__(self, *answers):
        self.got = []
        self.answers = list(answers)
        self.go_on = threading.Event()
        self.go_on.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.go_on.wait(10)
                status = endpoint.answers.pop(0) if endpoint.answers else 200
                if status == 200:
                    endpoint.got.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def endpoint():
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.go_on.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@contextmanager
def forwarding(address, **more):
    forwarder = Forwarder(address, {"api-key": "canary"}, **{"wait_max_s": 0.05, **more})
    forwarder.start()
    try:
        yield forwarder
    finally:
        forwarder.stop(time.monotonic() + 5)


def counted(outcome, signal="traces"):
    return COLLECTOR_FORWARDED.labels(signal=signal, outcome=outcome)._value.get()


def sent(body=b"{}", *, signal="traces", is_gzip=False):
    return Sent(SITE, signal, JSON, is_gzip, body)


def test_what_the_site_sent_goes_on_as_it_came(endpoint):
    told = json.dumps(traces_of(span())).encode()
    with (
        forwarding(f"{endpoint.address}/otlp/") as forwarder,
        collecting(pass_on=forwarder.put) as collector,
    ):
        collector.post("/v1/traces", told, content_type=JSON)
        wait_until(lambda: endpoint.got)

    ((path, headers, body),) = endpoint.got
    assert (path, headers["Content-Type"], body) == ("/otlp/v1/traces", JSON, told)
    assert headers["api-key"] == "canary"
    assert "Authorization" not in headers


def test_what_was_compressed_stays_so(endpoint):
    with forwarding(endpoint.address) as forwarder:
        forwarder.put(sent(b"\x1f\x8b", is_gzip=True))
        wait_until(lambda: endpoint.got)

    assert endpoint.got[0][1]["Content-Encoding"] == "gzip"


def test_others_telemetry_and_what_was_rejected_stay_here(endpoint):
    with (
        forwarding(endpoint.address) as forwarder,
        collecting(pass_on=forwarder.put) as collector,
    ):
        collector.post_json("/v1/traces", traces_of(span()), key=OTHER_KEY)
        collector.post_json("/v1/traces", traces_of(span(spanId="")))
        collector.post_json("/v1/logs", logs_of(line()))
        wait_until(lambda: endpoint.got)

    assert [path for path, _headers, _body in endpoint.got] == ["/v1/logs"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_asks_to_come_back_is_asked_again(endpoint, status):
    endpoint.answers = [status, status]
    with forwarding(endpoint.address) as forwarder:
        forwarder.put(sent())
        wait_until(lambda: endpoint.got)


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_what_is_refused_is_dropped_and_counted(endpoint, status):
    endpoint.answers = [status]
    before = counted("refused")
    with forwarding(endpoint.address) as forwarder:
        forwarder.put(sent(b"refused"))
        forwarder.put(sent(b"taken"))
        wait_until(lambda: endpoint.got)

    assert endpoint.got[0][2] == b"taken"
    assert counted("refused") - before == 1


def test_a_dead_endpoint_is_tried_until_it_lives(endpoint):
    address = endpoint.address
    with forwarding(address.replace("127.0.0.1", "127.0.0.2")) as forwarder:
        forwarder.put(sent())
        wait_until(lambda: forwarder._connection is None)
        time.sleep(0.1)
        forwarder._host = "127.0.0.1"
        wait_until(lambda: endpoint.got)


def test_a_body_that_the_endpoint_cannot_bear_is_given_up(endpoint):
    endpoint.answers = [503] * 3
    before = counted("given_up")
    with forwarding(endpoint.address, tries=3) as forwarder:
        forwarder.put(sent(b"unbearable"))
        forwarder.put(sent(b"next"))
        wait_until(lambda: endpoint.got)

    assert endpoint.got[0][2] == b"next"
    assert counted("given_up") - before == 1


def test_a_full_queue_drops_and_ingest_goes_on(endpoint):
    endpoint.go_on.clear()
    before = counted("queue_full")
    told = json.dumps(traces_of(span())).encode()
    with (
        forwarding(endpoint.address, queue_max_bytes=2 * len(told)) as forwarder,
        collecting(pass_on=forwarder.put) as collector,
    ):
        begun = time.monotonic()
        statuses = [collector.post("/v1/traces", told, content_type=JSON)[0] for _ in range(5)]
        took_s = time.monotonic() - begun
        endpoint.go_on.set()

    assert statuses == [200] * 5
    assert took_s < 2
    assert counted("queue_full") - before == 3


def test_what_is_left_at_the_stop_is_counted(endpoint):
    endpoint.go_on.clear()
    before = counted("stopped")
    forwarder = Forwarder(endpoint.address, {})
    for _ in range(3):
        forwarder.put(sent())
    forwarder.start()

    begun = time.monotonic()
    forwarder.stop(begun + 0.2)

    assert time.monotonic() - begun < 2
    assert counted("stopped") - before == 3
    endpoint.go_on.set()
    forwarder._thread.join(5)


def test_the_rest_is_sent_at_the_stop(endpoint):
    forwarder = Forwarder(endpoint.address, {})
    for _ in range(3):
        forwarder.put(sent())
    forwarder.start()

    forwarder.stop(time.monotonic() + 5)

    assert len(endpoint.got) == 3
