"""Sites of the bench: started on a folder of their own, their processes' CPU read."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from lms.testing.site import Site, running_site

ROLES = ("web", "worker", "broker", "beat", "collector")
_DRIVES_WITHIN_S = 1500


@contextmanager
def site(folder: Path, **environment: str) -> Iterator[Site]:
    """Give a site as in production: no DEBUG, JSON lines, everything that it has by default."""
    folder.mkdir(parents=True, exist_ok=True)
    more = {"DJANGO_SETTINGS_MODULE": "bench.site_settings", "LOG_FORMAT": "json", **environment}
    with running_site(folder, **more) as running:
        yield running


def cpu_s(running: Site) -> dict[str, float]:
    """Give the CPU seconds of each child's tree so far: the living and their reaped children."""
    return {role: _tree_s(running.child(role)) for role in ROLES}


def _tree_s(top: psutil.Process | None) -> float:
    if top is None:
        return 0.0
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total


def manage(running: Site, *arguments: str) -> str:
    """Run a command of the site in its environment."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return _run(command, running, None)


def drive(running: Site, what: str, **parameters: Any) -> dict[str, Any]:
    """Run bench.driving in a process of its own, in the site's environment; give what it found."""
    roots = {role: process.pid for role in ROLES if (process := running.child(role))}
    told = {"address": running.address, "roots": roots, **parameters}
    command = [sys.executable, "-m", "bench.driving", what]
    return json.loads(_run(command, running, json.dumps(told)))


def _run(command: list[str], running: Site, told: str | None) -> str:
    environment = running.environment | {"LOG_LEVEL": "ERROR", "OTEL_SDK_DISABLED": "1"}
    done = subprocess.run(
        command, check=False, env=environment, cwd=settings.BASE_DIR, input=told,
        capture_output=True, text=True, timeout=_DRIVES_WITHIN_S,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
