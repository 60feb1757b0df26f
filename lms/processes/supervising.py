"""`python -m lms.processes.supervising`: what `manage.py up` becomes once all is prepared.

A process of its own without Django in it: the supervisor lives as long as the site, and a loaded
Django cost it 75 MB.
"""

import argparse
import contextlib
import http.client
import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from lms.processes import accounts_file, broker, metric_files, tree
from lms.processes.child import Child

_ROOT = Path(__file__).resolve().parent.parent.parent
# Addresses that mean "every interface" are asked on their loopback.
_ASK_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
# Web and worker use both to their last moment: for a last message, a last span.
_OUTLIVE_LATER = frozenset({"broker", "collector"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor has to know of the settings."""

    data_dir: Path
    host: str
    port: int
    embedded_broker: bool
    demo_accounts: bool


def become(plan: Plan, *, lock: int) -> NoReturn:
    """Go on in this process as the supervisor, still holding the data folder's lock."""
    os.set_inheritable(lock, True)
    os.chdir(_ROOT)
    arguments = ["--data-dir", str(plan.data_dir), "--host", plan.host, "--port", str(plan.port)]
    arguments += ["--embedded-broker"] * plan.embedded_broker
    arguments += ["--demo-accounts"] * plan.demo_accounts
    sys.stdout.flush()
    command = [sys.executable, "-m", "lms.processes.supervising", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - our own command, no shell wanted


def plan_from(arguments: list[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m lms.processes.supervising")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--embedded-broker", action="store_true")
    parser.add_argument("--demo-accounts", action="store_true")
    return Plan(**vars(parser.parse_args(arguments)))


def site_children(plan: Plan) -> list[Child]:
    """Give the broker, if it is ours, the collector, the web server, the worker and the clock."""
    now = time.monotonic()
    # A start is mostly imports: on two cores the first page would wait for the worker's and beat's.
    names = {
        "broker": now,
        "collector": now,
        "web": now,
        "worker": now + 1.5,
        "beat": now + 3.0,
    }
    if not plan.embedded_broker:
        del names["broker"]
    environment = {
        # The children write into a pipe and cannot see whether a person reads.
        "LOG_FORMAT": "console" if sys.stdout.isatty() else "json",
        **os.environ,
        "WATCHERS_DATA": str(plan.data_dir),
        "PYTHONUNBUFFERED": "1",
    }
    return [
        Child(
            name,
            _command(name),
            folder=_ROOT,
            environment=environment,
            start_at=start_at,
            outlives_later=name in _OUTLIVE_LATER,
        )
        for name, start_at in names.items()
    ]


def answers_healthz(plan: Plan) -> bool:
    """Ask the web process whether it lives; False while it does not listen yet."""
    asking = http.client.HTTPConnection(_ASK_AT.get(plan.host, plan.host), plan.port, timeout=1)
    with contextlib.closing(asking), contextlib.suppress(OSError, http.client.HTTPException):
        # A name of loopback, which ALLOWED_HOSTS always holds.
        asking.request("GET", "/healthz", headers={"Host": "localhost"})
        return asking.getresponse().status == http.client.OK
    return False


def banner(plan: Plan) -> str:
    """Give what a person at the terminal needs: where the site is and who may sign in."""
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    lines = ["", f"  Watchers is at http://{host}:{plan.port}/"]
    accounts = accounts_file.read(plan.data_dir) if plan.demo_accounts else []
    if accounts:
        lines += ["", "  Accounts of this installation:"]
        lines += [f"    {one.username:<12} {one.password:<20} {one.about}" for one in accounts]
        lines += [f"  They are kept in {accounts_file.place(plan.data_dir)}."]
    return "\n".join([*lines, "", "  Stop with Ctrl-C.", ""])


def main(arguments: list[str]) -> int:
    plan = plan_from(arguments)
    site = tree.Tree(site_children(plan), out=sys.stdout)
    try:
        if plan.embedded_broker:
            broker.prepare(plan.data_dir)
        site.run(
            is_ready=partial(answers_healthz, plan),
            when_ready=lambda: print(banner(plan), flush=True),  # noqa: T201 - the terminal
        )
    except tree.StartFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        metric_files.forget(plan.data_dir)
    sys.stdout.write("The site has stopped.\n")
    return 0


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "lms.processes.role", name, "--parent", str(os.getpid())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
