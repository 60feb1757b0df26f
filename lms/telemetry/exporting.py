"""The way out: bounded queues, one thread each, never in a request's way."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from lms.telemetry.metrics import TELEMETRY_DROPPED

T = TypeVar("T")


class Shipper(Generic[T]):
    """Takes items at once and sends them in batches from a thread of its own.

    send gives whether the batch arrived. What does not fit the queue, fails or is left at the stop
    is counted in telemetry_dropped_total and forgotten: export never blocks, fails or grows.
    """

    def __init__(
        self,
        send: Callable[[Sequence[T]], bool],
        *,
        signal: str,
        queue_size: int = 4096,
        batch_size: int = 512,
        delay_s: float = 1.0,
    ) -> None:
        self._send = send
        self._signal = signal
        self._queue_size = queue_size
        self._batch_size = batch_size
        self._delay_s = delay_s
        self._queue: deque[T] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name=f"ship-{signal}", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        if self._stopping or len(self._queue) >= self._queue_size:
            self._drop(1, "stopped" if self._stopping else "queue_full")
            return
        self._queue.append(item)
        if len(self._queue) >= self._batch_size:
            self._wake.set()

    def ask_to_stop(self) -> None:
        """Send what is queued, then end; does not wait."""
        self._stopping = True
        self._wake.set()

    def join(self, until: float) -> bool:
        """Wait for the end up to a time.monotonic(); count what is left behind as dropped."""
        self._thread.join(max(0.0, until - time.monotonic()))
        ended = not self._thread.is_alive()
        if not ended:
            self._drop(self._forget(), "stopped")
        return ended

    def flush(self, timeout_s: float) -> bool:
        """Send what is queued; give whether that was done in time. For tests."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            self._wake.set()
            if not self._queue and self._idle.wait(0.01) and not self._queue:
                return True
        return False

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._delay_s)
            self._wake.clear()
            self._drain()
        self._drain()

    def _drain(self) -> None:
        while self._queue:
            self._idle.clear()
            batch = self._take()
            if not self._sent(batch):
                self._drop(len(batch), "export_failed")
        self._idle.set()

    def _take(self) -> list[T]:
        batch: list[T] = []
        with suppress(IndexError):  # join() may have emptied the queue meanwhile
            while len(batch) < self._batch_size:
                batch.append(self._queue.popleft())
        return batch

    def _sent(self, batch: Sequence[T]) -> bool:
        try:
            return self._send(batch)
        except Exception:  # noqa: BLE001 - nothing that an exporter raises may end the thread
            return False

    def _forget(self) -> int:
        left = len(self._queue)
        self._queue.clear()
        return left

    def _drop(self, count: int, reason: str) -> None:
        if count:
            TELEMETRY_DROPPED.labels(signal=self._signal, reason=reason).inc(count)
