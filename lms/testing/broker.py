"""A broker for tests that can be stopped, frozen and killed."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from lms.processes import broker

_STARTS_WITHIN_S = 10.0


class Server:
    """An embedded broker on a data folder; what it held in its append-only file survives."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return broker.url(self._data_dir)

    def start(self) -> None:
        broker.prepare(self._data_dir)
        command = broker.command(self._data_dir)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
        until = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > until:
                raise TimeoutError("the broker did not start")
            time.sleep(0.01)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process:
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(number)

    def _answers(self) -> bool:
        # redis-py writes unix:// where kombu writes redis+socket://.
        client = redis.from_url(self.url.replace("redis+socket://", "unix://"))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


@contextmanager
def server(data_dir: Path) -> Iterator[Server]:
    """Give a started broker that ends with the block."""
    running = Server(data_dir)
    running.start()
    try:
        yield running
    finally:
        running.kill()
