"""`python -m lms.testing.postgresql COMMAND`: run a command against a PostgreSQL of its own.

The server lives in a temporary folder, on a Unix socket without a TCP port, and goes when the
command has ended. DATABASE_URL names it to the command. Where no server is installed nothing is
run, which is a failure only where CI is set: there it must be installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# initdb refuses the superuser of the system, so as root we become the user that Debian's package
# made, or nobody.
_UNPRIVILEGED = ("postgres", "nobody")
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class Missing(Exception):
    """No PostgreSQL server is installed."""


def programs() -> Path:
    """Give the folder of initdb and pg_ctl. Raises Missing."""
    on_path = shutil.which("initdb")
    # On the path stand links; the programs look for their neighbours beside the real file.
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise Missing("PostgreSQL's server is not installed (apt install postgresql)")


class Server:
    """A cluster in a temporary folder that can be stopped and started."""

    def __init__(self, folder: Path, *, place: Path, options: str) -> None:
        self._folder = folder
        self._user = _unprivileged()
        self._options = f"{options} -c listen_addresses='' -c unix_socket_directories='{folder}'"
        self._control = [str(place / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", "30"]
        if self._user:
            shutil.chown(folder, self._user)
        self._run([str(place / "initdb"), "-D", str(folder / "data"), "-U", "watchers",
                   "-A", "trust", "-N", "-E", "UTF8", "--no-locale"])  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql://watchers@/postgres?host={quote(str(self._folder))}"

    def start(self) -> None:
        self._run([*self._control, "-l", str(self._folder / "log"), "-o", self._options, "start"])

    def stop(self) -> None:
        """Stop as a crash would: nothing is flushed, every connection breaks."""
        self._run([*self._control, "-m", "immediate", "stop"])

    def _run(self, command: list[str]) -> None:
        _run(command, user=self._user, folder=self._folder)


@contextmanager
def cluster(*, options: str = _FAST) -> Iterator[Server]:
    """Give a fresh started server that ends with the block. Raises Missing."""
    place = programs()
    # Not pytest's folder: a socket path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="watchers-pg-") as name:
        running = Server(Path(name), place=place, options=options)
        running.start()
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def server() -> Iterator[str]:
    """Give the DATABASE_URL of a fresh server that ends with the block. Raises Missing."""
    with cluster() as running:
        yield running.url


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - Unix only, as is being root

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)


def _run(command: list[str], *, user: str | None, folder: Path) -> None:
    # An empty environment: PGDATA and friends of a developer's own server must not leak in.
    done = subprocess.run(  # noqa: S603 - fixed commands
        command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, user=user, extra_groups=[] if user else None, cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")


def main(command: list[str]) -> int:
    try:
        with server() as url:
            environment = {**os.environ, "DATABASE_URL": url}
            return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603
    except Missing as missing:
        sys.stderr.write(f"{missing}: the tests of races ran on SQLite alone.\n")
        return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
