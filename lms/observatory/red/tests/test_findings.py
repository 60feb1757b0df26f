"""What is and was wrong, from numbers."""

from lms.observatory.red.findings import was_wrong, wrong_now
from lms.observatory.red.objective import Attained
from lms.observatory.red.rows import Row, Step
from lms.observatory.red.tally import Tally
from lms.observatory.red.window import MINUTE_MS, window_of

NOON_MS = 1_764_072_000_000
WINDOW = window_of("30m", NOON_MS + 30_000)
RUNS = [(0, WINDOW.now_ms)]
NOW = WINDOW.now_ms


def now(**more):
    known = {
        "window": WINDOW, "runs": RUNS, "up": {"web": 1.0}, "recent": [], "oldest_wait_s": 0.0,
        "last_hour": Attained(), "last_six": Attained(),
    }  # fmt: skip
    return [(one.kind, one.where, one.part, one.of) for one in wrong_now(**known | more)]


def step(count, failed, at=0):
    return Step(WINDOW.since_ms + at * MINUTE_MS, count, failed, 60.0)


def test_nothing_wrong_is_nothing_found():
    assert now(recent=[("GET /", step(1000, 9))], oldest_wait_s=5.0) == []


def test_a_hundredth_of_failures_is_told_with_the_worst_route():
    recent = [("GET /", step(900, 2)), ("POST /a/", step(100, 8))]

    assert now(recent=recent) == [("errors", "POST /a/", 10, 1000)]


def test_when_nobody_looks_nothing_else_is_claimed():
    found = now(runs=[(0, NOW - MINUTE_MS)], up={"web": 0.0}, oldest_wait_s=60.0)

    assert found == [("silent", "", 0, 0)]


def test_a_process_that_does_not_answer_and_an_answer_that_waits_are_told():
    found = now(up={"web": 1.0, "worker": 0.0}, oldest_wait_s=42.0)

    assert [one[:2] for one in found] == [("down", "worker"), ("waiting", "")]


def test_a_budget_that_burns_is_told_once_for_the_shorter_time():
    fast = Attained(good=80, slow=20)  # 20 times
    slow = Attained(good=940, slow=60)  # 6 times

    assert now(last_hour=fast, last_six=slow) == [("burning", "", 20, 100)]
    assert now(last_hour=Attained(good=9), last_six=slow) == [("burning", "", 60, 1000)]
    assert now(last_six=Attained(good=950, slow=50)) == []


def requests_of(*parts):
    steps = [step(0, 0, at) for at in range(30)]
    for at, failed, count in parts:
        steps[at] = step(count, failed, at)
    return Row((), Tally(), Tally(), 0, 1800.0, tuple(steps))


def was(requests=None, verdicts=(), runs=RUNS):
    steps = [*verdicts, *[Attained()] * (30 - len(verdicts))]
    found = was_wrong(
        window=WINDOW, runs=runs, requests=requests or requests_of(), verdicts=steps
    )  # fmt: skip
    first = WINDOW.since_ms
    return [
        (one.kind, (one.since_ms - first) // MINUTE_MS, (one.until_ms - first) // MINUTE_MS,
         one.part, one.of)
        for one in found
    ]  # fmt: skip


def test_neighbouring_bad_steps_are_one_stretch_and_newer_ones_come_first():
    found = was(requests_of((3, 2, 100), (4, 5, 100), (5, 1, 100), (9, 100, 100)))

    assert found == [("errors", 9, 10, 100, 100), ("errors", 3, 5, 7, 200)]


def test_slow_grading_and_times_without_records_are_told_too():
    first = WINDOW.since_ms
    runs = [(0, first + 10 * MINUTE_MS), (first + 12 * MINUTE_MS, NOW)]

    found = was(verdicts=[Attained(good=9, slow=1)], runs=runs)

    assert found == [("silent", 10, 12, 0, 0), ("slow", 0, 1, 1, 10)]
