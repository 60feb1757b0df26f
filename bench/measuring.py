"""The parts of the bench: each starts its own site and prints its tables."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from bench import collecting as collector_bench
from bench import metrics, telemetry_store
from bench.sites import drive, manage, site
from bench.tables import table, told
from lms.testing import postgresql

_TELEMETRY_OFF = {"BENCH_TELEMETRY": "0", "OTEL_SDK_DISABLED": "1", "LOG_LEVEL": "ERROR"}
_STEPS = ("exercise", "draft", "hand in", "receipt", "course", "grades")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. students: of part a, three hand-ins each. stored: of part e.

    regraded, regrades: stored answers of part f, and how often. telemetry: spans of part g, and
    as many lines. collected: spans of part h. scrapes,
    scraped_every_s: of part i.
    """

    students: int = 30
    crowds: tuple[int, ...] = (50, 100, 200)
    seconds: int = 25
    stored: int = 100_000
    regraded: int = 10_000
    regrades: int = 1
    telemetry: int = 5_000_000
    collected: int = 200_000
    scrapes: int = 80
    scraped_every_s: float = 15


QUICK = Scale(students=12, crowds=(50,), seconds=15, stored=5_000, regraded=500, regrades=2,
              telemetry=60_000, collected=20_000, scrapes=20, scraped_every_s=1)  # fmt: skip


