"""The write gate by itself: order, bounds, processes."""

import multiprocessing
import os
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from lms.database import gate as gate_module
from lms.database.gate import Gate, GateTimeout


@pytest.fixture
def gate(tmp_path):
    return Gate(str(tmp_path / "site.sqlite3"))


def wait_until(condition, timeout_s=5.0):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def stand_in_line(gate, number, order):
    """Start a thread that takes the gate, and wait until it stands in line."""

    def take():
        held = gate.acquire(5)
        order.append(number)
        gate.release(held)

    before = len(gate._line)
    thread = threading.Thread(target=take)
    thread.start()
    wait_until(lambda: len(gate._line) > before)
    return thread


def test_threads_pass_in_the_order_of_asking(gate):
    order = []
    held = gate.acquire(1)
    threads = [stand_in_line(gate, number, order) for number in range(8)]

    gate.release(held)
    for thread in threads:
        thread.join()

    assert order == list(range(8))


def test_who_comes_back_at_once_stands_behind_those_who_wait(gate):
    order = []
    held = gate.acquire(1)
    threads = [stand_in_line(gate, number, order) for number in range(3)]
    gate.release(held)

    held = gate.acquire(5)
    order.append("again")
    gate.release(held)

    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, "again"]


def test_waiting_in_line_ends_in_time(gate):
    held = gate.acquire(1)
    begun = time.monotonic()

    with pytest.raises(GateTimeout):
        gate.acquire(0.05)

    assert time.monotonic() - begun < 1
    gate.release(held)
    gate.release(gate.acquire(0.05))


def test_who_gave_up_is_not_waited_for(gate):
    held = gate.acquire(1)
    with pytest.raises(GateTimeout):
        gate.acquire(0.01)

    gate.release(held)

    assert gate._line == type(gate._line)()
    gate.release(gate.acquire(0.05))


def hold_until_told(path, taken, go):
    gate = Gate(path)
    held = gate.acquire(5)
    taken.set()
    go.wait(10)
    gate.release(held)


def test_another_process_keeps_the_gate_closed(tmp_path):
    path = str(tmp_path / "site.sqlite3")
    context = multiprocessing.get_context("spawn")
    taken, go = context.Event(), context.Event()
    process = context.Process(target=hold_until_told, args=(path, taken, go))
    process.start()
    assert taken.wait(20)
    gate = Gate(path)

    with pytest.raises(GateTimeout):
        gate.acquire(0.05)

    go.set()
    gate.release(gate.acquire(5))
    process.join()


def test_a_killed_process_leaves_the_gate_open(tmp_path):
    path = str(tmp_path / "site.sqlite3")
    context = multiprocessing.get_context("spawn")
    taken, go = context.Event(), context.Event()
    process = context.Process(target=hold_until_told, args=(path, taken, go))
    process.start()
    assert taken.wait(20)

    process.kill()
    process.join()

    gate = Gate(path)
    gate.release(gate.acquire(1))


def write_down_turns(path, turns, count, ready):
    gate = Gate(path)
    ready.wait(20)
    for _ in range(count):
        held = gate.acquire(10)
        with Path(turns).open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.002)
        gate.release(held)


def test_a_busy_process_does_not_starve_another(tmp_path):
    path, turns = str(tmp_path / "site.sqlite3"), str(tmp_path / "turns")
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    processes = [
        context.Process(target=write_down_turns, args=(path, turns, 40, ready)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    order = Path(turns).read_text().split()
    shared = order[: max(i for i, pid in enumerate(order) if pid != order[-1]) + 1]
    longest = run = 1
    for earlier, later in pairwise(shared):
        run = run + 1 if earlier == later else 1
        longest = max(longest, run)
    assert len(order) == 80
    # Without the lock files it is 20 and more; a busy machine may let one pass a few times.
    assert longest <= 8


def test_a_forked_child_begins_with_an_open_line(gate, tmp_path):
    gate_module._gates["here"] = gate
    gate.acquire(1)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            gate._wait_in_line(0.5)
            os.write(write, b"open")
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    os.set_blocking(read, False)
    assert os.read(read, 10) == b"open"
    del gate_module._gates["here"]


def test_a_forked_child_cannot_give_back_what_its_parent_holds(gate):
    held = gate.acquire(1)

    gate.release(held + 1)

    with pytest.raises(GateTimeout):
        gate.acquire(0.01)
