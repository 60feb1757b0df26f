"""kill -9 of the writer loses the scrape at hand and nothing else."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.conf import settings

from lms.observatory.store.sqlite_metrics.file import MetricFile, MetricFileKeeper
from lms.observatory.store.tests.metric_scrapes import TENANT, named, scrape, series

WRITER = """
import sys
from pathlib import Path
from lms.observatory.samples import Minute
from lms.observatory.store.sqlite_metrics.file import MetricFileKeeper
from lms.observatory.store.tests.metric_scrapes import scrape, series

keeper = MetricFileKeeper(Path(sys.argv[1]), seal_at=5)
many = [series("requests_total", route=str(number)) for number in range(300)]
time_ms = 60_000
while True:
    time_ms += 1
    minutes = [Minute("requests_total", (), 60_000, count=1)]
    keeper.append(scrape(time_ms, dict.fromkeys(many, float(time_ms)), minutes=minutes))
    print(time_ms, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 23, 60])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path, acknowledged):
    path = tmp_path / "metrics.sqlite3"
    told = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        told = [int(next(writer.stdout)) for _ in range(acknowledged)]
        writer.kill()
        told += [int(line) for line in writer.stdout if line.endswith("\n")]

    found = MetricFile(path).select(TENANT, named("requests_total"), 0, 10**9)

    assert len(found) == 300
    assert {tuple(one.times[: len(told)]) for one in found} == {tuple(told)}
    assert all(len(one.times) <= len(told) + 1 for one in found)
    assert list(found[0].values) == [float(time) for time in found[0].times]
    assert_nothing_is_half_written(path, scrapes=len(found[0].times))


def assert_nothing_is_half_written(path, *, scrapes):
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    [minute] = MetricFile(path).minutes(
        TENANT, "requests_total", t0_ms=60_000, t1_ms=120_000, step_ms=60_000
    )
    assert minute.count == scrapes
    with closing(MetricFileKeeper(path)) as keeper:
        assert keeper.append(scrape(10**8, {series("up"): 1.0})).samples == 1
