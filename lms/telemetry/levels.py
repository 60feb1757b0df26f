"""Loggers of our own at DEBUG for a while, in every process.

Which ones and until when is asked of settings.LOG_LEVELS_SOURCE, the path of a function: this
package knows no rows. Asking and giving back are two threads, so that a database that hangs or is
gone keeps no logger at DEBUG.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lms.telemetry.logs import get_logger
from lms.telemetry.own_loggers import is_own

log = get_logger(__name__)

Ends = Mapping[str, datetime]
ASK_EVERY_S: Final = 2.0
# Whatever the source says: no logger stays at DEBUG longer without its saying so again.
LONGEST_S: Final = 3600.0
STOP_S: Final = 0.5


def level_of_settings() -> int:
    """Give the level at which our loggers write when nothing is switched."""
    return logging.getLevelNamesMapping()[settings.LOGGING["root"]["level"]]


class Lent:
    """The loggers that stand at DEBUG for now, and the level that each goes back to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._ends: dict[str, float] = {}  # on time.monotonic(), which no clock change moves
        self._before: dict[str, int] = {}
        self._timer: threading.Timer | None = None

    def follow(self, ends: Ends) -> None:
        """Set exactly these loggers to DEBUG until their ends and give the others back."""
        at, now = time.monotonic(), datetime.now(UTC)
        left = {name: (end - now).total_seconds() for name, end in ends.items() if is_own(name)}
        with self.lock:
            self._ends = {name: at + min(s, LONGEST_S) for name, s in left.items()}
            self._settle()

    def give_back_due(self) -> None:
        with self.lock:
            self._settle()

    def forget_timer(self) -> None:
        """Begin anew in a forked child, where the timer's thread does not run."""
        self.lock = threading.Lock()
        self._timer = None

    def _settle(self) -> None:
        """Bring the levels in line with the ends, and say what changed.

        Under the lock to the last line: a fork waits for it, and a child that was born while a line
        was being written would wait for ever to write its own.
        """
        at = time.monotonic()
        self._ends = {name: end for name, end in self._ends.items() if end > at}
        changed: dict[str, int] = {}
        for name in self._ends.keys() - self._before.keys():
            self._before[name] = logging.getLogger(name).level
            changed[name] = logging.DEBUG
        for name in self._before.keys() - self._ends.keys():
            changed[name] = self._before.pop(name)
        for name, level in changed.items():
            logging.getLogger(name).setLevel(level)
        self._wake_at_next_end(at)
        _tell(changed)

    def _wake_at_next_end(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ends:
            wait_s = max(min(self._ends.values()) - at, 0.0) + 0.001
            self._timer = threading.Timer(wait_s, self.give_back_due)
            self._timer.daemon = True
            self._timer.start()


def _tell(changed: Mapping[str, int]) -> None:
    for name, level in sorted(changed.items()):
        event = "log_level.applied" if level == logging.DEBUG else "log_level.given_back"
        log.info(event, module=name, pid=os.getpid())


class Follower:
    """A thread that asks every few seconds and has the answer followed."""

    def __init__(self, ask: Callable[[], Ends], lent: Lent, *, every_s: float) -> None:
        self.pid = os.getpid()
        self._ask, self._lent, self._every_s = ask, lent, every_s
        self._stopped = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="log-levels", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End asking and give every logger back; does not wait for an answer that hangs."""
        self._stopped.set()
        self._thread.join(STOP_S)
        self._lent.follow({})

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._ask_once()
            self._stopped.wait(self._every_s)

    def _ask_once(self) -> None:
        with _Process.asking:
            ends = self._answer()
        if ends is not None and not self._stopped.is_set():
            self._lent.follow(ends)

    def _answer(self) -> Ends | None:
        try:
            with suppress_instrumentation():
                try:
                    ends = self._ask()
                finally:
                    # None stays open between questions: not across a fork, not on a restored file.
                    connections.close_all()
        except Exception as error:  # noqa: BLE001 - whatever is wrong there, this process goes on
            if not self._failing:
                log.warning("log_level.ask_failed", error_class=type(error).__name__)
            self._failing = True
            return None
        self._failing = False
        return ends


class _Process:
    """What this process has. A forked child takes over levels and lent, and nothing that runs."""

    lent = Lent()
    asking = threading.Lock()
    follower: Follower | None = None
    is_asking_held = False


def start() -> None:
    """Begin to follow the source that settings name, if any. Repeating it changes nothing.

    Call it after the fork. A process that forks later may: no question is open meanwhile.
    """
    if _Process.follower is not None or not settings.LOG_LEVELS_SOURCE:
        return

    def ask() -> Ends:
        given: Ends = import_string(settings.LOG_LEVELS_SOURCE)()
        return given

    _Process.lent.give_back_due()  # arms the timer for what a fork took over
    _Process.follower = Follower(ask, _Process.lent, every_s=ASK_EVERY_S)
    atexit.register(stop)


def stop() -> None:
    """End following; every logger is back at its level. Without start it does nothing."""
    follower, _Process.follower = _Process.follower, None
    if follower is not None:
        atexit.unregister(stop)
        follower.stop()


def _before_fork() -> None:
    # A hanging database must not hold the fork up for long.
    _Process.is_asking_held = _Process.asking.acquire(timeout=STOP_S)
    _Process.lent.lock.acquire()


def _after_fork_in_parent() -> None:
    _Process.lent.lock.release()
    if _Process.is_asking_held:
        _Process.asking.release()


def _after_fork_in_child() -> None:
    _Process.lent.forget_timer()
    _Process.asking = threading.Lock()
    _Process.follower = None


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