@contextmanager
def collecting() -> Iterator[str]:
    """Give the address of a collector that throws away what it takes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.collector"], stdout=subprocess.PIPE, text=True,
        cwd=settings.BASE_DIR,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def part_a(folder: Path, scale: Scale) -> None:
    """The hand-in against a bare view, and what telemetry adds."""
    students = scale.students + 1
    with site(folder / "a", BENCH_BARE="1", **_TELEMETRY_OFF) as running:
        bare = drive(running, "bare", students=1, requests=scale.students * 6)["phases"]["bare"]
    with site(folder / "a", **_TELEMETRY_OFF) as running:
        off = drive(running, "costs", students=students)
    with site(folder / "a", OTEL_EXPORTER_OTLP_ENDPOINT="none") as running:
        on = drive(running, "costs", students=students)
    with (
        collecting() as collector,
        site(folder / "a", OTEL_EXPORTER_OTLP_ENDPOINT=collector) as running,
    ):
        exported = drive(running, "costs", students=students)
    ways = {"telemetry off": off, "telemetry on": on, "on, and exported": exported}
    _print_against_bare(bare, {name: way["phases"]["hand in"] for name, way in ways.items()})
    _print_steps(ways)


def _print_against_bare(bare: dict[str, Any], ways: dict[str, dict[str, Any]]) -> None:
    marks = ("p50_ms", "p95_ms", "p99_ms")
    rows = []
    for name, phase in {"bare view": bare, **ways}.items():
        ratio = phase["cpu_ms"]["web"] / bare["cpu_ms"]["web"]
        times = [f"{phase[mark] / bare[mark]:.1f}" for mark in marks]
        rows.append([name, phase["count"], phase["cpu_ms"]["web"], ratio,
                     *[phase[mark] for mark in marks], " / ".join(times)])  # fmt: skip
    head = ["hand-in", "requests", "web CPU ms", "x bare", "p50 ms", "p95 ms", "p99 ms",
            "p50 / p95 / p99 x bare"]  # fmt: skip
    table("(a) The hand-in against a bare view; aim: at most 2.5 x CPU without telemetry", head,
          rows)  # fmt: skip
    off = ways["telemetry off"]["cpu_ms"]["web"]
    for name in ("telemetry on", "on, and exported"):
        whole = ways[name]["cpu_ms"]["web"]
        print(
            f"{name}: telemetry is {(whole - off) / whole:.0%} of the whole; aim: at most a third"
        )


def _print_steps(ways: dict[str, dict[str, Any]]) -> None:
    rows: list[list[object]] = []
    for step in _STEPS:
        phases = [way["phases"][step] for way in ways.values()]
        queries = ways["telemetry on"]["phases"][step]["queries"]
        rows.append([step, *[phase["cpu_ms"]["web"] for phase in phases], queries])
    graded = [way["phases"]["hand in"]["cpu_ms"]["worker"] for way in ways.values()]
    rows.append(["grading (worker)", *graded, None])
    both = [_opened_and_handed_in(way) for way in ways.values()]
    rows.append(["opened, handed in, graded", *both, None])
    table("(a) CPU ms of each step, web process unless said; peers: 112 and 340, aim: under 25",
          ["step", *ways, "statements"], rows)  # fmt: skip
    for name, way in ways.items():
        print(f"{name}: failures {told(way['failures'])}")


def _opened_and_handed_in(way: dict[str, Any]) -> float:
    phases = way["phases"]
    return phases["exercise"]["cpu_ms"]["web"] + sum(phases["hand in"]["cpu_ms"].values())


def part_b(folder: Path, scale: Scale) -> None:
    """Crowds without think time."""
    with (
        collecting() as collector,
        site(folder / "b", OTEL_EXPORTER_OTLP_ENDPOINT=collector) as running,
    ):
        found = {n: drive(running, "crowd", students=n) for n in scale.crowds}
    _print_load("(b) Students without think time, three exercises each; aim: no failure", found)
    _print_shapes(folder, students=scale.crowds[min(1, len(scale.crowds) - 1)])


def _print_shapes(folder: Path, *, students: int) -> None:
    """One process of eight threads against two of four: same threads, one lock or two."""
    shapes = {"1 x 8": ("1", "8"), "2 x 4": ("2", "4")}
    found = {}
    for name, (processes, threads) in shapes.items():
        with site(folder / "shape", WEB_PROCESSES=processes, WEB_THREADS=threads) as running:
            found[name] = drive(running, "crowd", students=students)
    _print_load(f"(b) {students} students, web processes x threads", found, first="shape")


def part_c(folder: Path, scale: Scale) -> None:
    """Fifty students at ten hand-ins a second."""
    with (
        collecting() as collector,
        site(folder / "c", OTEL_EXPORTER_OTLP_ENDPOINT=collector) as running,
    ):
        found = drive(running, "steady", students=50, seconds=scale.seconds, rate=10)
    _print_load(
        "(c) 50 students at 10 hand-ins a second; aims: hand-in p95 under 300 ms, graded p99 "
        "under 5 s", {50: found})  # fmt: skip


def part_d(folder: Path, scale: Scale) -> None:
    """The same on PostgreSQL and Redis, where they are installed."""
    with contextlib.ExitStack() as held:
        try:
            # As on a server: what is committed is on the disk.
            cluster = postgresql.cluster(options="-c max_connections=100")
            database = held.enter_context(cluster).url
        except postgresql.Missing as missing:
            print(f"\n(d) left out. {missing}")
            return
        more = {"DATABASE_URL": database}
        name = "PostgreSQL"
        if redis := shutil.which("redis-server"):
            more["REDIS_URL"] = held.enter_context(_redis(redis))
            name = "PostgreSQL and Redis"
        collector = held.enter_context(collecting())
        running = held.enter_context(
            site(folder / "d", OTEL_EXPORTER_OTLP_ENDPOINT=collector, **more)
        )
        costs = drive(running, "costs", students=min(scale.students, 20) + 1)
        crowd = {100: drive(running, "crowd", students=100)}
        found = drive(running, "steady", students=50, seconds=scale.seconds, rate=10)
    _print_steps({"telemetry on": costs})
    _print_load(f"(d) {name}: students without think time", crowd)
    _print_load(f"(d) {name}: 50 students at 10 hand-ins a second", {50: found})


@contextmanager
def _redis(program: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="watchers-redis-") as folder:
        socket = Path(folder, "redis.sock")
        process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            yield f"redis+socket://{socket}"
        finally:
            process.terminate()
            process.wait()


def part_e(folder: Path, scale: Scale) -> None:
    """The cost of a hand-in beside few and beside many stored submissions."""
    people = max(scale.stored // 60, 40)
    with site(folder / "e") as running:
        manage(running, "seed_demo", "--students", str(people), "--exercises", "24",
               "--submissions", "100")  # fmt: skip
        few = drive(running, "costs", students=16, course="demo-class")
        manage(running, "seed_demo", "--students", str(people), "--exercises", "24",
               "--submissions", str(scale.stored))  # fmt: skip
        many = drive(running, "costs", students=16, course="demo-class")
    rows = [_compared(step, few, many) for step in _STEPS]
    worker = [way["phases"]["hand in"]["cpu_ms"]["worker"] for way in (few, many)]
    rows.append(["grading (worker)", *worker, worker[1] / worker[0], None, None, None])
    both = [_opened_and_handed_in(way) for way in (few, many)]
    rows.append(["opened, handed in, graded", *both, both[1] / both[0], None, None, None])
    head = ["step", "100", str(scale.stored), "x", "p50 ms", "p50 ms many", "statements"]
    title = f"(e) CPU ms beside 100 and {scale.stored} stored submissions; aim: at most 1.2 x"
    table(title, head, rows)


def part_f(folder: Path, scale: Scale) -> None:
    """A regrade of many stored answers while a class hands in."""
    with (
        collecting() as collector,
        site(folder / "f", OTEL_EXPORTER_OTLP_ENDPOINT=collector) as running,
    ):
        manage(running, "seed_demo", "--students", str(scale.regraded), "--exercises", "1",
               "--submissions", str(scale.regraded))  # fmt: skip
        found = drive(running, "regrade", students=20, seconds=scale.seconds, rate=2,
                      rounds=scale.regrades)  # fmt: skip
        manage(running, "verify")
    alone = found["phases"]["without"]["p95_ms"]
    rows = [
        [name, one["seconds"], one["requests"], one["hand_ins"], one["p50_ms"], one["p95_ms"],
         one["p95_ms"] / max(alone, 0.01), one["hand_in_p95_ms"], told(one["failures"])]
        for name, one in found["phases"].items()
    ]  # fmt: skip
    head = ["beside the class", "s", "requests", "hand-ins", "p50 ms", "p95 ms", "x",
            "hand-in p95 ms", "failures"]  # fmt: skip
    title = f"(f) {scale.regrades} regrades of {scale.regraded} answers; aim: p95 at most 1.2 x"
    table(title, head, rows)
    print(f"\n{found['rows']} rows, {found['written']} grades written; verify found nothing")
    table("(f) Resident MiB of the worker's fattest process, by regrade; aim: flat",
          list(found["memory"]), [list(found["memory"].values())])  # fmt: skip


def _compared(step: str, few: dict[str, Any], many: dict[str, Any]) -> list[object]:
    one, other = few["phases"][step], many["phases"][step]
    cpu = [phase["cpu_ms"]["web"] for phase in (one, other)]
    return [step, *cpu, cpu[1] / max(cpu[0], 0.01), one["p50_ms"], other["p50_ms"],
            other["queries"]]  # fmt: skip


def _print_load(
    title: str, found: Mapping[Any, dict[str, Any]], *, first: str = "students"
) -> None:
    head = [
        first, "hand-ins", "hand-ins/s", "stored", "graded", "hand-in p50 / p95 / p99 ms",
        "graded p50 ms", "graded p99 ms", "requests/s", "CPU web / worker s", "failures",
    ]  # fmt: skip
    rows = []
    for students, one in found.items():
        times = " / ".join(f"{one['hand_in'][mark]:.0f}" for mark in ("p50_ms", "p95_ms", "p99_ms"))
        cpu = f"{one['cpu_ms']['web'] / 1000:.0f} / {one['cpu_ms']['worker'] / 1000:.0f}"
        rate = one["hand_ins"] / one["seconds"]
        rows.append([students, one["hand_ins"], rate, one["stored"], one["graded"], times,
                     one["graded_p50_ms"], one["graded_p99_ms"],
                     one["requests"] / one["seconds"], cpu, told(one["failures"])])  # fmt: skip
    table(title, head, rows)


def part_g(folder: Path, scale: Scale) -> None:
    """The store of spans and lines."""
    telemetry_store.part_g(folder / "g", scale.telemetry)


def part_h(folder: Path, scale: Scale) -> None:
    """The collector's way from bytes to rows."""
    collector_bench.part_h(folder / "h", scale.collected)


def part_i(folder: Path, scale: Scale) -> None:
    """The site's own metrics."""
    metrics.part_i(folder, scrapes=scale.scrapes, every_s=scale.scraped_every_s)


PARTS = {
    "a": part_a, "b": part_b, "c": part_c, "d": part_d, "e": part_e, "f": part_f,
    "g": part_g, "h": part_h, "i": part_i,
}  # fmt: skip
