"""What every keeper of metrics promises, and of what it counts by the minute."""

import math
from contextlib import closing
from dataclasses import replace

import pytest

from lms.observatory.samples import STALE, Exemplar, Metadata, Minute
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.metric_base import Limits
from lms.observatory.store.metric_memory import MemoryMetricStore
from lms.observatory.store.sqlite_metrics.file import MetricFile, MetricFileKeeper
from lms.observatory.store.tests.making import SqliteStore, TurningKeeper
from lms.observatory.store.tests.metric_scrapes import (
    STEP_MS,
    TENANT,
    named,
    rows,
    scrape,
    series,
)

NOW_MS = 1_764_000_000_000 // 60_000 * 60_000
UP = series("up")
A = series("requests_total", route="a")
B = series("requests_total", route="b", status="5xx")
OTHER_JOB = series("requests_total", job="worker", route="a")


@pytest.fixture(params=["memory", "sqlite head", "sqlite sealed", "segment", "segments"])
def store_and_keeper(request, tmp_path):
    if request.param == "memory":
        store = MemoryMetricStore()
        yield store, store
        return
    if request.param.startswith("segment"):
        with closing(SqliteStore(tmp_path)) as store:
            yield store.metrics, store if request.param == "segment" else TurningKeeper(store)
        return
    seal_at = {"sqlite head": 1_000, "sqlite sealed": 1}[request.param]
    path = tmp_path / "metrics.sqlite3"
    with closing(MetricFileKeeper(path, seal_at=seal_at)) as keeper:
        yield MetricFile(path), keeper


@pytest.fixture
def store(store_and_keeper):
    return store_and_keeper[0]


@pytest.fixture
def keeper(store_and_keeper):
    return store_and_keeper[1]


def fill(keeper, *samples):
    for place, one in enumerate(samples):
        keeper.append(scrape(NOW_MS + place * STEP_MS, one))


def at(*places):
    return [NOW_MS + place * STEP_MS for place in places]


def select(store, *matchers):
    return rows(store.select(TENANT, matchers, NOW_MS, NOW_MS + 3_600_000))


def test_metadata_is_the_newest(store, keeper):
    old, new = Metadata("up", "gauge", "Old."), Metadata("up", "gauge", "Answers.", "")
    keeper.append(scrape(NOW_MS, {UP: 1}, metadata=[old]))
    keeper.append(scrape(NOW_MS + STEP_MS, {UP: 1}, metadata=[new]))

    assert store.metadata(TENANT) == {"up": new}
    assert store.metadata("lab-1") == {}


def test_a_scrape_told_twice_or_too_late_changes_nothing(store, keeper):
    fill(keeper, {A: 1}, {A: 2})

    written = [keeper.append(scrape(time_ms, {A: 9})) for time_ms in at(1, 0)]

    assert [one.refused for one in written] == [{"too_old": 1}] * 2
    assert [value for _, value in select(store, *named("requests_total"))[0][1]] == [1, 2]


def test_the_last_scrape_is_known_without_what_ended(store, keeper):
    fill(keeper, {A: 1, B: 1}, {A: 2, B: STALE})

    last = keeper.last_scrape(TENANT, scrape(0, {}).target)

    assert (last.time_ms, dict(last.samples)) == (at(1)[0], {A: 2})
    assert keeper.last_scrape(TENANT, "another") is None


def minute(place, *, count, buckets, labels=(("route", "a"),), minutes=1, metric="wait_seconds"):
    return Minute(
        metric, labels, NOW_MS + place * 60_000, count=count, total=count / 2,
        bounds=(0.1, 1.0, math.inf), buckets=buckets, minutes=minutes,
    )  # fmt: skip


def test_minutes_are_summed_by_step_and_label_set(store, keeper):
    for at_, one in enumerate([
        minute(0, count=3, buckets=(1, 1, 1)), minute(0, count=1, buckets=(1, 0, 0)),
        minute(1, count=1, buckets=(0, 0, 1)), minute(2, count=5, buckets=(5, 0, 0)),
        minute(1, count=1, buckets=(0, 1, 0), labels=(("route", "b"),)),
        minute(1, count=7, buckets=(7, 0, 0), metric="other_seconds"),
    ]):  # fmt: skip
        keeper.append(scrape(NOW_MS + at_, {UP: 1}, minutes=[one]))

    found = store.minutes(
        TENANT, "wait_seconds", t0_ms=NOW_MS, t1_ms=NOW_MS + 180_000, step_ms=120_000
    )

    assert [(one.labels, one.minute_ms, one.count, one.buckets) for one in found] == [
        ((("route", "a"),), NOW_MS, 5, (2, 1, 2)),
        ((("route", "a"),), NOW_MS + 120_000, 5, (5, 0, 0)),
        ((("route", "b"),), NOW_MS, 1, (0, 1, 0)),
    ]
    assert found[0].total == 2.5
    assert found[0].bounds == (0.1, 1.0, math.inf)


