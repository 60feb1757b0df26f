"""An OTLP/HTTP collector on loopback, for tests."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MESSAGES = {"/v1/traces": ExportTraceServiceRequest, "/v1/logs": ExportLogsServiceRequest}


class Collector:
    """Keeps what it is sent; with hangs=True it never answers.

    refusals: statuses and headers that it answers first, taking nothing.
    """

    def __init__(self, *, hangs=False, refusals=()):
        self.refusals = list(refusals)
        self.keys = set()
        self.requests = {"/v1/traces": [], "/v1/logs": []}
        self._hangs = hangs
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def spans(self):
        return [
            span
            for request in self.requests["/v1/traces"]
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def records(self):
        return [
            record
            for request in self.requests["/v1/logs"]
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    @property
    def text(self):
        """Everything that came in, as JSON."""
        return "".join(MessageToJson(m) for sent in self.requests.values() for m in sent)

    def _handler(self):
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if collector._hangs:
                    collector._released.wait(30)
                    return
                collector.keys.add(self.headers.get("Authorization"))
                if collector.refusals:
                    status, headers = collector.refusals.pop(0)
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    return
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.requests[self.path].append(MESSAGES[self.path].FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


def attributes_of(item):
    """Give a span's or record's attributes as a dict of plain values."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in item.attributes
    }
