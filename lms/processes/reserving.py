"""What a start claims for itself alone: its data folder and its ports."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

_PORT_MAX = 65535


class Taken(Exception):
    """Someone else holds it; the message is a sentence for the terminal."""


def reserve_folder(data_dir: Path) -> IO[str]:
    """Lock the data folder until the file that is given back closes, at the latest with us."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = (data_dir / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Taken(
            f"The site already runs on the data folder {data_dir} (process {holder}). Stop it "
            "with Ctrl-C, or set WATCHERS_DATA to another folder."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _another(port: int) -> int:
    return port + 10 if port + 10 <= _PORT_MAX else port - 10


def check_port(variable: str, host: str, port: int) -> None:
    """Raise Taken when nobody could listen on the port; the sentence names the variable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As gunicorn will: a port in TIME_WAIT after the last run is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Taken(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Set {variable} to a port that is free, such as {variable}={_another(port)}."
            ) from None
