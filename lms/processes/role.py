"""`python -m lms.processes.role NAME`: become one process of the site.

The same door for the tree of one machine and for a server's containers. It imports no Django: what
it becomes does that.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from lms.env import Env
from lms.processes import broker, lifeline, metric_files

_ROOT = Path(__file__).resolve().parent.parent.parent


def web(_data_dir: Path) -> list[str]:
    return _module("gunicorn", "--config", "python:lms.processes.gunicorn_conf", "lms.wsgi")


def worker(_data_dir: Path) -> list[str]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return _module("celery", "--app", "lms.celery", "--quiet", "worker", *quiet)


def beat(_data_dir: Path) -> list[str]:
    return _module("celery", "--app", "lms.celery", "--quiet", "beat", "--pidfile=")


def collector(_data_dir: Path) -> list[str]:
    # It would trace its own ingest, and what it received its own tracing would send again.
    os.environ["OTEL_SDK_DISABLED"] = "1"
    return [sys.executable, str(_ROOT / "manage.py"), "collect"]


def embedded_broker(data_dir: Path) -> list[str]:
    return broker.command(data_dir)


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "broker": embedded_broker,
    "collector": collector,
    "web": web,
    "worker": worker,
    "beat": beat,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lms.processes.role")
    parser.add_argument("name", choices=COMMANDS)
    parser.add_argument("--parent", type=int, help="end when this process, which started us, ends")
    options = parser.parse_args(arguments)
    data_dir = Env().folder("WATCHERS_DATA", default=_ROOT / "var")
    if options.name != "broker":
        # prometheus_client looks for the folder when it is first imported: set it before that.
        folder = metric_files.fresh_folder(data_dir, options.name)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    command = COMMANDS[options.name](data_dir)
    if not options.parent:
        os.execv(command[0], command)  # noqa: S606 - our own commands, no shell wanted
    return lifeline.run_tied(command, parent=options.parent)


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
