"""What is done to the running site. Each fault's function returns when the fault itself is over."""

import contextlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from lms.testing import postgresql
from lms.testing.site import Site, wait_until

DISK_MB = 96
_IS_THERE_WITHIN_S = 30.0


@dataclass
class Ground:
    """The site under test and what stands below it. hold_s: how long a lasting fault lasts."""

    site: Site
    data_dir: Path
    hold_s: float
    has_own_disk: bool
    database: postgresql.Server | None = None
    earlier: list[Site] = field(default_factory=list)

    def process(self, role: str, *, inner: bool = False) -> psutil.Process:
        """Give a role's process, or one of its own children; waits while it is being replaced."""
        found: list[psutil.Process] = []

        def look() -> bool:
            with contextlib.suppress(psutil.NoSuchProcess):
                outer = self.site.child(role)
                found[:] = [] if outer is None else outer.children() if inner else [outer]
            return bool(found)

        if not wait_until(look, within_s=_IS_THERE_WITHIN_S):
            raise TimeoutError(f"no {role} process appeared")
        return found[0]


@dataclass(frozen=True, slots=True)
class Fault:
    """name: as the table calls it. strike: does it."""

    name: str
    strike: Callable[[Ground], None]


def kill(ground: Ground, *, role: str, inner: bool = False) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        ground.process(role, inner=inner).kill()


def freeze(ground: Ground, *, role: str, inner: bool = False) -> None:
    process = ground.process(role, inner=inner)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.suspend()
        time.sleep(ground.hold_s)
        process.resume()


def wipe_broker(ground: Ground) -> None:
    kill(ground, role="broker")
    for kept in (ground.data_dir / "broker").glob("appendonly*"):
        shutil.rmtree(kept, ignore_errors=True)


def stop_database(ground: Ground) -> None:
    if ground.database is None:
        raise TypeError("there is no server to stop")
    ground.database.stop()
    time.sleep(ground.hold_s)
    ground.database.start()


def fill_disk(ground: Ground) -> None:
    """Fill the data folder's own disk, or let the site's processes write no file any further."""
    with _ballast(ground.data_dir) if ground.has_own_disk else _write_limit(ground):
        time.sleep(ground.hold_s)


def restart(ground: Ground, *, number: signal.Signals) -> None:
    """Start the site again after all of it was stopped in order, or died at once."""
    ground.site.stop(number)
    ground.earlier.append(ground.site)
    # What a killed supervisor leaves dies with it; only then are the ports and the lock free.
    wait_until(lambda: not ground.earlier[-1].survivors(), within_s=10)
    ground.site = Site(ground.site.environment)


def faults(*, database: bool, quick: bool) -> list[Fault]:
    """Give the faults in the order of the table."""
    web, pool = {"role": "web", "inner": True}, {"role": "worker", "inner": True}
    short = [
        Fault("kill -9 web worker", partial(kill, **web)),
        Fault("kill -9 web master", partial(kill, role="web")),
        Fault("kill -9 Celery pool process", partial(kill, **pool)),
        Fault("kill -9 Celery main", partial(kill, role="worker")),
        Fault("broker killed, data wiped", wipe_broker),
        Fault("full disk", fill_disk),
    ]
    if database:
        short.append(Fault("PostgreSQL crashed, started", stop_database))
    if quick:
        return short
    return [
        *short,
        Fault("kill -9 broker", partial(kill, role="broker")),
        Fault("kill -9 beat", partial(kill, role="beat")),
        Fault("kill -9 collector", partial(kill, role="collector")),
        Fault("SIGSTOP web worker", partial(freeze, **web)),
        Fault("SIGSTOP web master", partial(freeze, role="web")),
        Fault("SIGSTOP Celery pool process", partial(freeze, **pool)),
        Fault("SIGSTOP Celery main", partial(freeze, role="worker")),
        Fault("SIGSTOP broker", partial(freeze, role="broker")),
        Fault("SIGSTOP collector", partial(freeze, role="collector")),
        Fault("stop and start of everything", partial(restart, number=signal.SIGTERM)),
        Fault("kill -9 of everything, start", partial(restart, number=signal.SIGKILL)),
    ]


@contextmanager
def data_folder(*, may_mount: bool) -> Iterator[tuple[Path, bool]]:
    """Give a folder, and whether it is a disk of its own: a small tmpfs, where we may mount one."""
    with tempfile.TemporaryDirectory(prefix="watchers-chaos-") as name:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", name]
        mounted = False
        if may_mount:
            with contextlib.suppress(FileNotFoundError):
                mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        try:
            yield Path(name), mounted
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", name], check=False)


@contextmanager
def _ballast(folder: Path) -> Iterator[None]:
    ballast = folder / "ballast"
    _empty_write_ahead_log(folder / "watchers.sqlite3")
    try:
        with ballast.open("wb", buffering=0) as heavy, contextlib.suppress(OSError):
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while heavy.write(b"\0" * size):
                        pass
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _empty_write_ahead_log(file: Path) -> None:
    """Take the log's kept space away: SQLite would write into it for a while on a full disk."""
    if file.exists():
        with closing(sqlite3.connect(file, timeout=10)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _write_limit(ground: Ground) -> Iterator[None]:
    _empty_write_ahead_log(ground.data_dir / "watchers.sqlite3")
    processes = ground.process("web").children() + ground.process("worker").children()
    for process in processes:
        _hard = process.rlimit(resource.RLIMIT_FSIZE)[1]
        process.rlimit(resource.RLIMIT_FSIZE, (4096, _hard))
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                hard = process.rlimit(resource.RLIMIT_FSIZE)[1]
                process.rlimit(resource.RLIMIT_FSIZE, (hard, hard))
