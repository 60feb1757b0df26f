"""The collector as a process of its own: started, killed with -9, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec

import psutil
import pytest
from django.conf import settings

from lms.observatory.collector.collecting import STOP_S
from lms.observatory.collector.tests.running import JSON, OTHER_KEY, SITE_KEY, span, traces_of
from lms.observatory.collector.tests.test_connection import wait_until
from lms.observatory.viewing import Viewer
from lms.testing.site import environment_for

pytestmark = pytest.mark.process
STARTS_WITHIN_S = 60
SEES_ALL = Viewer(sees_all=True)


class Process:
    """A running `manage.py collect`."""

    def __init__(self, environment):
        self._address = f"http://127.0.0.1:{environment['OTLP_PORT']}"
        self._child = subprocess.Popen(
            [sys.executable, "-m", "lms.processes.role", "collector", "--parent", str(os.getpid())],
            env=environment, cwd=settings.BASE_DIR, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait_until_ready(self):
        wait_until(self._answers, within_s=STARTS_WITHIN_S)

    def send(self, trace_id, *, key=SITE_KEY):
        """Send a span; give the status, None when nobody answered."""
        request = urllib.request.Request(
            f"{self._address}/v1/traces",
            json.dumps(traces_of(span(traceId=trace_id))).encode(),
            {"Content-Type": JSON, "Authorization": f"Bearer {key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None

    def end(self, number):
        """Send a signal; give the seconds until the end, and the output."""
        begun = time.monotonic()
        self._child.send_signal(number)
        output, _ = self._child.communicate(timeout=20)
        return time.monotonic() - begun, output

    @property
    def facts(self):
        return psutil.Process(self._child.pid)

    @property
    def is_alive(self):
        return self._child.poll() is None

    def _answers(self):
        assert self.is_alive, self._child.communicate()[0]
        try:
            with urllib.request.urlopen(f"{self._address}/metrics", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture
def environment(tmp_path):
    return environment_for(tmp_path, OTLP_KEY=SITE_KEY, LOG_FORMAT="json")


@contextmanager
def process(environment):
    running = Process(environment)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.end(signal.SIGKILL)


def test_it_starts_takes_and_stops_within_its_time(environment):
    with process(environment) as running:
        status = running.send("ab" * 16)
        refused = running.send("cd" * 16, key=OTHER_KEY)
        disabled = running.facts.environ()["OTEL_SDK_DISABLED"]
        took_s, output = running.end(signal.SIGTERM)

    events = [json.loads(one) for one in output.splitlines() if one.startswith("{")]
    # The database has no tables: others' keys cannot be looked up, and the site's need not be.
    assert (status, refused) == (200, 503)
    assert disabled == "1"
    assert took_s < STOP_S + 1
    assert [one["event"] for one in events] == ["collector.started", "collector.stopped"]
    assert events[-1]["outcome"] == "drained"
    assert SITE_KEY not in output
    assert OTHER_KEY not in output


def test_a_taken_port_is_a_sentence_that_names_the_variable(environment):
    with process(environment):
        second = subprocess.run(
            [sys.executable, "manage.py", "collect"], env=environment, cwd=settings.BASE_DIR,
            capture_output=True, text=True, timeout=STARTS_WITHIN_S, check=False,
        )  # fmt: skip

    assert second.returncode == 1
    assert "Set OTLP_PORT to a port that is free" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.skipif(
    find_spec("lms.observatory.store.sqlite") is None,
    reason="what is in memory dies with the process",
)
def test_killed_in_the_middle_it_has_kept_all_that_it_acknowledged(
    environment, monkeypatch, tmp_path
):
    from lms.observatory.store.sqlite.reader import SqliteReader  # noqa: PLC0415

    acknowledged = []
    for start in range(2):
        with process(environment) as running:
            for number in range(1, 40):
                trace_id = f"{start * 1000 + number:032x}"
                if number == 35:
                    running.facts.kill()
                if running.send(trace_id) == 200:
                    acknowledged.append(trace_id)

    reader = SqliteReader(tmp_path / "telemetry")
    assert len(acknowledged) >= 68
    assert [one for one in acknowledged if reader.trace(SEES_ALL, one) is None] == []
