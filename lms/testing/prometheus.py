"""Prometheus's own server as a child of the tests: what ours is held against."""

from __future__ import annotations

import http.client
import shutil
import struct
import subprocess
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lms.testing.site import free_ports, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lms.observatory.samples import Labels, Scrape

_STARTS_WITHIN_S = 20.0
_LITERAL_BYTES = 1 << 16
_NO_CONTENT = 204


class Missing(Exception):
    """No Prometheus is installed."""


class Server:
    """A running server that scrapes what its configuration says and takes what it is sent."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.address = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            return self._ask("GET", "/-/ready")[0] == http.client.OK
        except OSError:
            return False

    def write(self, scrapes: Iterable[Scrape]) -> None:
        """Store the samples, markers of an end as well, at their own times; oldest first.

        Source: https://prometheus.io/docs/specs/prw/remote_write_spec/, version 1.0.
        """
        held: dict[Labels, list[tuple[int, float]]] = defaultdict(list)
        for scrape in scrapes:
            for labels, value in scrape.samples.items():
                held[labels].append((scrape.time_ms, value))
        status, told = self._ask(
            "POST", "/api/v1/write", _snappy(_request(held)),
            {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
             "X-Prometheus-Remote-Write-Version": "0.1.0"},
        )  # fmt: skip
        if status != _NO_CONTENT:
            raise RuntimeError(f"Prometheus answered {status}: {told.decode(errors='replace')}")

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def server(*, targets: Sequence[str] = (), interval_s: int = 1) -> Iterator[Server]:
    """Run a server on a free port and in a temporary folder. Raises Missing.

    targets: host:port of what it scrapes as job "web".
    """
    program = shutil.which("prometheus")
    if program is None:
        raise Missing("Prometheus is not installed (apt install prometheus)")
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="watchers-prometheus-") as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text(_configuration(targets, interval_s))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - Debian's program, with our arguments
                [program, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                 f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            running = Server(port)
            if not wait_until(running.is_ready, within_s=_STARTS_WITHIN_S):
                raise TimeoutError((folder / "log").read_text())
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)


def _configuration(targets: Sequence[str], interval_s: int) -> str:
    scrape = f"""
scrape_configs:
  - job_name: web
    scrape_interval: {interval_s}s
    scrape_timeout: {interval_s}s
    static_configs:
      - targets: {list(targets)}
"""
    return f"global:\n  evaluation_interval: 1h\n{scrape if targets else ''}"


def _request(held: dict[Labels, list[tuple[int, float]]]) -> bytes:
    """Give a WriteRequest. Source: prometheus/prompb/remote.proto and types.proto."""
    return b"".join(
        _field(1, b"".join(
            [_field(1, _field(1, name.encode()) + _field(2, value.encode()))
             for name, value in labels]
            + [_field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(time_ms))
               for time_ms, value in samples]
        ))
        for labels, samples in held.items()
    )  # fmt: skip


def _field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*low, number))


def _snappy(content: bytes) -> bytes:
    """Give the content in snappy's format, all of it literal.

    Source: google/snappy, format_description.txt.
    """
    parts = (
        content[at : at + _LITERAL_BYTES] for at in range(0, len(content), _LITERAL_BYTES)
    )  # a literal with its length, less one, in two bytes
    return _varint(len(content)) + b"".join(
        bytes((61 << 2,)) + struct.pack("<H", len(part) - 1) + part for part in parts
    )
