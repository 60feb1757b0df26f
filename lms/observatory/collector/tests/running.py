"""A collector inside the test's process, on a free port, over a store in memory."""

import asyncio
import http.client
import json
import threading
import time
from contextlib import contextmanager

from lms.observatory.collector.keys import Keys
from lms.observatory.collector.serving import Server
from lms.observatory.collector.writing import Writer
from lms.observatory.models.write_key import digest_of
from lms.observatory.records import SITE
from lms.observatory.store.base import LogQuery
from lms.observatory.store.memory import MemoryStore
from lms.observatory.viewing import Viewer

SITE_KEY = "canary-key-of-the-site-0123456789"
OTHER_KEY = "canary-key-of-acme-0123456789abcd"
DAY_NS = 24 * 3600 * 10**9
NOW_NS = time.time_ns()
PROTOBUF, JSON = "application/x-protobuf", "application/json"
SEES_ALL = Viewer(sees_all=True)


class Collector:
    """What a test needs of a running collector."""

    def __init__(self, store, port, loop, server, writer):
        self.store = store
        self.port = port
        self.loop = loop
        self.server = server
        self.writer = writer

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def post(self, path="/v1/traces", body=b"", *, key=SITE_KEY, content_type=PROTOBUF, **headers):
        """Send a request; give status, headers and body of the answer."""
        given = {"Content-Type": content_type, "Authorization": f"Bearer {key}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, body, {k: v for k, v in given.items() if v})

    def post_json(self, path, told, **more):
        status, _headers, body = self.post(
            path, json.dumps(told).encode(), content_type=JSON, **more
        )
        return status, json.loads(body)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def spans(self, tenant=SITE):
        found = self.store._spans.items()
        return [one for key, spans in found if key[0] == tenant for one in spans.values()]

    def lines(self, tenant=SITE):
        viewer = Viewer(tenant=tenant, sees_all=True)
        return list(self.store.logs(viewer, LogQuery(0, 2**63)).lines)


@contextmanager
def collecting(store=None, *, keeper=None, pass_on=None, tenants=None):
    """Run a collector; keeper: makes the writing side, the store itself unless given."""
    store = store or MemoryStore()
    known = tenants if tenants is not None else {digest_of(OTHER_KEY): "acme"}
    writer = Writer(keeper or (lambda: store), keep_ns=30 * DAY_NS, pass_on=pass_on)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    async def made():
        return Server(writer, Keys(SITE_KEY, ask=lambda: known))

    server = run(made())
    port = run(server.listen("127.0.0.1", 0))
    writer.start()
    try:
        yield Collector(store, port, loop, server, writer)
    finally:
        run(server.stop(1))
        assert writer.stop(time.monotonic() + 5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def span(**more):
    """A valid span in JSON."""
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "work",
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 1000),
        **more,
    }


def line(**more):
    """A valid log record in JSON."""
    return {"timeUnixNano": str(NOW_NS), "severityNumber": 9, "body": text("happened"), **more}


def traces_of(*spans, **resource):
    scope = {"name": "tests"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(**resource)},
                "scopeSpans": [{"scope": scope, "spans": list(spans)}],
            }
        ]
    }


def logs_of(*records, scope=""):
    return {
        "resourceLogs": [{"scopeLogs": [{"scope": {"name": scope}, "logRecords": list(records)}]}]
    }


def text(value):
    return {"stringValue": value}


def attributes(**named):
    return [{"key": name, "value": text(value)} for name, value in named.items()]
