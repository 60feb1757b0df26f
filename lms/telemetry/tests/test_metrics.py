"""/metrics: where it answers, in which format, from how many processes; and its documentation."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from lms.telemetry import exposing, metrics

ON_METRICS_PORT = {"SERVER_PORT": str(settings.METRICS_PORT)}
OPENMETRICS = {"accept": "application/openmetrics-text; version=1.0.0"}
OURS = [
    metric for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)
]
UNITS = ("_seconds", "_bytes", "_total", "_ratio")


def exposed_name(metric):
    return f"{metric._name}_total" if isinstance(metric, Counter) else metric._name


def test_the_metrics_port_shows_metrics(site):
    site.get("/word/x/")

    response = site.get("/metrics", **ON_METRICS_PORT)

    assert response.headers["Content-Type"].startswith("text/plain")
    text = response.content.decode()
    assert 'http_server_request_duration_seconds_count{method="GET",route="word/' in text
    assert "django_http_requests_total_by_method_total" in text
    assert "django_db_query_duration_seconds_bucket" in text


def test_openmetrics_is_negotiated(site):
    response = site.get("/metrics", headers=OPENMETRICS, **ON_METRICS_PORT)

    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert list(text_string_to_metric_families(response.content.decode()))


def test_the_public_port_has_no_metrics(site):
    response = site.get("/metrics", headers={"host": f"localhost:{settings.METRICS_PORT}"})

    assert response.status_code == 404
    assert b"http_server_request" not in response.content


def test_the_metrics_port_shows_nothing_of_the_site(site):
    assert site.get("/word/x/", **ON_METRICS_PORT).status_code == 404
    assert site.post("/metrics", **ON_METRICS_PORT).status_code == 405


def test_a_scrape_leaves_neither_line_nor_span(site, lines, spans):
    site.get("/metrics", **ON_METRICS_PORT)

    assert (lines(), spans()) == ([], [])


CHILD = """
import os, sys
from lms.telemetry import metrics
metrics.DRAFTS_SAVED.inc(2)
metrics.QUEUE_WAIT_SECONDS.observe(0.3)
metrics.OLDEST_DUE_JOB_SECONDS.set(float(sys.argv[1]))
print(os.getpid())
"""


@pytest.fixture
def two_ended_processes(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for age in ("5", "7"):
        subprocess.run(
            [sys.executable, "-c", CHILD, age], env=environment, cwd=settings.BASE_DIR, check=True
        )
    return tmp_path


def sample_of(text, name):
    found = re.search(rf"^{name}(?:\{{[^}}]*\}})? ([\d.]+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def test_counters_of_all_processes_are_summed(two_ended_processes, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(two_ended_processes))

    text = exposing.exposition(OPENMETRICS["accept"])[0].decode()

    assert sample_of(text, "drafts_saved_total") == 4
    assert sample_of(text, "grading_queue_wait_seconds_count") == 2
    assert sample_of(text, "grading_oldest_due_job_age_seconds") == 7
    assert list(text_string_to_metric_families(text))


def test_live_gauges_of_dead_processes_are_dropped(two_ended_processes, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(two_ended_processes))

    exposing.forget_dead(two_ended_processes)

    text = exposing.exposition("")[0].decode()
    assert sample_of(text, "grading_oldest_due_job_age_seconds") is None
    assert sample_of(text, "drafts_saved_total") == 4


def test_gunicorn_can_drop_an_ended_process(two_ended_processes, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(two_ended_processes))
    pid = next(two_ended_processes.glob("gauge_live*")).stem.rpartition("_")[2]

    metrics.forget_process(int(pid))

    assert len(list(two_ended_processes.glob("gauge_live*"))) == 1


@pytest.fixture
def worker_metrics(settings):
    settings.WORKER_METRICS_PORT = 0
    exposing.serve_worker_metrics()
    server = exposing._Served.server
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    exposing._Served.server = None


def test_the_worker_serves_its_metrics(worker_metrics):
    with urllib.request.urlopen(f"{worker_metrics}/metrics") as response:
        text = response.read().decode()

    assert "grading_queue_wait_seconds" in text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_the_worker_s_metrics_are_on_the_host_of_the_settings(settings, host, request):
    settings.METRICS_HOST = host
    request.getfixturevalue("worker_metrics")

    assert exposing._Served.server.server_address[0] == host


def test_a_taken_worker_port_is_told_and_no_more(worker_metrics, settings, lines):
    settings.WORKER_METRICS_PORT = int(worker_metrics.rpartition(":")[2])
    mine = exposing._Served.server

    exposing.serve_worker_metrics()

    assert lines()[0]["event"] == "metrics.port_taken"
    assert exposing._Served.server is mine


@pytest.mark.parametrize("metric", OURS, ids=exposed_name)
def test_each_metric_ends_in_its_unit_and_is_documented(metric):
    name = exposed_name(metric)

    assert name.endswith(UNITS)
    assert f"`{name}`" in Path(settings.BASE_DIR / "docs" / "metrics.md").read_text()


def test_the_documentation_names_no_metric_that_is_gone():
    named = set(
        re.findall(
            r"^\| `(\w+)`", (settings.BASE_DIR / "docs/metrics.md").read_text(), re.MULTILINE
        )
    )

    ours = {name for name in named if not name.startswith("django_")}
    assert ours == {exposed_name(metric) for metric in OURS}


def test_no_metric_is_declared_elsewhere():
    declares = re.compile(r"prometheus_client.* import .*\b(Counter|Gauge|Histogram|Summary)\b")
    found = [
        str(path)
        for folder in ("lms", "exercises")
        for path in (settings.BASE_DIR / folder).rglob("*.py")
        if "tests" not in path.parts and declares.search(path.read_text())
    ]

    assert [path for path in found if not path.endswith("lms/telemetry/metrics.py")] == []
