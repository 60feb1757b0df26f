"""One process of the tree: started, ended, and started again with patience."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_BACKOFF_FIRST_S = 0.5
_BACKOFF_MAX_S = 10.0
_KILLED_WITHIN_S = 0.4
# Who lived this long did not die of its start: the next wait is short again.
_SETTLED_AFTER_S = 20.0


@dataclass
class Child:
    """A process and what is known of its past.

    outlives_later: those that start after it need it until they have ended.
    start_at: when it is due to start, on the clock that start and saw_end are given. quick_deaths:
    how often in a row it ended before it had settled.
    """

    name: str
    command: list[str]
    folder: Path
    environment: Mapping[str, str]
    start_at: float = 0.0
    outlives_later: bool = False
    quick_deaths: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _started_at: float = 0.0

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, now: float) -> IO[bytes]:
        """Start the process in a session of its own and give its output, standard error included.

        A Ctrl-C in the terminal then reaches the supervisor alone, which stops all in order. Only
        the main thread may call this: a child's parent-death signal follows the thread.
        """
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started_at = now
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def saw_end(self, now: float) -> str:
        """Note that the process ended, plan its next start and give how it ended, in words."""
        assert self.process is not None  # noqa: S101 - who ended had started
        code = self.process.returncode
        # What it leaves behind would hold its port or its queue against its successor.
        self.signal_group(signal.SIGTERM)
        settled = now - self._started_at >= _SETTLED_AFTER_S
        self.quick_deaths = 1 if settled else self.quick_deaths + 1
        self.start_at = now + self._backoff_s()
        self.process = None
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def terminate(self) -> None:
        if self.process is not None and self.is_alive:
            self.process.terminate()

    def kill(self) -> None:
        """End at once whatever is left of it and of what it started."""
        self.signal_group(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(_KILLED_WITHIN_S)

    def signal_group(self, number: signal.Signals) -> None:
        """Signal all that the process started, whether or not it still lives."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def _backoff_s(self) -> float:
        return min(_BACKOFF_FIRST_S * 2.0 ** (self.quick_deaths - 1), _BACKOFF_MAX_S)
