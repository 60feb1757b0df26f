"""The supervisor, with small children."""

import io
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from lms.processes.child import Child
from lms.processes.output import Lines
from lms.processes.tree import StartFailed, Tree

SLEEPS = "import time\nprint('up', flush=True)\ntime.sleep(60)"
DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS


def child(name, code):
    return Child(name, [sys.executable, "-c", code], folder=Path.cwd(), environment=os.environ)


def run(*children, is_ready=lambda: True, signals=1, ups=1):
    """Run a tree until it is ready, then send ourselves the signals; give what it printed."""
    out = io.StringIO()

    def interrupt():
        for _ in range(signals):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)

    Tree(list(children), out=out).run(
        is_ready=lambda: is_ready() and out.getvalue().count("up") >= ups,
        when_ready=threading.Thread(target=interrupt).start,
    )
    return out.getvalue()


def test_lines_carry_the_name_of_their_process():
    assert run(child("one", SLEEPS)) == "one | up\n"


def test_chunks_become_whole_lines():
    out = io.StringIO()
    lines = Lines("web", out, width=6)

    for chunk in (b"ab", b"c\nd", b"\xff\n", b"rest"):
        lines.add(chunk)
    lines.end()

    assert out.getvalue() == "web    | abc\nweb    | d\ufffd\nweb    | rest\n"


def test_children_are_stopped_in_reverse_order(tmp_path):
    ends = tmp_path / "ends"
    code = (
        "import signal, sys\n"
        "def end(*_):\n"
        f"    open({str(ends)!r}, 'a').write('NAME ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
    )
    names = ("one", "two", "three")

    run(*(child(name, code.replace("NAME", name) + SLEEPS) for name in names), ups=len(names))

    assert ends.read_text().split() == ["three", "two", "one"]


def test_a_child_that_outlives_the_later_ones_waits_for_a_slow_one(tmp_path):
    ends = tmp_path / "ends"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(WAIT)\n"
        f"    open({str(ends)!r}, 'a').write('NAME ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
    )
    first = child("first", code.replace("NAME", "first").replace("WAIT", "0") + SLEEPS)
    first.outlives_later = True
    # Longer than the patience after which another would be asked to stop beside it.
    slow = child("slow", code.replace("NAME", "slow").replace("WAIT", "1.5") + SLEEPS)

    run(first, slow, ups=2)

    assert ends.read_text().split() == ["slow", "first"]


def test_a_second_ctrl_c_does_not_wait_for_a_deaf_child():
    began = time.monotonic()

    run(child("deaf", DEAF), signals=2)

    assert time.monotonic() - began < 3


def test_a_child_that_cannot_start_ends_the_start_with_its_name(monkeypatch):
    monkeypatch.setattr("lms.processes.child._BACKOFF_FIRST_S", 0.01)

    with pytest.raises(StartFailed, match="The broken process ended 5 times"):
        run(child("broken", "raise SystemExit(3)"), is_ready=lambda: False)


def test_waits_between_quick_deaths_grow_to_ten_seconds_and_shrink_after_a_long_life():
    one = child("one", "pass")
    waits = []
    for lived_s in (0, 0, 0, 0, 0, 0, 60):
        one.start(now=100.0).close()
        one.process.wait()
        one.saw_end(now=100.0 + lived_s)
        waits.append(one.start_at - 100.0 - lived_s)

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 0.5]


def test_a_child_that_dies_is_started_again(tmp_path, monkeypatch):
    monkeypatch.setattr("lms.processes.child._BACKOFF_FIRST_S", 0.01)
    mark = tmp_path / "mark"
    once = (
        "import pathlib\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "if not mark.exists(): mark.touch(); raise SystemExit(7)\n"
    )

    text = run(child("one", once + SLEEPS))

    assert "one | ended with code 7; starts again in 0.0 s\none | up\n" in text
