"""What a batch does while the collector is not ready, and what is said of what was lost."""

import threading
import time

import pytest

from lms.telemetry import setup, traces
from lms.telemetry.exporting import Outcome, Sending, Shipper
from lms.telemetry.posting import Posts
from lms.telemetry.setup import LOOPBACK
from lms.telemetry.tests.collector import Collector, attributes_of
from lms.telemetry.tests.test_export import dropped, wait_until

TOO_EARLY = Sending(Outcome.LATER, 0.01)


@pytest.fixture
def shipping():
    """Give a function that makes a shipper over a list of answers; each is ended."""
    made = []

    def ship(*answers, signal="traces", **more):
        left = list(answers)
        arrived = []

        def send(batch):
            answer = left.pop(0) if left else True
            if answer is True:
                arrived.append(list(batch))
            return answer

        shipper = Shipper(send, signal=signal, **{"delay_s": 0.01, **more})
        made.append(shipper)
        return shipper, arrived

    yield ship
    for shipper in made:
        shipper.ask_to_stop()
        assert shipper.join(time.monotonic() + 5)


def test_a_batch_for_which_it_is_too_early_is_tried_again(shipping, lines):
    before = dropped("traces", "export_failed")
    shipper, arrived = shipping(TOO_EARLY, TOO_EARLY)
    shipper.put("one")

    assert shipper.flush(5)
    assert arrived == [["one"]]
    assert dropped("traces", "export_failed") == before
    assert lines() == []


def test_what_comes_meanwhile_waits_behind_it_as_far_as_the_queue_goes(shipping):
    before = dropped("traces", "queue_full")
    shipper, arrived = shipping(Sending(Outcome.LATER, 0.3), queue_size=2, batch_size=1)
    shipper.put("first")
    wait_until(lambda: not shipper._idle.is_set())
    for name in ("second", "third", "fourth"):
        shipper.put(name)

    assert shipper.flush(5)
    assert arrived == [["first"], ["second"], ["third"]]
    assert dropped("traces", "queue_full") - before == 1


def test_hope_ends_after_a_while_and_returns_with_success(shipping):
    before = dropped("traces", "export_failed")
    shipper, arrived = shipping(*[TOO_EARLY] * 3, hold_s=0.0, batch_size=1)
    for name in ("one", "two", "three", "four"):
        shipper.put(name)

    assert shipper.flush(5)
    assert arrived == [["four"]]
    assert dropped("traces", "export_failed") - before == 3
    assert shipper._down_since is None


def test_a_wait_is_no_longer_than_the_bound(shipping, monkeypatch):
    monkeypatch.setattr("lms.telemetry.exporting.WAIT_MAX_S", 0.01)
    shipper, arrived = shipping(Sending(Outcome.LATER, 3600))
    shipper.put("one")

    assert shipper.flush(5)
    assert arrived == [["one"]]


def test_the_stop_does_not_wait_for_hope(shipping):
    before = dropped("traces", "export_failed")
    shipper, _arrived = shipping(*[Sending(Outcome.LATER, 3600)] * 9)
    shipper.put("one")
    wait_until(lambda: not shipper._idle.is_set())

    shipper.ask_to_stop()

    assert shipper.join(time.monotonic() + 2)
    assert dropped("traces", "export_failed") - before == 1


def test_once_the_way_is_free_each_loss_is_told_once(shipping, lines):
    shipper, _arrived = shipping(False, False, queue_size=3, batch_size=2, delay_s=60)
    for number in range(5):
        shipper.put(number)
    assert shipper.flush(5)
    told_too_early = lines()
    shipper.put("arrives")
    assert shipper.flush(5)
    shipper.put("arrives too")
    assert shipper.flush(5)

    assert told_too_early == []
    told = {one["reason"]: one for one in lines()}
    assert sum(one["count"] for one in told.values()) >= 3
    assert told["export_failed"]["event"] == "telemetry.dropped"
    assert told["export_failed"]["signal"] == "traces"
    assert told["export_failed"]["since"].startswith("20")


def test_a_loss_is_told_through_the_pipeline(settings):
    with Collector(refusals=[(400, {})]) as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        setup.start("web")
        pipeline = setup._State.pipeline
        with traces.span("lost"):
            pass
        pipeline.spans.flush(5)
        with traces.span("arrives"):
            pass
        pipeline.spans.flush(5)
        setup.stop()

        (record,) = [one for one in collector.records if one.event_name == "telemetry.dropped"]
        facts = attributes_of(record)
        assert (facts["signal"], facts["reason"], facts["count"]) == ("traces", "export_failed", 1)


def test_a_full_collector_costs_neither_spans_nor_time(settings, site):
    refusals = [(429, {"Retry-After": "0"}), (503, {"Retry-After": "0"}), (503, {})]
    with Collector(refusals=refusals) as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        setup.start("web")
        begun = time.monotonic()
        response = site.get("/statements/")
        answered_s = time.monotonic() - begun
        shipper = setup._State.pipeline.spans
        assert shipper.flush(15)
        setup.stop()

        assert response.status_code == 200
        assert answered_s < 1
        assert any(span.name.startswith("GET") for span in collector.spans)
    assert shipper._losses == {}


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (429, "7", Sending(Outcome.LATER, 7.0)),
        (503, "", Sending(Outcome.LATER)),
        (503, "Wed, 21 Oct 2099 07:28:00 GMT", Sending(Outcome.LATER)),
        (401, "7", Sending(Outcome.REFUSED)),
        (400, "", Sending(Outcome.REFUSED)),
        (500, "", Sending(Outcome.REFUSED)),
        (None, "", Sending(Outcome.LATER)),
    ],
)
def test_the_answer_decides_whether_there_is_hope(status, retry_after, expected):
    posts = Posts(is_local=True)

    def send(_batch):
        posts._status, posts._retry_after = status, retry_after
        return False

    assert posts.watching(send)([]).outcome is expected.outcome
    if expected.outcome is Outcome.LATER:
        assert posts.watching(send)([]).wait_s == expected.wait_s


def test_an_earlier_answer_counts_for_no_later_batch():
    posts = Posts(is_local=True)
    posts._status = 400

    assert posts.watching(lambda _batch: False)([]).outcome is Outcome.LATER


def test_the_sites_key_goes_with_what_is_sent(settings):
    with Collector() as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        setup.start("web")
        with traces.span("one"):
            pass
        setup.stop()

        assert collector.keys == {f"Bearer {settings.OTLP_KEY}"}


def test_a_key_that_was_made_here_is_told_to_nobody_else(settings):
    settings.OTLP_KEY_IS_SHARED = False

    assert setup._headers(is_local=False) == {}
    assert settings.OTLP_KEY in setup._headers(is_local=True)["Authorization"]


def test_a_key_that_the_operator_set_goes_where_she_says(settings):
    settings.OTLP_KEY_IS_SHARED = True

    assert settings.OTLP_KEY in setup._headers(is_local=False)["Authorization"]


def test_no_proxy_and_no_netrc_stands_before_this_machine():
    assert "127.0.0.1" in LOOPBACK
    assert Posts(is_local=True).session.trust_env is False
    assert Posts(is_local=False).session.trust_env is True


def test_losses_of_several_threads_are_all_counted(shipping):
    shipper, _arrived = shipping(queue_size=0, delay_s=60)
    threads = [
        threading.Thread(target=lambda: [shipper.put(1) for _ in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shipper._losses["queue_full"].count == 2000
