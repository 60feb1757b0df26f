"""One GET of one target's metrics, as Prometheus asks for them."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket

    from lms.observatory.scraping.target import Target

ACCEPT: Final = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
MOST_BYTES: Final = 16 * 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_OK: Final = 200


class FetchFailed(Exception):
    """A target gave no metrics. reason: refused, timed_out, too_large, status or broken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    content_type: str


def fetch(target: Target, *, timeout_s: float, most_bytes: int = MOST_BYTES) -> Page:
    """Give what the target shows, within timeout_s in all. Raises FetchFailed.

    Redirects are not followed, and what the environment says of proxies is not heeded.
    """
    until = time.monotonic() + timeout_s
    connection = _connection(target, timeout_s)
    try:
        connection.request("GET", target.path, headers={
            "Accept": ACCEPT, "Accept-Encoding": "identity", "User-Agent": "Watchers",
            "X-Prometheus-Scrape-Timeout-Seconds": f"{timeout_s:g}",
        })  # fmt: skip
        # The connection forgets it where the target answers "Connection: close".
        sock = connection.sock
        with closing(connection.getresponse()) as response:
            if response.status != _OK:
                raise FetchFailed("status")
            body = _read(sock, response, until=until, most_bytes=most_bytes)
            return Page(body, response.headers.get("Content-Type", ""))
    except TimeoutError as error:
        raise FetchFailed("timed_out") from error
    except (OSError, UnicodeError) as error:  # a host's name may be none
        raise FetchFailed("refused") from error
    except http.client.HTTPException as error:
        raise FetchFailed("broken") from error
    finally:
        connection.close()


def _connection(target: Target, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(target.address)
    is_secret = parts.scheme == "https"
    make = http.client.HTTPSConnection if is_secret else http.client.HTTPConnection
    return make(parts.hostname or "", parts.port, timeout=timeout_s)


def _read(
    sock: socket.socket,
    response: http.client.HTTPResponse,
    *,
    until: float,
    most_bytes: int,
) -> bytes:
    """Read to the end; a target that trickles is cut off in time all the same."""
    body = bytearray()
    while True:
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        sock.settimeout(left_s)
        chunk = response.read1(_CHUNK_BYTES)
        if not chunk:
            break
        body += chunk
        if len(body) > most_bytes:
            raise FetchFailed("too_large")
    if response.length:
        raise FetchFailed("broken")  # it said that more would come
    return bytes(body)
