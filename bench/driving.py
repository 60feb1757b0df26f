"""`python -m bench.driving WHAT`: drive one site; parameters as JSON on stdin, figures on stdout.

A process of its own, in the site's environment: the figures of the web processes are not mixed
with the driver's, and each site's database is at hand for what the rows alone can tell.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from random import Random
from typing import Any

import django

django.setup()

import psutil  # noqa: E402 - after django.setup, as all that follows
from django.db.models import Max  # noqa: E402

from bench import regrading  # noqa: E402
from exercises.demo_class import making, walking  # noqa: E402
from exercises.demo_class.answers import filled  # noqa: E402
from exercises.demo_class.running import Load, Tally, percentile, run  # noqa: E402
from exercises.models import AuditEvent, Course, GradingJob, Submission  # noqa: E402

_WAITS_S = 120.0


class Class:
    """A signed-in class on one site, with what it measured."""

    def __init__(self, told: dict[str, Any], *, students: int) -> None:
        self.address = told["address"]
        self.roots = {role: psutil.Process(pid) for role, pid in told["roots"].items()}
        self.tally = Tally()
        self.course = Course.objects.get(slug=told.get("course", "backend-operations"))
        accounts = making.make_students(course=self.course, count=students)
        self.students = making.students_at(
            self.address, accounts, course=self.course, watch=self.tally.add
        )
        _all(self.students, walking.sign_in, at_once=8)
        assert self.exercises
        self.first_job = GradingJob.objects.aggregate(last=Max("pk"))["last"] or 0

    def cpu_ms(self) -> dict[str, float]:
        return {role: _tree_ms(process) for role, process in self.roots.items()}

    @contextmanager
    def graders_at_rest(self) -> Iterator[None]:
        """Freeze the worker: two busy processes slow each other, and CPU time counts that too."""
        top = self.roots["worker"]
        family = [top, *top.children(recursive=True)]
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            self._rested_ms = self.cpu_ms()["worker"]
            for process in family:
                process.resume()

    def graded_after_rest(self, count: int) -> float:
        """Wait for the grades and give the worker's CPU ms for each of them."""
        self.wait_graded()
        return (self.cpu_ms()["worker"] - self._rested_ms) / count

    @cached_property
    def exercises(self) -> list[str]:
        """The addresses of three exercises. Asked for before the students' threads begin: each
        thread that asks the database keeps a connection of its own.
        """
        slugs = self.course.exercises.order_by("position").values_list("slug", flat=True)
        return [f"/courses/{self.course.slug}/exercises/{slug}/" for slug in slugs[:3]]

    def wait_graded(self) -> None:
        """Wait until no job of this class is open."""
        until = time.monotonic() + _WAITS_S
        mine = GradingJob.objects.filter(pk__gt=self.first_job, state__in=GradingJob.OPEN)
        while mine.exists() and time.monotonic() < until:
            time.sleep(0.1)

    def grading(self) -> dict[str, Any]:
        """Give what the rows say of the hand-ins since the class came: counts and waits."""
        jobs = GradingJob.objects.filter(pk__gt=self.first_job)
        rows = jobs.values_list("created_at", "finished_at", "state")
        waits = sorted((end - begin).total_seconds() for begin, end, _state in rows if end)
        return {
            "stored": Submission.objects.filter(jobs__pk__gt=self.first_job).count(),
            "graded": sum(state == GradingJob.State.DONE for _begin, _end, state in rows),
            "graded_p50_ms": percentile(waits, 0.5) * 1000,
            "graded_p99_ms": percentile(waits, 0.99) * 1000,
        }


def costs(told: dict[str, Any]) -> dict[str, Any]:
    """Open, hand in and read, one request at a time: CPU, latency and statements of each step.

    The forms of a phase are read before the phase of the hand-ins begins, so that each phase's CPU
    is that step's alone.
    """
    group = Class(told, students=told["students"])
    _warm(group)
    places = [(student, at) for student in group.students for at in group.exercises]
    phases: dict[str, Any] = {}
    forms = _phase(group, "exercise", places, _opened, phases=phases)
    todo = [(student, at, form) for (student, at), form in zip(places, forms, strict=True)]
    drafted = _phase(group, "draft", todo, _drafted, phases=phases)
    todo = [(*one[:2], fields) for one, fields in zip(todo, drafted, strict=True)]
    with group.graders_at_rest():
        receipts = _phase(group, "hand in", todo, _handed_in, phases=phases)
    phases["hand in"]["cpu_ms"]["worker"] = group.graded_after_rest(len(todo))
    todo = [(one[0], receipt) for one, receipt in zip(places, receipts, strict=True)]
    _phase(group, "receipt", todo, _read, phases=phases)
    home = f"/courses/{group.course.slug}/"
    _phase(group, "course", [(one[0], home) for one in places], _read, phases=phases)
    _phase(group, "grades", [(one[0], f"{home}grades/") for one in places], _read, phases=phases)
    return {"phases": phases, "failures": _failures(group.tally), **group.grading()}


def _warm(group: Class) -> None:
    """Take each path once in a few threads: what a first request imports is not a step's cost."""
    first = group.students.pop()
    for address in group.exercises:
        form = _opened((first, address))
        fields = _drafted((first, address, form))
        _read((first, _handed_in((first, address, fields))))
    group.wait_graded()


