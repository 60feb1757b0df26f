"""One sender's connection: HTTP/1.1 as h11 reads it, with a limit on every wait and every size."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import h11

from lms.observatory.collector import limits
from lms.observatory.collector.answering import JSON, Answer, refused
from lms.observatory.collector.refusal import Refused, too_large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_READ_BYTES: Final = 64 * 1024


class Gone(Exception):
    """The sender closed the connection, or was too slow to be told so."""


class Request:
    """A request's head; its body is read when somebody wants it."""

    def __init__(self, connection: Connection, head: h11.Request) -> None:
        self._connection = connection
        self.method = head.method.decode("ascii")
        self.path = head.target.partition(b"?")[0].decode("ascii", "replace")
        self._headers = dict(head.headers)
        self.is_local = connection.is_local

    def header(self, name: str) -> str:
        """Give a header by its small-letter name, "" when it is absent."""
        return self._headers.get(name.encode(), b"").decode("latin-1")

    def mark_known(self) -> None:
        """Let the connection wait for its next request as long as a known sender may."""
        self._connection.is_known = True

    async def body(self, *, most: int, hold: Callable[[int], None]) -> bytes:
        """Read the body. Raises Refused: 413 past most bytes, 408 when it takes too long.

        hold: is told each piece's size before it is kept, and may refuse it.
        """
        if self._said_length() > most:
            raise too_large(most)
        # Not a list of pieces: of chunks of one byte each it would take forty times what it counts.
        body = bytearray()
        try:
            async with asyncio.timeout(limits.BODY_WITHIN_S):
                async for piece in self._connection.pieces():
                    if len(body) + len(piece) > most:
                        raise too_large(most)
                    hold(len(piece))
                    body += piece
        except TimeoutError:
            raise Refused(
                HTTPStatus.REQUEST_TIMEOUT,
                f"The body did not arrive within {limits.BODY_WITHIN_S:.0f} s.",
            ) from None
        return bytes(body)

    def _said_length(self) -> int:
        length = self.header("content-length")  # h11 has checked that it is a number
        return int(length) if length else 0


class Connection:
    """Serves one request after another until either side ends it.

    is_known: a valid key was shown; the connection may then stay open for the next request.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Callable[[Request], Awaitable[Answer]],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.HEAD_MAX_BYTES)
        self._closing = False
        self._has_unread = False
        peer = writer.get_extra_info("peername")
        here = writer.get_extra_info("sockname")
        # From this machine's loopback, or from the very address that it was sent to.
        self.is_local = bool(peer) and (
            str(peer[0]) in {"127.0.0.1", "::1", "::ffff:127.0.0.1"} or peer[0] == here[0]
        )
        self.is_known = False
        self.is_idle = True

    async def serve(self) -> None:
        try:
            while not self._closing and await self._serve_one():
                self._h11.start_next_cycle()
        except (Gone, ConnectionError):
            return
        except TimeoutError:
            self._writer.transport.abort()  # closing would wait for what is not read
        except h11.RemoteProtocolError as error:
            await self._refuse(HTTPStatus(error.error_status_hint))
        finally:
            await self._close()

    def finish(self) -> None:
        """End after the request in hand; at once when there is none."""
        self._closing = True
        if self.is_idle:
            self._writer.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the body of the request in hand as it comes. Raises Gone."""
        if self._h11.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[]))
        while isinstance(event := await self._next_event(), h11.Data):
            yield bytes(event.data)

    async def _next_event(self) -> h11.Event:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                raise Gone
            self._h11.receive_data(data)
        if not isinstance(event, h11.Event):
            raise Gone  # PAUSED: data of a protocol that we do not speak
        return event

    async def _serve_one(self) -> bool:
        """Serve one request; give whether another may follow."""
        self.is_idle = True
        async with asyncio.timeout(limits.IDLE_MAX_S if self.is_known else limits.HEAD_WITHIN_S):
            head = await self._next_event()
        assert isinstance(head, h11.Request)  # noqa: S101 - a cycle begins with it
        self.is_idle = False
        request = Request(self, head)
        answer = await self._handle(request)
        await self._respond(answer, with_body=request.method != "HEAD")
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    async def _respond(self, answer: Answer, *, with_body: bool = True) -> None:
        self._skip_what_came()
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        self._has_unread = self._h11.their_state is not h11.DONE
        if self._has_unread or self._closing:
            headers["Connection"] = "close"
        response = h11.Response(
            status_code=answer.status, reason=answer.status.phrase, headers=list(headers.items())
        )
        data = h11.Data(data=answer.body if with_body else b"")
        await self._send(response, data, h11.EndOfMessage())

    def _skip_what_came(self) -> None:
        """Pass over the rest of the request that is here already: mostly its mere end."""
        while self._h11.their_state is h11.SEND_BODY:
            if self._h11.next_event() is h11.NEED_DATA:
                return

    async def _send(self, *events: h11.Event) -> None:
        self._writer.write(b"".join(self._h11.send(event) or b"" for event in events))
        async with asyncio.timeout(limits.READ_WITHIN_S):
            await self._writer.drain()

    async def _refuse(self, status: HTTPStatus) -> None:
        if self._h11.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            error = Refused(status, "This is no HTTP request that can be understood.")
            self._closing = True
            await self._respond(refused(error, content_type=JSON))

    async def _close(self) -> None:
        """Close without losing the answer: closing on unread data would reset the connection."""
        try:
            self.is_idle = True  # whoever comes now may have its place
            if self._has_unread:
                self._writer.write_eof()
                async with asyncio.timeout(limits.LINGER_S):
                    while await self._reader.read(_READ_BYTES):
                        pass
        except (OSError, TimeoutError):
            pass
        finally:
            self._writer.close()
