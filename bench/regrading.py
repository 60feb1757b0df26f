"""A regrade while a class hands in: what it costs the site, how long it takes, what it holds."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import psutil
from django.utils import timezone

from exercises import regrading
from exercises.demo_class.running import Load, Tally, percentile, run
from exercises.models import Exercise, ExerciseVersion, RegradeBatch, RegradeRow
from exercises.models.exercise import digest
from lms.accounts.models import User

_ENDS_WITHIN_S = 1400.0
_SETTLES_S = 8.0


class _Group(Protocol):
    """A signed-in class, as bench.driving has it."""

    students: list[Any]
    tally: Tally
    roots: dict[str, psutil.Process]


def measured(group: _Group, told: dict[str, Any]) -> dict[str, Any]:
    """Let one class work all the time, in turns alone, beside a preview and beside an apply.

    In turns, because a machine that others use drifts by more than what is measured.
    """
    memory = _Memory(group.roots["worker"])
    load = Load(seconds=_ENDS_WITHIN_S, rate=told["rate"], think_s=0.3)
    # It is never stopped: it ends with this process, after the last figure is taken.
    threading.Thread(target=run, args=(group.students, load), kwargs={"say": _nothing},
                     daemon=True).start()  # fmt: skip
    time.sleep(_SETTLES_S)
    windows = {name: _Window() for name in ("without", "preview", "apply")}
    found = {"rows": 0, "written": 0}
    with memory.watched():
        for _ in range(told["rounds"]):
            batch = _round(group, told["seconds"], windows)
            written = RegradeRow.objects.filter(batch=batch, written__isnull=False)
            found["rows"] += batch.rows.count()
            found["written"] += written.count()
            memory.mark()
        _watch(group, windows["without"], seconds=told["seconds"])
    phases = {name: window.figures() for name, window in windows.items()}
    return {**found, "phases": phases, "memory": memory.figures()}


def _round(group: _Group, seconds: float, windows: dict[str, "_Window"]) -> RegradeBatch:
    """Give one regrade from its order to its last grade, each step watched to its end."""
    _watch(group, windows["without"], seconds=seconds)
    batch = _begin(Exercise.objects.filter(course__slug="demo-class").order_by("position")[0])
    _watch(group, windows["preview"], seconds=_ENDS_WITHIN_S, batch=batch)
    _watch(group, windows["without"], seconds=seconds)
    batch.refresh_from_db()
    regrading.apply(batch=batch, actor=User.objects.earliest("pk"))
    _watch(group, windows["apply"], seconds=_ENDS_WITHIN_S, batch=batch)
    batch.refresh_from_db()
    assert batch.state == RegradeBatch.State.APPLIED, batch.state
    return batch


def _begin(exercise: Exercise) -> RegradeBatch:
    """Publish a version whose first question has another right answer; begin its preview."""
    old = exercise.current_version
    assert old is not None
    content = old.content
    options = content["parts"][0]["spec"]["options"]
    right = next(at for at, one in enumerate(options) if one.pop("right", False))
    options[right - 1]["right"] = True
    options[right - 1].pop("misconception", None)
    version = ExerciseVersion.objects.create(
        exercise=exercise, number=old.number + 1, title=old.title, content=content,
        sha256=digest(content), published_at=timezone.now(),
    )  # fmt: skip
    exercise.current_version = version
    exercise.save(update_fields=["current_version"])
    orders = regrading.Orders(what="graders", reason="bench", version=version, never_lower=False)
    batch = regrading.start(exercise=exercise, orders=orders, actor=User.objects.earliest("pk"))
    batch.refresh_from_db()
    return batch


class _Window(Tally):
    """What the class met in all stretches of one kind. lasted_s: their sum."""

    def __init__(self) -> None:
        super().__init__()
        self.lasted_s = 0.0

    def figures(self) -> dict[str, Any]:
        steps = [step for step in self.steps() if step != "sign in"]
        taken = sorted(each for step in steps for each in self.seconds(step))
        hand_ins = self.seconds("hand in")
        return {
            "seconds": self.lasted_s,
            "requests": len(taken),
            "hand_ins": len(hand_ins),
            "p50_ms": percentile(taken, 0.5) * 1000,
            "p95_ms": percentile(taken, 0.95) * 1000,
            "hand_in_p95_ms": percentile(hand_ins, 0.95) * 1000,
            "failures": {f"{step} {status}": n for (step, status), n in self.failures.items()},
        }


def _watch(
    group: _Group, window: _Window, *, seconds: float, batch: RegradeBatch | None = None
) -> None:
    """Count what the class meets for a time, at most until the batch's step is over."""
    began = time.monotonic()
    _look_into(group, window)
    while time.monotonic() < began + seconds:
        time.sleep(0.2)
        if batch is not None and _is_at_rest(batch):
            break
    _look_into(group, Tally())
    window.lasted_s += time.monotonic() - began


def _look_into(group: _Group, tally: Tally) -> None:
    for student in group.students:
        student.browser.watch = tally.add


def _is_at_rest(batch: RegradeBatch) -> bool:
    return not RegradeBatch.objects.only("state").get(pk=batch.pk).is_working


class _Memory:
    """The resident memory of the worker's fattest process, over time."""

    def __init__(self, worker: psutil.Process) -> None:
        self._worker = worker
        self._mib: list[float] = []
        self._marks: list[int] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def mark(self) -> None:
        """Note the end of a regrade."""
        self._marks.append(len(self._mib))

    def figures(self) -> dict[str, float]:
        """Give the highest in each quarter of each regrade, and over the whole time, in MiB."""
        found, start = {}, 0
        for number, end in enumerate(self._marks, start=1):
            size = max((end - start) // 4, 1)
            for quarter in range(4):
                part = self._mib[start + quarter * size : start + (quarter + 1) * size]
                found[f"{number}: {quarter + 1}/4"] = max(part, default=0.0)
            start = end
        return {**found, "peak": max(self._mib)}

    def _look(self, over: threading.Event) -> None:
        while not over.wait(0.25):
            sizes = [0]
            with suppress(psutil.NoSuchProcess):
                for process in self._worker.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        sizes.append(process.memory_info().rss)
            self._mib.append(max(sizes) / 2**20)


def _nothing(_line: str) -> None:
    return
