"""The collector as a process of its own: started, killed with -9, stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import psutil
import pytest
from django.conf import settings

from lms.observatory.collector.collecting import STOP_S
from lms.observatory.collector.tests.running import JSON, OTHER_KEY, SITE_KEY, span, traces_of
from lms.observatory.collector.tests.test_connection import wait_until
from lms.observatory.records import SITE
from lms.observatory.samples import NAME, is_stale
from lms.observatory.scraping.tests.shown import shown
from lms.observatory.store.matching import Matcher
from lms.observatory.store.sqlite.reader import SqliteReader
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


def test_killed_in_the_middle_it_has_kept_all_that_it_acknowledged(
    environment, monkeypatch, tmp_path
):
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


HELLO = '# TYPE hand_ins counter\nhand_ins_total{counted="yes"} '


def test_killed_between_two_scrapes_it_has_lost_one_at_most(environment, tmp_path):
    """Each scrape shows the number of scrapes so far: what is missing would show as a gap."""
    with shown() as web:
        environment["SCRAPE_TARGETS"] = f"web={web.address}"
        environment["SCRAPE_INTERVAL_S"] = "1"
        web.body = f"{HELLO}0\n"
        counting = threading.Thread(target=count_up, args=(web,), daemon=True)
        counting.start()
        for scrapes in (3, 6):
            with process(environment) as running:
                wait_until(lambda scrapes=scrapes: len(web.asked) >= scrapes, within_s=30)
                running.facts.kill()
                seen = len(web.asked)
        web.body = ""

    store = SqliteReader(tmp_path / "telemetry")
    asked = {"t0_ms": 0, "t1_ms": 2**53}
    [values] = [one.values for one in found(store, "hand_ins_total")]
    counted = store.metrics.minutes(SITE, "hand_ins_total", **asked, step_ms=60_000)
    assert seen - 2 <= len(values) <= seen  # the one in hand of each kill
    assert list(values) == sorted(set(values))
    # What grew over the kill is counted once, from the last scrape that was stored.
    assert sum(one.count for one in counted) == values[-1] - values[0]
    assert store.state().metrics.rows > len(values)


def count_up(web):
    """Show a number that grows with each look."""
    while web.body:
        web.body = f"{HELLO}{len(web.asked)}\n"
        time.sleep(0.01)


def found(store, name):
    return store.metrics.select(SITE, [Matcher(NAME, "=", name)], 0, 2**53)


def test_after_a_restart_what_is_gone_has_ended(environment, tmp_path):
    environment["SCRAPE_INTERVAL_S"] = "1"
    with shown("a 1\nb 1\n") as web:
        environment["SCRAPE_TARGETS"] = f"web={web.address}"
        with process(environment):
            wait_until(lambda: len(web.asked) > 1, within_s=30)
        web.body, before = "a 1\n", len(web.asked)
        with process(environment):
            wait_until(lambda: len(web.asked) > before + 1, within_s=30)

    store = SqliteReader(tmp_path / "telemetry")
    [a], [b] = found(store, "a"), found(store, "b")
    assert is_stale(b.values[-1])
    assert [is_stale(value) for value in b.values].count(True) == 1
    assert not any(map(is_stale, a.values))


def test_others_read_metrics_while_it_scrapes(environment, tmp_path):
    environment["SCRAPE_INTERVAL_S"] = "1"
    environment["SCRAPE_TARGETS"] = f"collector=http://127.0.0.1:{environment['OTLP_PORT']}"
    store = SqliteReader(tmp_path / "telemetry")
    with process(environment) as running:
        wait_until(lambda: found(store, "up"), within_s=30)
        before = len(found(store, "up")[0].values)
        wait_until(lambda: len(found(store, "up")[0].values) > before, within_s=10)
        took_s, output = running.end(signal.SIGTERM)

    assert took_s < STOP_S + 1
    names = store.metrics.label_values(SITE, NAME, 0, 2**53)
    assert "collector_write_duration_seconds_count" in names
    assert set(found(store, "up")[0].values) == {1.0}
    assert '"scrape.failed"' not in output
