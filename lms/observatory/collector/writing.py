"""The one thread that decodes and writes: what it has answered 200 is committed.

It takes all requests that wait and writes them in one transaction, so a slow disk makes larger
transactions and not a longer queue. Between two such rounds it does one piece of the scraper's
work, so that neither keeps the other waiting for more than its turn.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lms.observatory.collector import limits
from lms.observatory.collector.answering import accepted, refused
from lms.observatory.collector.decoding import decode
from lms.observatory.collector.dropping import Drops
from lms.observatory.collector.intake import Intake
from lms.observatory.collector.refusal import Refused, later
from lms.observatory.exemplars import exemplars_of
from lms.observatory.records import SITE, Drop
from lms.observatory.store.base import StoreUnavailable
from lms.telemetry.logs import get_logger
from lms.telemetry.metrics import (
    COLLECTOR_RECEIVED,
    COLLECTOR_REJECTED,
    COLLECTOR_STORED,
    COLLECTOR_WRITE_SECONDS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from lms.observatory.collector.answering import Answer
    from lms.observatory.records import Batch
    from lms.observatory.store.base import WholeKeeper

log = get_logger(__name__)
R = TypeVar("R")

BEAT_EVERY_S: Final = 5.0
EXPIRE_EVERY_S: Final = 3600.0
# One transaction takes no more than this: bodies as they came, and records out of them.
_ROUND_BYTES: Final = limits.BODY_MAX_BYTES
_ROUND_RECORDS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A request whose body has been read."""

    tenant: str
    signal: str
    content_type: str
    is_gzip: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class _Waiting:
    """answer: called once, from the writer's thread, when what it says has been committed."""

    sent: Sent
    answer: Callable[[Answer], None]

    def accept(self, intake: Intake) -> None:
        self.answer(
            accepted(
                self.sent.signal,
                rejected=intake.rejected.total(),
                message=intake.message,
                content_type=self.sent.content_type,
            )
        )

    def refuse(self, error: Refused) -> None:
        self.answer(refused(error, content_type=self.sent.content_type))


_Decoded = tuple[_Waiting, Intake]


