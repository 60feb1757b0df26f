"""The real site as a child of the tests: started, looked into, hurt and stopped."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings

_STARTS_WITHIN_S = 90.0
# Before and after it becomes what its role says. The blanks: Celery has a --without-heartbeat.
_KNOWN_BY = {
    "broker": re.compile("valkey-server|role broker "),
    "collector": re.compile(r"manage\.py collect|role collector "),
    "web": re.compile("gunicorn|role web "),
    "worker": re.compile(" worker "),
    "beat": re.compile(" beat "),
}
_SWEEPS = re.compile(
    r'^celery_task_duration_seconds_count\{[^}]*task="exercises\.sweep"[^}]*\} (\S+)$', re.MULTILINE
)


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on, all different."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def environment_for(data_dir: Path, **more: str) -> dict[str, str]:
    """Give an environment in which a site on the folder disturbs no other."""
    names = ("PORT", "METRICS_PORT", "WORKER_METRICS_PORT", "OTLP_PORT")
    mine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    named = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    return {**mine, **named, "WATCHERS_DATA": str(data_dir), **more}


def wait_until(is_so: Callable[[], bool], *, within_s: float) -> bool:
    """Look again and again; say whether it came true in time."""
    until = time.monotonic() + within_s
    while not (so := is_so()) and time.monotonic() < until:
        time.sleep(0.05)
    return so


def manage(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the site to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        _command(*arguments), check=False, env=dict(environment), cwd=settings.BASE_DIR,
        capture_output=True, text=True, timeout=_STARTS_WITHIN_S,
    )  # fmt: skip


class Site:
    """A running `manage.py up` and what it printed so far."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.lines: list[str] = []
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            _command("up"), env=self.environment, cwd=settings.BASE_DIR, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._seen: set[psutil.Process] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_until_ready(self) -> None:
        wait_until(lambda: self._is_settled or self.process.poll() is not None,
                   within_s=_STARTS_WITHIN_S)  # fmt: skip
        if not self._is_settled:
            raise TimeoutError(f"the site did not start:\n{self.output}")

    def child(self, name: str) -> psutil.Process | None:
        """Give the supervisor's child of that name, None while there is none."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if _KNOWN_BY[name].search(" ".join(process.cmdline())):
                    return process
        return None

    def family(self) -> set[psutil.Process]:
        """Give every process of the tree that was alive at this call or at an earlier one."""
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.process.pid)
            self._seen |= {top, *top.children(recursive=True)}
        return self._seen

    def survivors(self) -> list[psutil.Process]:
        """Give the processes that were seen and still run."""
        return [one for one in self._seen if one.is_running() and one.status() != "zombie"]

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Send the signal, wait for the end and give the seconds that took."""
        self.family()
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        took_s = time.monotonic() - began
        self._reader.join(timeout=5)
        return took_s

    def sweeps(self) -> int:
        """Give how many sweeps the worker's processes have run since the worker started."""
        port = self.environment["WORKER_METRICS_PORT"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
                text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0
        return sum(int(float(count)) for count in _SWEEPS.findall(text))

    @property
    def _is_settled(self) -> bool:
        # A sweep needs all four: beat's message, the broker, the worker; web printed the address.
        return "Watchers is at" in self.output and self.sweeps() > 0

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        with self.process.stdout as stream:
            for line in stream:
                self.lines.append(line)


@contextmanager
def running_site(data_dir: Path, **more: str) -> Iterator[Site]:
    """Give a site that answers, on its own folder and ports; it is gone after the block."""
    site = Site(environment_for(data_dir, **more))
    try:
        site.wait_until_ready()
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()


def _command(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
