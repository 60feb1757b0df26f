"""The collector's addresses: /v1/traces, /v1/logs, /v1/metrics, and its own /metrics on loopback.

Nothing is read of a body before its key is known, and nothing is decoded here: the event loop moves
bytes, the writer's thread does the rest.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lms.observatory.collector import limits
from lms.observatory.collector.answering import JSON, PROTOBUF, Answer, refused
from lms.observatory.collector.connection import Connection
from lms.observatory.collector.decoding import SIGNALS
from lms.observatory.collector.refusal import Refused, later
from lms.observatory.collector.writing import Sent
from lms.telemetry.exposing import PATH as METRICS_PATH
from lms.telemetry.exposing import exposition
from lms.telemetry.metrics import COLLECTOR_HELD_BYTES, COLLECTOR_REQUESTS

if TYPE_CHECKING:
    from lms.observatory.collector.connection import Request
    from lms.observatory.collector.keys import Keys
    from lms.observatory.collector.writing import Writer

_SIGNALS: Final = {f"/v1/{signal}": signal for signal in SIGNALS}


class Server:
    """Connections by the number, bodies by their bytes."""

    def __init__(self, writer: Writer, keys: Keys) -> None:
        self._writer = writer
        self._keys = keys
        self._held = 0
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Begin to take connections; give the port. Raises OSError when it cannot be had."""
        self._server = await asyncio.start_server(
            self._connected, host, port, limit=limits.HEAD_MAX_BYTES * 4
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self, within_s: float) -> None:
        """Take no more connections and end those that are, each after its request in hand."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.finish()
        if self._connections:
            await asyncio.wait(self._connections.values(), timeout=within_s)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._handle)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs us in one
        if len(self._connections) >= limits.CONNECTIONS_MAX:
            self._end_an_idle_one()
        self._connections[connection] = task
        try:
            await connection.serve()
        finally:
            self._connections.pop(connection, None)

    def _end_an_idle_one(self) -> None:
        """Make room: the connection that was opened first of those that wait is closed."""
        for connection in self._connections:
            if connection.is_idle:
                connection.finish()
                del self._connections[connection]
                return

    async def _handle(self, request: Request) -> Answer:
        signal = _SIGNALS.get(request.path, "none")
        content_type = _content_type(request)
        try:
            if signal == "none":
                return _elsewhere(request)
            answer = await self._take(request, signal, content_type)
        except Refused as error:
            answer = refused(error, content_type=content_type or JSON)
        COLLECTOR_REQUESTS.labels(signal=signal, status=str(int(answer.status))).inc()
        return answer

    async def _take(self, request: Request, signal: str, content_type: str) -> Answer:
        if request.method != "POST":
            raise _wrong_method("POST")
        if len(self._connections) > limits.CONNECTIONS_MAX:
            raise _full()
        tenant = await self._keys.tenant_of(request.header("authorization"))
        request.mark_known()
        if not content_type:
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"Content-Type must be {PROTOBUF} or {JSON}.",
            )
        is_gzip = _is_gzip(request)
        held = _Held(self)
        try:
            body = await request.body(most=limits.BODY_MAX_BYTES, hold=held.add)
        except BaseException:
            held.release()
            raise
        sent = Sent(tenant, signal, content_type, is_gzip, body)
        return await self._written(sent, held)

    async def _written(self, sent: Sent, held: _Held) -> Answer:
        """Queue a request and wait for the writer's answer, which comes from its thread."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()
        answered.add_done_callback(lambda _: held.release())

        def tell(answer: Answer) -> None:
            with suppress(RuntimeError):  # the loop has ended, and with it the connection
                loop.call_soon_threadsafe(_settle, answered, answer)

        self._writer.put(sent, tell)
        try:
            async with asyncio.timeout(limits.ANSWER_WITHIN_S):
                return await asyncio.shield(answered)
        except TimeoutError:
            raise later(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The store takes too long. Send the same again later.",
                after_s=limits.UNAVAILABLE_RETRY_S,
            ) from None

    def hold(self, size: int) -> None:
        """Count bytes that are kept in memory. Raises Refused (429) when there are too many."""
        if self._held + size > limits.HELD_MAX_BYTES:
            raise _full()
        self._held += size
        COLLECTOR_HELD_BYTES.set(self._held)

    def release(self, size: int) -> None:
        self._held -= size
        COLLECTOR_HELD_BYTES.set(self._held)


class _Held:
    """The bytes that one request holds, given back once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._size = 0

    def add(self, size: int) -> None:
        self._server.hold(size)
        self._size += size

    def release(self) -> None:
        self._server.release(self._size)
        self._size = 0


def _settle(answered: asyncio.Future[Answer], answer: Answer) -> None:
    if not answered.done():
        answered.set_result(answer)


def _elsewhere(request: Request) -> Answer:
    """Answer what is no OTLP address: the collector's own metrics, to this machine alone."""
    if request.path == METRICS_PATH and request.is_local:
        if request.method not in {"GET", "HEAD"}:
            raise _wrong_method("GET, HEAD")
        body, content_type = exposition(request.header("accept"))
        return Answer(HTTPStatus.OK, body, content_type)
    raise Refused(HTTPStatus.NOT_FOUND, f"Only {', '.join(_SIGNALS)} are here.")


def _content_type(request: Request) -> str:
    """Give the encoding of request and answer, "" for one that we do not know."""
    named = request.header("content-type").partition(";")[0].strip().lower()
    return named if named in {PROTOBUF, JSON} else ""


def _is_gzip(request: Request) -> bool:
    named = request.header("content-encoding").strip().lower()
    if named in {"", "identity", "gzip"}:
        return named == "gzip"
    raise Refused(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Content-Encoding must be gzip, or absent.",
        headers={"Accept-Encoding": "gzip"},
    )


def _wrong_method(allowed: str) -> Refused:
    return Refused(
        HTTPStatus.METHOD_NOT_ALLOWED, f"Use {allowed} here.", headers={"Allow": allowed}
    )


def _full() -> Refused:
    return later(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too much waits to be stored. Send the same again later.",
        after_s=limits.FULL_RETRY_S,
    )
