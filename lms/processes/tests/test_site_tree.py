"""The whole tree with its real processes."""

import contextlib
import http.client
import re
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from lms.processes import metric_files
from lms.testing.site import Site, environment_for, manage, running_site, wait_until

# One site serves the tests of this file, in their order: --dist loadfile keeps them together.
pytestmark = pytest.mark.process
RESTARTED_WITHIN_S = 20


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


def status(site):
    try:
        with urllib.request.urlopen(f"{site.address}/healthz", timeout=2) as answer:
            return answer.status
    except (OSError, http.client.HTTPException):
        return None


def test_the_site_answers_and_the_terminal_says_where(site):
    assert status(site) == 200
    assert f"Watchers is at {site.address}/" in site.output


def test_demo_accounts_are_printed_once_and_kept_for_the_owner_alone(site):
    file = Path(site.environment["WATCHERS_DATA"], "demo-accounts.txt")
    passwords = [line.split("\t")[1] for line in file.read_text().splitlines()]

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(set(passwords)) == 6
    assert all(site.output.count(password) == 1 for password in passwords)


def test_metrics_are_served_on_their_own_port_alone(site):
    port = site.environment["METRICS_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
        text = answer.read().decode()

    assert "# TYPE" in text
    with pytest.raises(urllib.request.HTTPError, match="404"):
        urllib.request.urlopen(f"{site.address}/metrics", timeout=2)


def answered(site):
    """Give how many health checks the web processes counted."""
    address = f"http://127.0.0.1:{site.environment['METRICS_PORT']}/metrics"
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            found = re.search(r'_count{[^}]*route="healthz"[^}]*} (\S+)', answer.read().decode())
    except OSError:
        return None
    return float(found[1]) if found else 0.0


def test_what_a_killed_web_worker_counted_stays(site):
    status(site)
    before = answered(site)
    [worker] = site.child("web").children()
    worker.kill()

    assert before >= 1
    assert wait_until(lambda: status(site) == 200, within_s=RESTARTED_WITHIN_S)
    assert [one.pid for one in site.child("web").children()] != [worker.pid]
    assert answered(site) >= before + 1


def test_a_killed_pool_process_leaves_its_counts_and_no_ghost(site):
    folder = metric_files._memory_folder(Path(site.environment["WATCHERS_DATA"])) / "worker"
    assert wait_until(lambda: list(folder.glob("gauge_live*")), within_s=RESTARTED_WITHIN_S)
    swept = site.sweeps()
    sweeper = {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*")}
    pool = [one for one in site.child("worker").children() if str(one.pid) in sweeper]
    for one in pool:
        one.kill()

    def is_grown():
        return (site.sweeps() or 0) > swept

    assert pool
    assert wait_until(is_grown, within_s=RESTARTED_WITHIN_S)
    left = {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*")}
    assert not left & {str(one.pid) for one in pool}


def stored(site, signal):
    """Give how many records of a signal the collector has stored since it started."""
    port = site.environment["OTLP_PORT"]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0
    name = f'collector_records_stored_total{{signal="{signal}"}}'
    return sum(float(one.split()[-1]) for one in text.splitlines() if one.startswith(name))


def test_the_sites_telemetry_is_stored_and_no_line_holds_its_key(site):
    key = Path(site.environment["WATCHERS_DATA"], "secrets", "otlp_key").read_text().strip()
    with contextlib.suppress(OSError):  # signed out it answers with the sign-in page, or not
        urllib.request.urlopen(f"{site.address}/", timeout=5).close()

    assert wait_until(
        lambda: stored(site, "traces") > 0 and stored(site, "logs") > 0,
        within_s=RESTARTED_WITHIN_S,
    )
    assert len(key) > 40
    assert key not in site.output


def test_a_second_start_on_the_same_data_is_refused_with_a_sentence(site):
    ports = environment_for("unused")
    again = manage("up", environment={**ports, "WATCHERS_DATA": site.environment["WATCHERS_DATA"]})

    assert again.returncode == 1
    assert "already runs on the data folder" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize("variable", ["PORT", "METRICS_PORT", "WORKER_METRICS_PORT", "OTLP_PORT"])
def test_a_busy_port_is_refused_with_the_variables_name(variable, tmp_path):
    environment = environment_for(tmp_path)
    with socket.create_server(("127.0.0.1", int(environment[variable]))):
        refused = manage("up", environment=environment)

    assert refused.returncode == 1
    assert f"Set {variable} to a port that is free" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_killed_celery_leaves_no_pool_behind(site):
    worker = site.child("worker")
    pool = worker.children()
    worker.kill()

    assert pool
    assert wait_until(lambda: not any(one.is_running() for one in pool), within_s=5)
    assert wait_until(lambda: site.child("worker") is not None, within_s=RESTARTED_WITHIN_S)


@pytest.mark.parametrize("name", ["broker", "collector", "web", "worker", "beat"])
def test_a_killed_child_is_started_again(site, name):
    first = site.child(name)
    first.kill()

    def is_back():
        child = site.child(name)
        return child is not None and child.pid != first.pid

    assert wait_until(is_back, within_s=RESTARTED_WITHIN_S)
    assert f"{name:<9} | was ended by SIGKILL; starts again" in site.output


def test_after_all_these_deaths_tasks_run_again(site):
    assert wait_until(lambda: status(site) == 200, within_s=RESTARTED_WITHIN_S)
    swept = site.sweeps()

    assert wait_until(lambda: site.sweeps() > swept, within_s=RESTARTED_WITHIN_S)


def test_after_its_own_death_the_collector_stores_again(site):
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"{site.address}/", timeout=5).close()

    assert wait_until(lambda: stored(site, "traces") > 0, within_s=RESTARTED_WITHIN_S)


def test_ctrl_c_stops_everything_within_five_seconds(site):
    took_s = site.stop(signal.SIGINT)

    assert took_s < 5
    assert site.process.returncode == 0
    assert '"event": "collector.stopped", "outcome": "drained"' in site.output
    assert site.survivors() == []


def test_a_second_start_is_quick_and_its_killed_supervisor_leaves_no_orphan(site):
    second = Site(site.environment)
    second.wait_until_ready()
    second.stop(signal.SIGKILL)

    assert "Creating or changing" not in second.output
    assert wait_until(lambda: second.survivors() == [], within_s=5)
