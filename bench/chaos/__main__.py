"""`python -m bench.chaos`: hurt a running site under a class's load and count what was lost.

Ends with 1 when an acknowledged answer is not stored as it was written or not graded exactly once,
when something counts twice or over a limit, when an error page does not say what to do or loses
the text, or when the site needs a command by hand to come back.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

from bench.chaos import report
from bench.chaos.faults import Fault, Ground, data_folder, faults
from bench.chaos.load import ClassAtWork
from lms.testing import postgresql
from lms.testing.site import Site, environment_for, manage

ROOT = Path(__file__).resolve().parent.parent.parent
RECOVERS_WITHIN_S = 90.0
# Of a crash all that was committed must survive, so the tests' fast settings do not serve here.
DURABLE = "-c max_connections=200"


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes. at_random: how many faults come without a pause after the ordered ones."""

    students: int
    rate_per_s: float
    hold_s: float
    watch_s: float
    at_random: int
    quick: bool
    postgres: bool
    may_mount: bool
    only: tuple[str, ...]
    seed: int


class Chaos:
    """One run: a site, a class, and the lines of the table so far."""

    def __init__(self, ground: Ground, *, course: Course, rows: report.Rows) -> None:
        self._ground, self._course, self._rows = ground, course, rows
        self.lines: list[report.Line] = []
        self.mistakes: list[str] = []

    def run(self, sessions: list[str]) -> None:
        site = self._ground.site
        site.wait_until_ready()
        self._class = ClassAtWork(
            sessions, address=site.address, rate_per_s=self._course.rate_per_s
        )
        self._class.start()
        report.wait_for(lambda: len(self._class.book.receipts) >= 3, within_s=RECOVERS_WITHIN_S)
        chosen = faults(database=self._course.postgres, quick=self._course.quick)
        if self._course.only:
            chosen = [one for one in chosen if any(word in one.name for word in self._course.only)]
        print(report.HEAD, flush=True)
        for fault in chosen:
            self._measure(fault.name, [fault], pause_s=0)
        if self._course.at_random:
            chance = random.Random(self._course.seed)
            several = chance.choices(chosen, k=self._course.at_random)
            self._measure(f"{len(several)} at random", several, pause_s=1)
        self._close()

    def _measure(self, name: str, several: list[Fault], *, pause_s: float) -> None:
        began = time.monotonic()
        for fault in several:
            fault.strike(self._ground)
            time.sleep(pause_s)
        over = time.monotonic()
        recovered = report.wait_for(
            lambda: self._has_recovered(began, over), within_s=RECOVERS_WITHIN_S
        )
        seconds = time.monotonic() - over if recovered else None
        # What breaks a moment later belongs to this fault too.
        time.sleep(max(over + self._course.watch_s - time.monotonic(), 0))
        book = self._class.book
        receipts, failures = book.receipts_since(began), book.failures_since(began)
        # Those of the last moment are still being graded; they have the same time as the others.
        numbers = {one.number for one in receipts}
        report.wait_for(lambda: self._are_graded(numbers), within_s=RECOVERS_WITHIN_S)
        line = report.line_of(
            name, receipts=receipts, failures=failures, stored=self._rows.stored(),
            is_verified=self._is_verified(), recovered_s=seconds,
        )  # fmt: skip
        self.lines.append(line)
        print(report.as_text(line), flush=True)

    def _has_recovered(self, began: float, over: float) -> bool:
        receipts = self._class.book.receipts_since(began)
        after = [one for one in receipts if one.at >= over]
        if not after:
            return False
        return self._are_graded({one.number for one in receipts if one.at <= after[0].at})

    def _are_graded(self, numbers: set[str]) -> bool:
        stored = self._rows.stored()
        return all(number in stored and stored[number].done for number in numbers)

    def _is_verified(self) -> bool:
        done = manage("verify", environment=self._ground.site.environment)
        if done.returncode:
            self.mistakes.append(f"verify: {done.stdout[:2000]}{done.stderr[-2000:]}")
        return done.returncode == 0

    def _close(self) -> None:
        """Let the class go home, let the worker finish and look at everything once more."""
        waiting, book = self._class.stop(), self._class.book
        promised = {one.number: one.mark for one in book.receipts}
        report.wait_for(lambda: self._are_graded(set(self._rows.stored())), within_s=60)
        stored = self._rows.stored()
        lost = [n for n, mark in promised.items() if n not in stored or stored[n].mark != mark]
        not_once = [n for n, one in stored.items() if not one.is_graded_once]
        unseen = len(stored.keys() - promised.keys())
        pages = [one for one in book.failures if one.status]
        found = {
            "acknowledged and not stored as written": lost,
            "stored and not graded exactly once": not_once,
            "stored twice": report.doubles(stored),
            "a second receipt for one form": book.changed_receipts,
            "students without an answer": [waiting] * bool(waiting),
            "work items over their limit": [n for n in [self._rows.over_the_limit()] if n],
            "unexpected answers": book.broken,
            "error pages that did not say what to do": [p.status for p in pages if not p.told],
            "pages without the text": [p.status for p in pages if p.is_hand_in and not p.gave_back],
        }
        self.mistakes += [
            f"{what}: {len(which)} {which[:5]}" for what, which in found.items() if which
        ]
        verified = self._is_verified()
        print(
            f"\n{len(book.posted)} forms, {len(promised)} acknowledged, {len(stored)} stored "
            f"({unseen} whose receipt was never seen), {book.refused} refused by a rule; "
            f"summaries verified: {'yes' if verified else 'NO'}"
        )


