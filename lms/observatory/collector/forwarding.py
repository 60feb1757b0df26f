"""Passing the site's telemetry on to one more endpoint, without ever making it wait.

The bytes go on as they came. Where the endpoint asks to come back later, or is not there, they wait
in a queue of so many bytes; what finds it full is dropped and counted.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lms.observatory.collector.limits import MIB
from lms.observatory.records import SITE
from lms.telemetry.metrics import COLLECTOR_FORWARDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lms.observatory.collector.writing import Sent

QUEUE_MAX_BYTES: Final = 8 * MIB
TIMEOUT_S: Final = 10.0
WAIT_MAX_S: Final = 30.0
# With the waits between them, about ten minutes.
TRIES: Final = 20
_ANSWER_MAX_BYTES: Final = 64 * 1024
_OK: Final = range(200, 300)
# The standard's: the same may be sent again.
_RETRYABLE: Final = frozenset({429, 502, 503, 504})


class Forwarder:
    """Sends accepted requests of the site to endpoint/v1/<signal>, one at a time."""

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str],
        *,
        queue_max_bytes: int = QUEUE_MAX_BYTES,
        wait_max_s: float = WAIT_MAX_S,
        tries: int = TRIES,
    ) -> None:
        address = urlsplit(endpoint)
        self._is_tls = address.scheme == "https"
        self._host = address.hostname or ""
        self._port = address.port
        self._path = address.path.rstrip("/")
        self._headers = dict(headers)
        self._queue_max_bytes = queue_max_bytes
        self._wait_max_s = wait_max_s
        self._tries = tries
        self._queue: deque[Sent] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, name="forward", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, sent: Sent) -> None:
        """Take the site's own requests; others' telemetry is not ours to pass on."""
        if sent.tenant != SITE:
            return
        with self._changed:
            if self._size + len(sent.body) > self._queue_max_bytes:
                _count(sent, "queue_full")
                return
            self._queue.append(sent)
            self._size += len(sent.body)
            self._changed.notify()

    def stop(self, until: float) -> None:
        """Send what can be sent up to a time.monotonic(); count the rest as dropped."""
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        self._thread.join(max(0.0, until - time.monotonic()))
        with self._changed:
            for sent in self._queue:
                _count(sent, "stopped")
            self._queue.clear()

    def _run(self) -> None:
        try:
            self._send_all()
        finally:
            self._close()

    def _send_all(self) -> None:
        failures = 0
        while (sent := self._next()) is not None:
            wait_s = self._send(sent)
            if wait_s is None:
                failures = 0
                self._forget(sent)
                continue
            if self._stopping.is_set():
                return
            failures += 1
            if failures == self._tries:
                # It may be this one body that the endpoint cannot bear; others wait behind it.
                _count(sent, "given_up")
                self._forget(sent)
                failures = 0
            backoff_s = 2.0**failures * random.uniform(0.4, 0.6)  # noqa: S311 - a jitter
            self._stopping.wait(min(wait_s or backoff_s, self._wait_max_s))

    def _next(self) -> Sent | None:
        """Give the oldest request, which stays in the queue until it is done with."""
        with self._changed:
            while not self._queue and not self._stopping.is_set():
                self._changed.wait()
            return self._queue[0] if self._queue else None

    def _forget(self, sent: Sent) -> None:
        with self._changed:
            if self._queue and self._queue[0] is sent:
                self._queue.popleft()
                self._size -= len(sent.body)

    def _send(self, sent: Sent) -> float | None:
        """Send it; give None when it is done with, else the seconds to wait, 0 for our choice."""
        try:
            status, retry_after = self._post(sent)
        except (OSError, http.client.HTTPException):
            self._close()
            return 0.0
        if status in _RETRYABLE:
            return float(retry_after) if retry_after.isdecimal() else 0.0
        _count(sent, "sent" if status in _OK else "refused")
        return None

    def _post(self, sent: Sent) -> tuple[int, str]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=TIMEOUT_S)
        headers = {**self._headers, "Content-Type": sent.content_type}
        if sent.is_gzip:
            headers["Content-Encoding"] = "gzip"
        self._connection.request(
            "POST", f"{self._path}/v1/{sent.signal}", body=sent.body, headers=headers
        )
        response = self._connection.getresponse()
        response.read(_ANSWER_MAX_BYTES)
        if not response.isclosed():
            self._close()  # an endless answer is not waited for
        return response.status, response.headers.get("Retry-After", "")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _count(sent: Sent, outcome: str) -> None:
    COLLECTOR_FORWARDED.labels(signal=sent.signal, outcome=outcome).inc()