def bare(told: dict[str, Any]) -> dict[str, Any]:
    """Post what a hand-in posts to the bare view."""
    group = Class(told, students=told["students"])
    student = group.students[0]
    token = student.browser.cookies["csrftoken"]
    text = {"key": ["k" * 80], "version": ["v" * 50], "revision": ["1"], "level-chosen": ["debug"],
            "why_info-text": ["Logs fill the disk and leak passwords. " * 3]}  # fmt: skip
    fields = {"csrfmiddlewaretoken": [token], **text}
    phases: dict[str, Any] = {}
    todo = [(student, fields)] * told["requests"]
    _post_bare(todo[0])
    group.tally = Tally()
    _phase(group, "bare", todo, _post_bare, phases=phases)
    return {"phases": phases, "failures": _failures(group.tally),
            "stored": AuditEvent.objects.filter(action="bench.ran").count()}  # fmt: skip


def crowd(told: dict[str, Any]) -> dict[str, Any]:
    """Let all students work through the three exercises at once, without think time."""
    group = Class(told, students=told["students"])
    before, began = group.cpu_ms(), time.perf_counter()
    _all(group.students, lambda student: _work_through(group, student), at_once=told["students"])
    took = time.perf_counter() - began
    group.wait_graded()
    spent = {role: after - before[role] for role, after in group.cpu_ms().items()}
    return _load_figures(group, took) | {"cpu_ms": spent}


def steady(told: dict[str, Any]) -> dict[str, Any]:
    """Let the students hand in at a fixed rate for some seconds."""
    group = Class(told, students=told["students"])
    before, began = group.cpu_ms(), time.perf_counter()
    load = Load(seconds=told["seconds"], rate=told["rate"], think_s=0.3)
    run(group.students, load, say=_nothing)
    took = time.perf_counter() - began
    group.wait_graded()
    spent = {role: after - before[role] for role, after in group.cpu_ms().items()}
    return _load_figures(group, took) | {"cpu_ms": spent}


def regrade(told: dict[str, Any]) -> dict[str, Any]:
    """Regrade the demo class while another class hands in."""
    return regrading.measured(Class(told, students=told["students"]), told)


def _load_figures(group: Class, took_s: float) -> dict[str, Any]:
    tally = group.tally
    asked = sum(n for status, n in tally.statuses.items() if status)
    seconds = tally.seconds("hand in", statuses=frozenset({302}))
    return {
        "seconds": took_s,
        "requests": asked,
        "hand_ins": len(seconds),
        "failures": _failures(tally),
        "hand_in": _marks(seconds),
        "open": _marks(tally.seconds("exercise")),
        **group.grading(),
    }


def _work_through(group: Class, student: walking.Student) -> None:
    clock = _Hurry()
    for address in group.exercises:
        try:
            walking.work(student, clock, address, think_s=0, good=0.6)
        except (walking.Lost, walking.NoAnswer):
            continue  # the tally has it


class _Hurry:
    """A clock without think time; what a waiting page itself waits for stays."""

    def think(self, seconds: float) -> None:
        time.sleep(seconds)

    def take_turn(self) -> None:
        """Hand in at once."""


def _opened(todo: tuple[walking.Student, str]) -> dict[str, list[str]]:
    student, address = todo
    form = student.browser.get(address, step="exercise").form_to("/hand-in/")
    assert form is not None
    return filled(form, by=Random(7), good=1.0, only_taken=True)


def _drafted(todo: tuple[walking.Student, str, dict[str, list[str]]]) -> dict[str, list[str]]:
    student, address, fields = todo
    student.browser.post_only(f"{address}draft/", fields, step="draft")
    return fields


def _handed_in(todo: tuple[walking.Student, str, dict[str, list[str]]]) -> str:
    student, address, fields = todo
    return walking.hand_in(student, address, fields)


def _read(todo: tuple[walking.Student, str]) -> None:
    todo[0].browser.get(todo[1], step="receipt" if "submissions" in todo[1] else _last(todo[1]))


def _last(address: str) -> str:
    return "grades" if address.endswith("grades/") else "course"


def _post_bare(todo: tuple[walking.Student, dict[str, list[str]]]) -> None:
    page = todo[0].browser.post_only("/bare/", todo[1], step="bare")
    assert page.status == 302, page.text[:500]


def _phase(
    group: Class,
    step: str,
    todo: list[Any],
    do: Any,
    *,
    phases: dict[str, Any],
) -> list[Any]:
    """Do one step for each; keep its CPU by process."""
    group.tally = tally = Tally()
    for student in group.students:
        student.browser.watch = tally.add
    before = group.cpu_ms()
    results = [do(one) for one in todo]
    after = group.cpu_ms()
    cpu = {role: (after[role] - before[role]) / len(todo) for role in after}
    ok = frozenset({200, 302})
    queries = tally.queries(step)
    phases[step] = {
        "count": len(todo), "cpu_ms": cpu, **_marks(tally.seconds(step, statuses=ok)),
        "queries": queries[len(queries) // 2] if queries else None,
    }  # fmt: skip
    return results


def _marks(seconds: list[float]) -> dict[str, float]:
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {name: percentile(seconds, share) * 1000 for name, share in shares.items()}


def _failures(tally: Tally) -> dict[str, int]:
    return {f"{step} {status or 'no answer'}": n for (step, status), n in tally.failures.items()}


def _tree_ms(top: psutil.Process) -> float:
    total = 0.0
    for process in (top, *top.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += (times.user + times.system) * 1000
    return total


def _all(students: list[walking.Student], do: Any, *, at_once: int) -> None:
    """Run do(student) for each, in so many threads."""
    left = list(students)
    mutex = threading.Lock()

    def work() -> None:
        while True:
            with mutex:
                if not left:
                    return
                student = left.pop()
            try:
                do(student)
            except (walking.Lost, walking.NoAnswer):
                continue  # the tally has it

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + _WAITS_S
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))


def _nothing(_line: str) -> None:
    return


WHATS = {"costs": costs, "bare": bare, "crowd": crowd, "steady": steady, "regrade": regrade}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WHATS[sys.argv[1]](json.loads(sys.stdin.read()))))