def main() -> int:
    # Ended from outside it takes its site and its disk with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    course = _course()
    with (
        data_folder(may_mount=course.may_mount) as (folder, has_own_disk),
        contextlib.ExitStack() as stack,
    ):
        database = (
            stack.enter_context(postgresql.cluster(options=DURABLE)) if course.postgres else None
        )
        url = database.url if database else ""
        more = {"DATABASE_URL": url} if url else {}
        environment = environment_for(
            folder, GRADING_LEASE_S="3", GRADING_SWEEP_S="0.5", GRADING_TRIES="10",
            LOG_LEVEL="WARNING", **more,
        )  # fmt: skip
        sessions = _seeded(course.students, environment)
        rows = report.Rows(file=folder / "watchers.sqlite3", url=url)
        _say_where(course, has_own_disk=has_own_disk)
        ground = Ground(Site(environment), folder, course.hold_s, has_own_disk, database)
        chaos = Chaos(ground, course=course, rows=rows)
        try:
            chaos.run(sessions)
        finally:
            if ground.site.process.poll() is None:
                ground.site.stop()
            _keep_output(ground)
    bad = [line.fault for line in chaos.lines if not line.is_good]
    for mistake in [*chaos.mistakes, *(f"not good: {name}" for name in bad)]:
        print(mistake)
    return 1 if chaos.mistakes or bad else 0


def _seeded(students: int, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos.seeding", str(students)],
        check=True, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return list(json.loads(done.stdout.splitlines()[-1]))


def _say_where(course: Course, *, has_own_disk: bool) -> None:
    disk = "a small tmpfs, filled" if has_own_disk else "by RLIMIT_FSIZE: no right to mount"
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{course.students} students, {course.rate_per_s:g} hand-ins a second, "
        f"{'PostgreSQL' if course.postgres else 'SQLite'}, {os.cpu_count()} cores, load before "
        f"{load}; full disk: {disk}; lasting faults last {course.hold_s:g} s\n",
        flush=True,
    )


def _keep_output(ground: Ground) -> None:
    place = os.environ.get("CHAOS_OUTPUT")
    if place:
        Path(place).write_text("".join(site.output for site in [*ground.earlier, ground.site]))


def _course() -> Course:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run with fewer students")
    parser.add_argument("--students", type=int)
    parser.add_argument("--rate", type=float, help="hand-ins a second in all")
    parser.add_argument("--hold", type=float, help="seconds that a lasting fault lasts")
    parser.add_argument("--at-random", type=int, help="faults at random after the ordered ones")
    parser.add_argument("--postgres", action="store_true", help="with a PostgreSQL of its own")
    parser.add_argument(
        "--no-mount", action="store_true", help="simulate the full disk by RLIMIT_FSIZE"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="only faults whose name holds this; repeatable"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random order")
    given = parser.parse_args()
    quick = given.quick

    def chosen(value: float | None, *, short: float, full: float) -> float:
        return value if value is not None else short if quick else full

    return Course(
        students=int(chosen(given.students, short=20, full=200)),
        rate_per_s=chosen(given.rate, short=4, full=5),
        hold_s=chosen(given.hold, short=2, full=20),
        watch_s=1 if quick else 4,
        at_random=int(chosen(given.at_random, short=0, full=6)),
        quick=quick,
        postgres=given.postgres,
        may_mount=not given.no_mount,
        only=tuple(given.only),
        seed=given.seed,
    )


if __name__ == "__main__":
    sys.exit(main())