class Writer:
    """keeper: makes the store's writing side; called in the writer's thread, again after failures.

    keep_ns: how long records are kept; older ones are rejected. pass_on: is given each request of
    which something was committed.
    """

    def __init__(
        self,
        keeper: Callable[[], WholeKeeper],
        *,
        keep_ns: int,
        pass_on: Callable[[Sent], None] | None = None,
    ) -> None:
        self._make_keeper = keeper
        self._keeper: WholeKeeper | None = None
        self._keep_ns = keep_ns
        self._pass_on = pass_on
        self._queue: deque[_Waiting] = deque()
        self._work: deque[tuple[Callable[[WholeKeeper], Any], Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._drops = Drops()
        self._beat_at = self._expire_at = 0.0
        self._is_down = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def put(self, sent: Sent, answer: Callable[[Answer], None]) -> None:
        """Queue a request; answer is called once, from the writer's thread."""
        with self._changed:
            self._queue.append(_Waiting(sent, answer))
            self._changed.notify()

    def do(self, work: Callable[[WholeKeeper], R], done: Future[R]) -> None:
        """Queue a piece of work with the store; `done` gets its result or StoreUnavailable.

        It is not begun when `done` has been cancelled. Who asks waits, so that one of each waits.
        """
        with self._changed:
            self._work.append((work, done))
            self._changed.notify()

    def note_drops(self, drops: Sequence[Drop]) -> None:
        """Tell the store soon, and again while it is not there. From any thread."""
        self._drops.add(drops)

    def stop(self, until: float) -> bool:
        """Write what waits, then end; give whether that was done by a time.monotonic()."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._do_chores()
            taken = self._taken()
            if taken:
                self._deal(taken)
            if not self._do_one() and not taken and self._stopping:
                break
        self._beat_at = 0.0
        self._do_chores()
        if self._keeper is not None:
            self._keeper.close()

    def _taken(self) -> list[_Waiting]:
        """Wait until something waits or a chore is due; give the next round's requests."""
        with self._changed:
            if not self._queue and not self._work and not self._stopping:
                self._changed.wait(max(0.0, self._beat_at - time.monotonic()))
            taken: list[_Waiting] = []
            size = 0
            while self._queue and (
                not taken or size + len(self._queue[0].sent.body) <= _ROUND_BYTES
            ):
                taken.append(self._queue.popleft())
                size += len(taken[-1].sent.body)
        return taken

    def _do_one(self) -> bool:
        """Do the first piece of work that waits; give whether there was one."""
        with self._changed:
            work, done = self._work.popleft() if self._work else (None, None)
        if work is None or done is None:
            return False
        if done.set_running_or_notify_cancel():
            try:
                result = work(self._open_keeper())
            except StoreUnavailable as error:
                self._lost(error)
                done.set_exception(error)
            except Exception as error:  # the thread must go on, and the asker hear how it ended
                log.exception("store.failed")
                done.set_exception(StoreUnavailable(type(error).__name__))
            else:
                self._back()
                done.set_result(result)
        return True

    def _deal(self, taken: Sequence[_Waiting]) -> None:
        """Decode and write; a round ends early when it has grown large."""
        begun = time.perf_counter()
        decoded: list[_Decoded] = []
        records = 0
        for waiting in taken:
            if (intake := self._decoded(waiting)) is not None:
                decoded.append((waiting, intake))
                records += intake.kept
            if records >= _ROUND_RECORDS:
                self._store(decoded)
                decoded, records = [], 0
        self._store(decoded)
        COLLECTOR_WRITE_SECONDS.observe(time.perf_counter() - begun)

    def _decoded(self, waiting: _Waiting) -> Intake | None:
        """Give a request's records; None when they cannot be read, and the sender was told so."""
        sent = waiting.sent
        now_ns = time.time_ns()
        intake = Intake(sent.tenant, now_ns=now_ns, oldest_ns=now_ns - self._keep_ns)
        try:
            decode(
                sent.body, intake, signal=sent.signal, content_type=sent.content_type,
                is_gzip=sent.is_gzip,
            )  # fmt: skip
        except Refused as error:
            waiting.refuse(error)
        except Exception:  # one sender's body must not end the thread that all others need
            log.exception("batch.failed", signal=sent.signal)
            waiting.refuse(_failed())
        else:
            return intake
        return None

    def _store(self, decoded: Sequence[_Decoded]) -> None:
        """Write all in one transaction; what cannot be written with the others is tried alone."""
        batches = [intake.batch for _, intake in decoded if intake.kept]
        try:
            if batches:
                self._write(batches)
                self._back()
        except StoreUnavailable as error:
            self._lost(error)
            for waiting, _ in decoded:
                waiting.refuse(_unavailable())
        except Exception:  # the thread must go on, and every sender hear how it ended
            if len(decoded) > 1:
                for one in decoded:
                    self._store([one])
                return
            waiting = decoded[0][0]
            log.exception("batch.failed", signal=waiting.sent.signal)
            waiting.refuse(_failed())
        else:
            for waiting, intake in decoded:
                self._count(waiting.sent.signal, intake)
                waiting.accept(intake)
                if self._pass_on is not None and intake.kept:
                    self._pass_on(waiting.sent)

    def _write(self, batches: Sequence[Batch]) -> None:
        """Store all, and which of the site's traces stand for its slowest requests and tasks."""
        keeper = self._open_keeper()
        keeper.write(batches)
        spans = (span for batch in batches if batch.tenant == SITE for span in batch.spans)
        if exemplars := exemplars_of(spans):
            keeper.note_exemplars(SITE, exemplars)

    def _count(self, signal: str, intake: Intake) -> None:
        COLLECTOR_RECEIVED.labels(signal=signal).inc(intake.kept + intake.rejected.total())
        COLLECTOR_STORED.labels(signal=signal).inc(intake.kept)
        for reason, count in intake.rejected.items():
            COLLECTOR_REJECTED.labels(signal=signal, reason=reason).inc(count)
        now_ns = time.time_ns()
        self._drops.add(
            Drop(signal, reason, count, now_ns, now_ns) for reason, count in intake.rejected.items()
        )

    def _open_keeper(self) -> WholeKeeper:
        """Give the store's writing side, made at first use. Raises StoreUnavailable."""
        if self._keeper is None:
            self._keeper = self._make_keeper()
        return self._keeper

    def _back(self) -> None:
        if self._is_down:
            self._is_down = False
            log.info("store.recovered")

    def _lost(self, error: StoreUnavailable) -> None:
        if not self._is_down:
            self._is_down = True
            log.error("store.lost", error_class=type(error.__cause__ or error).__name__)

    def _do_chores(self) -> None:
        """Say that we run, tell the store what was rejected, let go what is too old."""
        now = time.monotonic()
        if now < self._beat_at:
            return
        self._beat_at = now + BEAT_EVERY_S
        now_ns = time.time_ns()
        try:
            keeper = self._open_keeper()
            keeper.beat(now_ns)
            self._tell_drops(keeper)
            if now >= self._expire_at:
                keeper.expire(now_ns)
                self._expire_at = now + EXPIRE_EVERY_S
            self._back()
        except StoreUnavailable as error:
            self._lost(error)
        except Exception:  # told, and tried again in five seconds
            log.exception("store.failed")

    def _tell_drops(self, keeper: WholeKeeper) -> None:
        if drops := self._drops.take():
            try:
                keeper.note_drops(drops)
            except BaseException:
                self._drops.add(drops)
                raise


def _unavailable() -> Refused:
    return later(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The store cannot be written now. Send the same again later.",
        after_s=limits.UNAVAILABLE_RETRY_S,
    )


def _failed() -> Refused:
    return Refused(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "These records could not be stored, and sending them again would not help.",
    )
