"""Part h: the site's own metrics, scraped under a class's load, stored and read."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from bench.sites import site
from bench.tables import table
from lms.observatory.promql.evaluating import Grid, histogram_quantile, rate, sum_by
from lms.observatory.promql.quantile import quantile_of
from lms.observatory.samples import NAME, Labels, Scrape
from lms.observatory.scraping.counting import MINUTE_MS, minutes_between
from lms.observatory.scraping.fetching import fetch
from lms.observatory.scraping.parsing import parse
from lms.observatory.scraping.target import Target
from lms.observatory.store.matching import Matcher
from lms.observatory.store.metric_base import LastScrape
from lms.observatory.store.sqlite_metrics.file import MetricFile, MetricFileKeeper
from lms.testing.site import Site

INTERVAL_MS = 15_000
DAY_MS = 86_400_000
BEGIN_MS = 1_764_028_800_000
REQUESTS = "http_server_request_duration_seconds"
TENANT = "site"
_GROWS = ("_total", "_bucket", "_count", "_sum")
Scrapes = dict[str, list[dict[Labels, float]]]


def part_i(folder: Path, *, scrapes: int, every_s: float) -> None:
    """Scrape a class at work, then keep and read a day that goes on like that."""
    with site(folder / "h") as running, _class(running):
        recorded = _recorded(running, scrapes, every_s)
    path = folder / "metrics.sqlite3"
    with closing(MetricFileKeeper(path)) as keeper:
        _print_kept(recorded, keeper, path)
    _print_reading(MetricFile(path))


@contextmanager
def _class(running: Site) -> Iterator[None]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo_class",
               "--students", "20", "--minutes", "600", "--rate", "1"]  # fmt: skip
    process = subprocess.Popen(
        command, env=running.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _recorded(running: Site, scrapes: int, every_s: float) -> Scrapes:
    targets = [
        Target(job, f"http://127.0.0.1:{running.environment[port]}")
        for job, port in (("web", "METRICS_PORT"), ("worker", "WORKER_METRICS_PORT"))
    ]
    found: Scrapes = {target.name: [] for target in targets}
    spent_s, samples = 0.0, 0
    for _ in range(scrapes):
        for target in targets:
            page = fetch(target, timeout_s=10)
            began = time.process_time()
            parsed = parse(page, target)
            spent_s += time.process_time() - began
            samples += len(parsed.samples)
            found[target.name].append(dict(parsed.samples))
        time.sleep(every_s)
    print(
        f"\n(i) {scrapes} scrapes of web and worker every {every_s:g} s under 20 students at one "
        f"hand-in a second: {samples / scrapes:.0f} samples each, "
        f"parsed at {spent_s / samples * 1e6:.0f} us a sample"
    )
    return found


def _print_kept(recorded: Scrapes, keeper: MetricFileKeeper, path: Path) -> None:
    samples, spent_s, worst_s = 0, 0.0, 0.0
    for scrape in _day(recorded):
        began = time.process_time()
        written = keeper.append(scrape)
        took_s = time.process_time() - began
        samples, spent_s, worst_s = (
            samples + written.samples,
            spent_s + took_s,
            max(worst_s, took_s),
        )
    keeper.seal()
    keeper._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # noqa: SLF001 - to weigh it
    parts = dict(keeper._connection.execute(  # noqa: SLF001
        "SELECT name, SUM(pgsize) FROM dbstat GROUP BY name"
    ).fetchall())  # fmt: skip
    counted = sum(size for name, size in parts.items() if name.startswith("metric_count"))
    table("(i) A day that goes on like that; aim: under 3 bytes a sample",
          ["samples", "file bytes", "bytes a sample", "of these chunks", "counts by minute",
           "samples/s", "longest append ms"],
          [[samples, path.stat().st_size, (path.stat().st_size - counted) / samples,
            parts["metric_chunk"] / samples, f"{counted / path.stat().st_size:.0%}",
            samples / spent_s, worst_s * 1000]])  # fmt: skip


def _day(recorded: Scrapes) -> Iterator[Scrape]:
    """Give what was recorded again and again, its counters growing on, with what was counted."""
    grown: dict[Labels, float] = {}
    before: dict[str, LastScrape] = {}
    length = len(next(iter(recorded.values())))
    for at in range(DAY_MS // INTERVAL_MS):
        for name, scrapes in recorded.items():
            time_ms = BEGIN_MS + at * INTERVAL_MS
            now = {
                labels: value + grown.get(labels, 0)
                for labels, value in scrapes[at % length].items()
            }
            minutes = minutes_between(before[name], now, time_ms, is_whole=True) if at else []
            before[name] = LastScrape(time_ms, now)
            yield Scrape(TENANT, name, time_ms, now, minutes=minutes)
            if (at + 1) % length == 0:
                for labels, value in scrapes[-1].items():
                    if dict(labels)[NAME].endswith(_GROWS):
                        grown[labels] = grown.get(labels, 0) + value - scrapes[0].get(labels, 0)


def _print_reading(store: MetricFile) -> None:
    end_ms = BEGIN_MS + DAY_MS

    def board(step_ms: int) -> int:
        rows = store.minutes(TENANT, REQUESTS, t0_ms=BEGIN_MS, t1_ms=end_ms, step_ms=step_ms)
        for row in rows:
            for quantile in (0.5, 0.95, 0.99):
                quantile_of(quantile, row.bounds, row.buckets)
        return len(rows)

    def samples(*matchers: Matcher, hours: int) -> int:
        since_ms = end_ms - hours * 3_600_000
        found = store.select(TENANT, matchers, since_ms, end_ms)
        return sum(len(one.times) for one in found)

    def quantiles(hours: int) -> int:
        grid = Grid(end_ms - hours * 3_600_000, end_ms, hours * 30_000)
        buckets = [Matcher(NAME, "=", f"{REQUESTS}_bucket")]
        found = store.select(TENANT, buckets, grid.since_ms(300_000), end_ms)
        rated = rate(found, grid, range_ms=300_000)
        return len(histogram_quantile(0.95, sum_by(rated, ("route", "le"))))

    table("(i) Reading it back; aim: the board's 24 h under 200 ms", ["what", "found", "ms"], [
        ["24 h of each route by 5 minutes, p50, p95, p99", *_timed(lambda: board(300_000))],
        ["24 h by 15 minutes", *_timed(lambda: board(900_000))],
        ["1 h by the minute", *_timed(lambda: len(store.minutes(
            TENANT, REQUESTS, t0_ms=end_ms - 3_600_000, t1_ms=end_ms, step_ms=MINUTE_MS)))],
        ["24 h of one gauge's samples", *_timed(lambda: samples(
            Matcher(NAME, "=", "grading_oldest_due_job_age_seconds"), hours=24))],
        ["24 h of all counts of requests", *_timed(lambda: samples(
            Matcher(NAME, "=", f"{REQUESTS}_count"), hours=24))],
        ["1 h of samples: p95 by route with rate()", *_timed(lambda: quantiles(1))],
    ])  # fmt: skip


def _timed(ask: Callable[[], int]) -> tuple[int, float]:
    """Give what was found, and the median of five."""
    times, found = [], 0
    for _ in range(5):
        began = time.perf_counter()
        found = ask()
        times.append((time.perf_counter() - began) * 1000)
    return found, sorted(times)[2]
