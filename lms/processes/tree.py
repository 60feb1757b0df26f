"""The supervisor: starts the site's processes, keeps them running and stops them in order."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TextIO

from lms.processes.child import Child
from lms.processes.output import Lines

_STOP_WITHIN_S = 4.5
_PATIENCE_S = 1.0  # after which the next one is asked to stop as well
_LAST_S = 1.5  # what is left to those that outlive the others
_TICK_S = 0.1
_QUICK_DEATHS_MAX = 5
_CHUNK_BYTES = 64 * 1024
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartFailed(Exception):
    """A process of the tree dies each time it starts; the message is for the terminal."""


class Tree:
    """Children in the order in which they start; they stop in the reverse order.

    One thread does everything: a child's parent-death signal fires when the thread that started it
    ends, so that thread must be the main one.
    """

    def __init__(self, children: list[Child], *, out: TextIO) -> None:
        self.children = children
        self._selector = selectors.DefaultSelector()
        self._stops = 0
        self._out = out
        width = max(len(child.name) for child in children)
        self._lines = {child.name: Lines(child.name, out, width=width) for child in children}

    def run(self, *, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Run until a signal asks to stop. Raises StartFailed if the site never gets ready."""
        with self._signals():
            try:
                self._serve(is_ready, when_ready)
            finally:
                self._stop()

    def _serve(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        ready = False
        while not self._stops:
            self._start_due()
            self._pump(_TICK_S if not ready else self._idle_s())
            self._reap()
            if not ready and not self._stops:
                self._give_up_on_failures()
                ready = is_ready()
                if ready:
                    when_ready()

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.start_at <= now:
                self._selector.register(child.start(now), selectors.EVENT_READ, child.name)

    def _idle_s(self) -> float | None:
        """Give the time until the next planned start, None when only a signal can bring work."""
        planned = [child.start_at for child in self.children if child.process is None]
        return max(min(planned) - time.monotonic(), 0.0) if planned else None

    def _pump(self, timeout_s: float | None) -> None:
        for key, _events in self._selector.select(timeout_s):
            chunk = os.read(key.fd, _CHUNK_BYTES)
            if key.data is None:
                continue
            if chunk:
                self._lines[key.data].add(chunk)
            else:
                self._close(key.fileobj)  # type: ignore[arg-type]
                self._lines[key.data].end()

    def _reap(self) -> None:
        for child in self.children:
            if child.process is not None and not child.is_alive:
                how = child.saw_end(time.monotonic())
                wait_s = child.start_at - time.monotonic()
                self._lines[child.name].add(f"{how}; starts again in {wait_s:.1f} s\n".encode())

    def _give_up_on_failures(self) -> None:
        for child in self.children:
            if child.quick_deaths >= _QUICK_DEATHS_MAX:
                raise StartFailed(
                    f"The {child.name} process ended {child.quick_deaths} times without getting "
                    "ready; its lines above say why, and broker/log in the data folder."
                )

    def _stop(self) -> None:
        impatient_from = self._stops + 1  # a second Ctrl-C
        deadline = time.monotonic() + _STOP_WITHIN_S
        for at, child in reversed(list(enumerate(self.children))):
            if child.outlives_later:
                self._wait(self.children[at + 1 :], deadline - _LAST_S, impatient_from)
            child.terminate()
            self._wait([child], min(time.monotonic() + _PATIENCE_S, deadline), impatient_from)
        self._wait(self.children, deadline, impatient_from)
        for child in reversed(self.children):
            child.kill()
        self._pump(0)
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                self._close(key.fileobj)  # type: ignore[arg-type]

    def _wait(self, children: list[Child], until: float, impatient_from: int) -> None:
        while any(child.is_alive for child in children) and self._stops < impatient_from:
            left_s = until - time.monotonic()
            if left_s <= 0:
                return
            self._pump(min(left_s, _TICK_S))

    def _close(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        pipe.close()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Wake the loop on signals: those that stop us, and a child's end."""
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        before = {number: signal.signal(number, self._asked_to_stop) for number in _STOPPING}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer)
        self._selector.register(reader, selectors.EVENT_READ, None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            os.close(reader)
            os.close(writer)

    def _asked_to_stop(self, *_signal: object) -> None:
        self._stops += 1
