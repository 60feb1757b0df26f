"""The write gate of SQLite: one writer at a time, in the order of asking.

SQLite has one writer and no queue: who waits sleeps and asks again, and may starve. Here the
threads of a process stand in line, and the first of each line stands at two locks on files beside
the database. Who waits for the writer's lock keeps the turn lock, so that the process that has just
written cannot come back before it. Both locks are the kernel's: they end with their process.
"""

import fcntl
import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

# flock() cannot wait for a limited time, so the first in line asks again at this interval.
ASK_AGAIN_S: Final = 0.0002


class GateTimeout(Exception):
    """The gate was not free in time."""


class Gate:
    """One database's gate within this process; path "" (a database in memory) has no files."""

    def __init__(self, path: str) -> None:
        self._files = _FileLocks(path) if path else None
        self._line: deque[threading.Event] = deque()
        self._mutex = threading.Lock()
        self._is_taken = False
        self._pid = os.getpid()

    def acquire(self, timeout_s: float) -> int:
        """Wait for the turn and give the process id that release() wants back.

        Raises GateTimeout.
        """
        until = time.monotonic() + timeout_s
        self._wait_in_line(timeout_s)
        if self._files is not None:
            try:
                self._files.acquire(until)
            except BaseException:
                self._let_next()
                raise
        return self._pid

    def release(self, pid: int) -> None:
        """Let the next one in. What a forked child inherited was never the child's to release."""
        if pid != self._pid:
            return
        if self._files is not None:
            self._files.release()
        self._let_next()

    def forget_parent(self) -> None:
        """Begin anew in a forked child: its parent's threads and locks are not here."""
        self._line.clear()
        self._mutex = threading.Lock()
        self._is_taken = False
        self._pid = os.getpid()
        if self._files is not None:
            self._files.close()

    def _wait_in_line(self, timeout_s: float) -> None:
        turn = threading.Event()
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return
            self._line.append(turn)
        if turn.wait(timeout_s):
            return
        with self._mutex:
            if turn in self._line:
                self._line.remove(turn)
                raise GateTimeout
        # The turn came between the end of the wait and the lock: it is ours.

    def _let_next(self) -> None:
        with self._mutex:
            if self._line:
                self._line.popleft().set()  # the gate stays taken and changes hands
            else:
                self._is_taken = False


class _FileLocks:
    """The turn and the writer's lock between processes. Used by one thread at a time."""

    def __init__(self, path: str) -> None:
        self._paths = (Path(f"{path}-turn"), Path(f"{path}-gate"))
        self._open: tuple[int, ...] = ()

    def acquire(self, until: float) -> None:
        if not self._open:
            self._open = tuple(os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths)
        turn, gate = self._open
        _lock(turn, until)
        try:
            _lock(gate, until)
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def release(self) -> None:
        fcntl.flock(self._open[1], fcntl.LOCK_UN)

    def close(self) -> None:
        for descriptor in self._open:
            with suppress(OSError):
                os.close(descriptor)
        self._open = ()


def _lock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise GateTimeout from None
            time.sleep(ASK_AGAIN_S)
        else:
            return


_gates: dict[str, Gate] = {}
_making = threading.Lock()


def gate_of(path: str, *, in_memory: bool) -> Gate:
    """Give this process's gate of a database."""
    with _making:
        if path not in _gates:
            _gates[path] = Gate("" if in_memory else path)
        return _gates[path]


def _after_fork_in_child() -> None:
    global _making  # noqa: PLW0603 - another thread of the parent may have held it
    _making = threading.Lock()
    for gate in _gates.values():
        gate.forget_parent()


os.register_at_fork(after_in_child=_after_fork_in_child)