def test_what_nobody_watched_stands_apart(store, keeper):
    gap = minute(1, count=40, buckets=(40, 0, 0), minutes=30)
    keeper.append(scrape(NOW_MS, {UP: 1}, minutes=[minute(1, count=1, buckets=(1, 0, 0)), gap]))

    found = store.minutes(
        TENANT, "wait_seconds", t0_ms=NOW_MS, t1_ms=NOW_MS + 180_000, step_ms=60_000
    )

    assert [(one.minutes, one.count) for one in found] == [(1, 1), (30, 40)]


def test_a_counter_s_minutes_have_no_buckets(store, keeper):
    one = Minute("failures_total", (), NOW_MS, count=2)
    keeper.append(scrape(NOW_MS, {UP: 1}, minutes=[one, one]))

    [found] = store.minutes(
        TENANT, "failures_total", t0_ms=NOW_MS, t1_ms=NOW_MS + 60_000, step_ms=60_000
    )

    assert (found.count, found.bounds, found.buckets) == (4, (), ())


def exemplar(duration_ns, *, trace_id="a" * 32, labels=(("route", "a"), ("status_class", "2xx"))):
    return Exemplar("wait_seconds", labels, NOW_MS, trace_id, duration_ns)


def test_of_each_minute_the_slowest_is_kept(store, keeper):
    failed = (("route", "a"), ("status_class", "5xx"))
    keeper.note_exemplars(TENANT, [exemplar(5), exemplar(9, trace_id="b" * 32), exemplar(7)])
    keeper.note_exemplars(TENANT, [exemplar(1), exemplar(8, trace_id="c" * 32, labels=failed)])

    asked = {"t0_ms": NOW_MS, "t1_ms": NOW_MS + 60_000}
    found = store.exemplars(TENANT, "wait_seconds", **asked)
    narrowed = store.exemplars(TENANT, "wait_seconds", **asked, labels=(("status_class", "5xx"),))

    assert [(one.trace_id[0], one.duration_ns) for one in found] == [("b", 9), ("c", 8)]
    assert [one.trace_id[0] for one in narrowed] == ["c"]
    assert store.exemplars("lab-1", "wait_seconds", **asked) == []


def limited(kind, path, limits):
    if kind == "memory":
        store = MemoryMetricStore(limits)
        return store, store
    return MetricFile(path), MetricFileKeeper(path, limits=limits)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(of_target=2), "target_limit"), (Limits(of_tenant=2), "tenant_limit")],
)
def test_new_series_beyond_the_limit_are_refused_and_old_ones_go_on(kind, limits, reason, tmp_path):
    store, keeper = limited(kind, tmp_path / "metrics.sqlite3", limits)
    flood = {series("requests_total", route=str(number)): 1.0 for number in range(5)}
    fill(keeper, {A: 1, UP: 1})

    written = keeper.append(scrape(NOW_MS + STEP_MS, {A: 2, **flood, UP: 1}))
    again = keeper.append(scrape(NOW_MS + 2 * STEP_MS, {A: 3, **flood, UP: 1}))

    assert (written.samples, written.refused) == (2, {reason: 5})
    assert again == written
    assert [value for _, value in select(store, *named("requests_total"))[0][1]] == [1, 2, 3]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_one_target_s_limit_is_not_another_s(kind, tmp_path):
    _, keeper = limited(kind, tmp_path / "metrics.sqlite3", Limits(of_target=1))
    fill(keeper, {A: 1, B: 1})

    written = keeper.append(scrape(NOW_MS, {OTHER_JOB: 1}, target="worker"))

    assert (written.samples, written.refused) == (1, {})


# --- several segments ---------------------------------------------------------


