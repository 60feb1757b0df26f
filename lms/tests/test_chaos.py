"""The short form of `make chaos`: a class keeps its receipts while its site is hurt."""

import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.process


def test_a_hurt_site_keeps_what_it_acknowledged():
    command = [sys.executable, "-m", "bench.chaos", "--quick", "--students", "8", "--rate", "3"]
    # Those that take the process away from under a request, and the one that ends no process.
    done = subprocess.run(
        [*command, "--hold", "1.5", "--only", "worker", "--only", "full disk"],
        check=False, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| full disk |" in done.stdout
