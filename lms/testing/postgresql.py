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


@contextmanager
def server() -> Iterator[str]:
    """Give the DATABASE_URL of a fresh server that ends with the block. Raises Missing."""
    place = programs()
    # Not pytest's folder: a socket path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="watchers-pg-") as name:
        folder = Path(name)
        data = folder / "data"
        log = folder / "log"
        user = _unprivileged()
        if user:
            shutil.chown(folder, user)
        _run([str(place / "initdb"), "-D", str(data), "-U", "watchers", "-A", "trust", "-N",
              "-E", "UTF8", "--no-locale"], user=user, folder=folder)  # fmt: skip
        control = [str(place / "pg_ctl"), "-D", str(data), "-w", "-t", "30"]
        options = f"{_FAST} -c listen_addresses='' -c unix_socket_directories='{folder}'"
        _run([*control, "-l", str(log), "-o", options, "start"], user=user, folder=folder)
        try:
            yield f"postgresql://watchers@/postgres?host={quote(str(folder))}"
        finally:
            _run([*control, "-m", "immediate", "stop"], user=user, folder=folder)


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