@pytest.fixture
def two_segments(tmp_path):
    """Give a store of two files, the older one sealed, in which A goes on and B does not."""
    paths = [tmp_path / "1.sqlite3", tmp_path / "2.sqlite3"]
    minutes = [minute(0, count=2, buckets=(1, 1, 0))]
    with closing(MetricFileKeeper(paths[0])) as keeper:
        for at_, one in enumerate([{A: 1, B: 1}, {A: 2, B: 1}]):
            keeper.append(scrape(at(at_)[0], one, minutes=minutes))
        keeper.note_exemplars(TENANT, [exemplar(5)])
        keeper.seal()
    with closing(MetricFileKeeper(paths[1])) as keeper:
        # The clock was set back: the first of these is no newer than what the other file holds.
        for at_, one in enumerate([{A: 9}, {A: 3}, {A: 4}], start=1):
            keeper.append(scrape(at(at_)[0], one, minutes=minutes, target="web again"))
        keeper.note_exemplars(TENANT, [exemplar(7, trace_id="b" * 32)])
    return MetricFile(*paths)


def test_series_go_on_from_segment_to_segment(two_segments):
    found = dict(select(two_segments, *named("requests_total")))

    assert found[A] == list(zip(at(0, 1, 2, 3), [1, 2, 3, 4], strict=True))
    assert [value for _, value in found[B]] == [1, 1]


def test_minutes_and_exemplars_of_segments_are_put_together(two_segments):
    asked = {"t0_ms": NOW_MS, "t1_ms": NOW_MS + 60_000}

    [one] = two_segments.minutes(TENANT, "wait_seconds", **asked, step_ms=60_000)
    exemplars = two_segments.exemplars(TENANT, "wait_seconds", **asked)

    assert (one.count, one.buckets, one.total) == (10, (5, 5, 0), 5.0)
    assert [found.trace_id[0] for found in exemplars] == ["b", "a"]


def test_a_target_s_last_scrape_may_lie_in_an_older_segment(two_segments):
    older = two_segments.last_scrape(TENANT, scrape(0, {}).target)

    assert (older.time_ms, dict(older.samples)) == (at(1)[0], {A: 2, B: 1})
    assert two_segments.last_scrape(TENANT, "web again").time_ms == at(3)[0]


def test_labels_are_those_of_the_segments_of_the_time(two_segments):
    early = two_segments.label_values(TENANT, "route", at(0)[0], at(0)[0])
    late = two_segments.label_values(TENANT, "route", at(3)[0], at(3)[0])

    assert (early, late) == (["a", "b"], ["a"])
    assert "status" not in two_segments.label_names(TENANT, at(3)[0], at(3)[0])


@pytest.mark.parametrize("step_minutes", [1, 5, 10, 60, 120])
@pytest.mark.parametrize("begins", [0, 1, 5])
def test_longer_steps_hold_the_same_sums(store, keeper, step_minutes, begins):
    hour = NOW_MS // 3_600_000 * 3_600_000
    for at_ in range(0, 240, 7):
        one = replace(minute(0, count=at_ + 1, buckets=(at_, 1, 0)), minute_ms=hour + at_ * 60_000)
        keeper.append(scrape(NOW_MS + at_, {UP: 1}, minutes=[one]))
    t0 = hour + begins * 60_000

    found = store.minutes(
        TENANT, "wait_seconds", t0_ms=t0, t1_ms=t0 + 120 * 60_000, step_ms=step_minutes * 60_000
    )

    inside = [at_ for at_ in range(0, 240, 7) if begins <= at_ < begins + 120]
    assert sum(one.count for one in found) == sum(at_ + 1 for at_ in inside)
    assert {(one.minute_ms - t0) % (step_minutes * 60_000) for one in found} == {0}
    assert len(found) == len({(at_ - begins) // step_minutes for at_ in inside})


def test_a_file_that_is_none_or_gone_is_told(tmp_path):
    path = tmp_path / "metrics.sqlite3"
    path.write_bytes(b"no database" * 500)

    for store in (MetricFile(path), MetricFile(tmp_path / "nowhere")):
        with pytest.raises(StoreUnavailable):
            store.select(TENANT, named("up"), 0, 1)


@pytest.mark.parametrize(
    "change",
    ["SET data = substr(data, 1, 2)", "SET data = zeroblob(40)", "SET data = x''",
     "SET samples = samples + 1", "SET data = x'83' || substr(data, 2)"],
)  # fmt: skip
def test_damaged_bytes_are_told_and_never_shown(tmp_path, change):
    path = tmp_path / "metrics.sqlite3"
    with closing(MetricFileKeeper(path, seal_at=3)) as keeper:
        fill(keeper, {A: 0.1}, {A: 0.7}, {A: 4.5})
        keeper._connection.execute(f"UPDATE metric_chunk {change}")
        with pytest.raises(StoreUnavailable):
            keeper.last_scrape(TENANT, scrape(0, {}).target)

    with pytest.raises(StoreUnavailable):
        select(MetricFile(path), *named("requests_total"))
