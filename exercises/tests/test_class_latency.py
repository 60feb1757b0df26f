"""The class's waits as a histogram: from five people on, and nobody told apart in it."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from exercises.models import Enrolment
from exercises.queries.class_latency import class_latency
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, WorkItemFactory
from exercises.tests.following import handed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercise():
    return ExerciseFactory(attempts=20)


def graded(exercise, seconds, *, role=Enrolment.Role.STUDENT, item=None, **job):
    """Store one person's hand-in that took so long; give its job."""
    item = item or WorkItemFactory(
        exercise=exercise, enrolment=EnrolmentFactory(course=exercise.course, role=role)
    )
    return handed_in(item, took=timedelta(seconds=seconds), **job).jobs.get()


def drawn(exercise, job=None):
    return {one.label.replace("\N{NO-BREAK SPACE}", " "): one.count
            for one in class_latency(exercise, job).bins}  # fmt: skip


def test_among_four_people_nothing_is_drawn(exercise):
    jobs = [graded(exercise, 1) for _ in range(4)]
    for _ in range(9):
        graded(exercise, 1, item=jobs[0].submission.work_item)

    assert drawn(exercise, jobs[0]) == {}
    assert class_latency(exercise, jobs[0]).lasted == "1.00\N{NO-BREAK SPACE}s"


def test_from_five_people_on_the_bins_hold_every_hand_in(exercise):
    for seconds in (0.3, 0.4, 0.7, 0.8, 0.8, 1.5, 1.6):
        graded(exercise, seconds)

    assert drawn(exercise) == {"200 ms to 500 ms": 2, "500 ms to 1 s": 3, "1 s to 2 s": 2}


def test_the_quickest_and_the_slowest_person_share_their_bins_with_others(exercise):
    for seconds in (0.03, 0.3, 0.7, 0.8, 1.5, 90):
        graded(exercise, seconds)

    assert drawn(exercise) == {"under 500 ms": 2, "500 ms to 1 s": 2, "1 s or longer": 2}


def test_one_persons_many_slow_hand_ins_are_one_person(exercise):
    for seconds in (0.3, 0.3, 0.7, 0.8):
        graded(exercise, seconds)
    slow = graded(exercise, 90)
    for _ in range(3):
        graded(exercise, 90, item=slow.submission.work_item)

    assert list(drawn(exercise).items())[-1] == ("500 ms or longer", 6)


def test_when_all_took_alike_there_is_one_bin(exercise):
    for _ in range(5):
        graded(exercise, 0.3)

    assert drawn(exercise) == {"200 ms to 500 ms": 5}


def test_one_slow_person_among_equals_is_not_told_by_the_bins_end(exercise):
    for seconds in (0.3, 0.3, 0.3, 0.3, 90):
        graded(exercise, seconds)

    assert drawn(exercise) == {"200 ms or longer": 5}


def test_times_beyond_all_edges_are_drawn_too(exercise):
    for seconds in (0.001, 0.002, 0.3, 900, 901):
        graded(exercise, seconds)

    found = drawn(exercise)
    assert (next(iter(found)), list(found)[-1]) == ("under 20 ms", "5 min or longer")
    assert sum(found.values()) == 5


def test_only_ones_own_bin_is_marked(exercise):
    for seconds in (0.3, 0.4, 0.7, 1.5, 1.6):
        graded(exercise, seconds)
    own = graded(exercise, 0.8)

    latency = class_latency(exercise, own)

    assert [one.is_hers for one in latency.bins] == [False, True, False]
    assert latency.hers.count == 2
    assert max(one.height for one in latency.bins) == 46


def test_without_a_verdict_there_is_no_place_in_it(exercise):
    for _ in range(5):
        graded(exercise, 0.3)
    dead = graded(exercise, 0.3, state="dead")

    latency = class_latency(exercise, dead)

    assert (latency.lasted, latency.hers) == ("", None)


@pytest.mark.parametrize(
    "other", [{"state": "dead"}, {"reason": "regrade"}, {"role": "instructor"}, {"elsewhere": True}]
)
def test_only_the_classs_own_first_verdicts_count(exercise, other):
    for _ in range(5):
        graded(exercise, 0.3)
    graded(ExerciseFactory() if other.pop("elsewhere", False) else exercise, 0.3, **other)

    assert class_latency(exercise, None).count == 5


def test_the_newest_thousand_are_enough(exercise, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("exercises.queries.class_latency.NEWEST", 5)
    for seconds in (9, 9, 0.3, 0.3, 0.3, 0.3, 0.3):
        graded(exercise, seconds)

    with django_assert_num_queries(1):
        latency = class_latency(exercise, None)
    assert (latency.count, [one.count for one in latency.bins]) == (5, [5])


@pytest.fixture
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("empty_cache")
def test_a_large_classs_times_are_asked_for_once(exercise, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("exercises.queries.class_latency.KEPT_FROM", 5)
    jobs = [graded(exercise, seconds) for seconds in (0.3, 0.3, 0.7, 0.8, 1.5)]
    class_latency(exercise, None)

    with django_assert_num_queries(0):
        latency = class_latency(exercise, jobs[0])

    assert latency.count == 5
    assert latency.hers.count == 2
    assert class_latency(ExerciseFactory(), None).bins == ()


@pytest.mark.usefixtures("empty_cache")
def test_a_small_classs_times_are_always_the_newest(exercise):
    for seconds in (0.3, 0.3, 0.7, 0.8, 1.5):
        graded(exercise, seconds)
    class_latency(exercise, None)
    graded(exercise, 0.7)

    assert class_latency(exercise, None).count == 6
