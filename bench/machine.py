"""What the figures were measured on."""

import os
import platform
import sqlite3
from pathlib import Path

import django
import psutil


def lines() -> list[str]:
    """Name the machine and what runs on it."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}",
        (
            f"Python {platform.python_version()}, Django {django.__version__}, "
            f"SQLite {sqlite3.sqlite_version}"
        ),
        f"load before the bench (1, 5, 15 minutes): {load}",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
