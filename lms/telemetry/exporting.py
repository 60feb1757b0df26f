"""The way out: bounded queues, one thread each, never in a request's way."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, Generic, TypeVar

from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import TELEMETRY_DROPPED

T = TypeVar("T")
log = get_logger(__name__)

# For so long a batch waits for a collector that is starting, full or without its store; the queue
# behind it fills meanwhile. A collector that is gone for longer costs what comes after.
HOLD_S: Final = 30.0
WAIT_MAX_S: Final = 5.0


class Outcome(Enum):
    """What became of a batch."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Sending:
    """How an attempt ended. wait_s: when to try again, if it may be."""

    outcome: Outcome
    wait_s: float = 1.0


@dataclass(slots=True)
class _Loss:
    count: int
    since: datetime


class Shipper(Generic[T]):
    """Takes items at once and sends them in batches from a thread of its own.

    send gives how it went, or just whether the batch arrived. A batch for which it is too early
    is tried again for up to hold_s. What does not fit the queue, fails or is left at the stop is
    counted in telemetry_dropped_total and forgotten: export never blocks, fails or grows. Once a
    batch arrives after that, one line for each reason says what is missing.
    """

    def __init__(
        self,
        send: Callable[[Sequence[T]], Sending | bool],
        *,
        signal: str,
        queue_size: int = 4096,
        batch_size: int = 512,
        delay_s: float = 1.0,
        hold_s: float = HOLD_S,
    ) -> None:
        self._send = send
        self._signal = signal
        self._queue_size = queue_size
        self._batch_size = batch_size
        self._delay_s = delay_s
        self._hold_s = hold_s
        self._queue: deque[T] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._stop = threading.Event()
        self._down_since: float | None = None
        self._losses: dict[str, _Loss] = {}
        self._counting = threading.Lock()
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

    def hurry(self) -> None:
        """Send what is queued now and not at the batch's time; does not wait."""
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Send what is queued, then end; does not wait."""
        self._stopping = True
        self._stop.set()
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
            if self._arrived(batch):
                self._tell_losses()
            else:
                self._drop(len(batch), "export_failed")
        self._idle.set()

    def _take(self) -> list[T]:
        batch: list[T] = []
        with suppress(IndexError):  # join() may have emptied the queue meanwhile
            while len(batch) < self._batch_size:
                batch.append(self._queue.popleft())
        return batch

    def _arrived(self, batch: Sequence[T]) -> bool:
        """Send a batch, again and again while there is hope; give whether it arrived."""
        while (sending := self._sent(batch)).outcome is Outcome.LATER:
            now = time.monotonic()
            if self._down_since is None:
                self._down_since = now
            if self._stopping or now - self._down_since >= self._hold_s:
                return False
            self._stop.wait(min(sending.wait_s, WAIT_MAX_S))
        self._down_since = None
        return sending.outcome is Outcome.SENT

    def _sent(self, batch: Sequence[T]) -> Sending:
        try:
            answer = self._send(batch)
        except Exception:  # noqa: BLE001 - nothing that an exporter raises may end the thread
            return Sending(Outcome.REFUSED)
        if isinstance(answer, Sending):
            return answer
        return Sending(Outcome.SENT if answer else Outcome.REFUSED)

    def _forget(self) -> int:
        left = len(self._queue)
        self._queue.clear()
        return left

    def _drop(self, count: int, reason: str) -> None:
        if not count:
            return
        TELEMETRY_DROPPED.labels(signal=self._signal, reason=reason).inc(count)
        with self._counting:
            loss = self._losses.setdefault(reason, _Loss(0, datetime.now(UTC)))
            loss.count += count

    def _tell_losses(self) -> None:
        """Say what was dropped since the last time: the way is free again."""
        if not self._losses or self._stopping:
            return
        with self._counting:
            losses, self._losses = self._losses, {}
        for reason, loss in losses.items():
            log.warning(
                "telemetry.dropped",
                signal=self._signal,
                reason=reason,
                count=loss.count,
                since=loss.since,
            )
