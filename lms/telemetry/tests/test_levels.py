"""Loggers of ours at DEBUG for a while: how a level is lent and given back in one process."""

import logging
import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from lms.telemetry import levels, setup
from lms.telemetry.levels import Follower, Lent
from lms.telemetry.logs import get_logger
from lms.telemetry.own_loggers import own_loggers

NAME = "lms.telemetry.tests"
log = get_logger(NAME)
ours = logging.getLogger(NAME)


def within(seconds):
    return {NAME: datetime.now(UTC) + timedelta(seconds=seconds)}


def wait_until(condition, timeout_s=5.0):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture
def lent():
    made = Lent()
    yield made
    made.follow({})


@pytest.fixture
def follow(lent):
    """Give a function that makes a follower of a source, quick to ask; each is stopped."""
    made = []

    def _follow(ask):
        made.append(Follower(ask, lent, every_s=0.01))
        return made[-1]

    yield _follow
    for each in made:
        each.stop()


def test_a_lent_logger_writes_its_debug_lines_through_the_chain(lent, lines):
    lent.follow(within(60))
    log.debug("job.claimed", job=7, answer="I would page nobody")

    said = [line for line in lines() if line["event"] == "job.claimed"]
    assert [(line["level"], line["job"], line["answer"]) for line in said] == [
        ("debug", 7, "[removed]")
    ]


@pytest.mark.parametrize("before", [logging.NOTSET, logging.ERROR])
def test_the_level_goes_back_to_what_it_was_after_overlapping_switches(lent, before):
    ours.setLevel(before)
    lent.follow(within(60))
    lent.follow(within(600))
    lent.follow(within(5))
    raised = ours.level

    lent.follow({})

    assert (raised, ours.level) == (logging.DEBUG, before)
    ours.setLevel(logging.NOTSET)


def test_the_end_comes_without_anybody_asking_again(lent):
    lent.follow(within(0.1))
    raised = ours.level

    wait_until(lambda: ours.level == logging.NOTSET)

    assert raised == logging.DEBUG


def test_a_sooner_end_replaces_a_later_one(lent):
    lent.follow(within(600))
    lent.follow(within(0.1))

    wait_until(lambda: ours.level == logging.NOTSET)


def test_what_has_ended_is_not_lent(lent):
    lent.follow(within(-1))

    assert ours.level == logging.NOTSET


def test_no_end_is_believed_beyond_an_hour(lent):
    lent.follow(within(24 * 3600))

    assert lent._timer.interval <= 3600.1


def test_a_foreign_logger_is_never_lent(lent):
    foreign = logging.getLogger("django.db.backends")
    before = foreign.level

    lent.follow({"django.db.backends": datetime.now(UTC) + timedelta(minutes=5)})

    assert foreign.level == before


def test_a_source_that_hangs_keeps_no_logger_at_debug(follow):
    hangs = threading.Event()
    answers = [within(0.3)]

    def ask():
        if answers:
            return answers.pop()
        hangs.wait(10)
        return {}

    follow(ask)
    wait_until(lambda: ours.level == logging.DEBUG)
    wait_until(lambda: ours.level == logging.NOTSET, 2)
    still_hangs = not hangs.is_set()
    hangs.set()

    assert still_hangs


def test_a_source_that_fails_is_told_once_and_changes_nothing(follow, lines):
    asked = []

    def ask():
        asked.append(1)
        if len(asked) == 1:
            return within(60)
        raise OSError("gone with canary")

    follow(ask)
    wait_until(lambda: len(asked) > 5)

    told = [line for line in lines() if line["event"] == "log_level.ask_failed"]
    assert [line["error_class"] for line in told] == ["OSError"]
    assert ours.level == logging.DEBUG


def test_a_second_failure_after_an_answer_is_told_again(follow, lines):
    asked = []

    def ask():
        asked.append(1)
        if len(asked) in {1, 3}:
            raise OSError
        return {}

    follow(ask)
    wait_until(lambda: len(asked) > 4)

    assert len([one for one in lines() if one["event"] == "log_level.ask_failed"]) == 2


def test_stop_is_prompt_and_gives_back(lent):
    follower = Follower(lambda: within(60), lent, every_s=60)
    wait_until(lambda: ours.level == logging.DEBUG)
    begun = time.monotonic()

    follower.stop()

    assert time.monotonic() - begun < 0.3
    assert not follower._thread.is_alive()
    assert ours.level == logging.NOTSET


def test_an_answer_that_comes_after_the_stop_is_not_followed(lent, monkeypatch):
    monkeypatch.setattr(levels, "STOP_S", 0.05)
    hangs, asked = threading.Event(), threading.Event()

    def ask():
        asked.set()
        hangs.wait(10)
        return within(60)

    follower = Follower(ask, lent, every_s=0.01)
    asked.wait(5)
    follower.stop()
    hangs.set()
    follower._thread.join(5)

    assert ours.level == logging.NOTSET


def test_the_question_leaves_no_span_and_no_open_connection(transactional_db, follow, spans):
    asked = []

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        asked.append(connection.connection)
        return {}

    follow(ask)
    wait_until(lambda: len(asked) > 2)
    before = len(spans())
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")

    assert before == 0
    assert [span.name for span in spans()] != []  # the same statement elsewhere leaves one
    assert len({id(each) for each in asked}) == len(asked)  # each question opened its own


def test_no_thread_starts_without_a_source(settings):
    settings.LOG_LEVELS_SOURCE = ""
    setup.start("web")
    setup.stop()

    assert levels._Process.follower is None


def wished():
    return within(60)


@pytest.fixture
def started(settings):
    settings.LOG_LEVELS_SOURCE = "lms.telemetry.tests.test_levels.wished"
    setup.start("web")
    yield
    setup.stop()


def test_the_set_up_starts_and_stops_the_thread(started):
    wait_until(lambda: ours.level == logging.DEBUG)

    setup.stop()

    assert ours.level == logging.NOTSET
    assert "log-levels" not in [thread.name for thread in threading.enumerate()]


def test_a_forked_child_takes_the_level_and_its_end_over_and_starts_its_own_thread(started):
    """As a pool child does that is born while its parent follows a switch."""
    wait_until(lambda: ours.level == logging.DEBUG)
    _reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        took_over = ours.level == logging.DEBUG and levels._Process.follower is None
        levels.start()
        levels.stop()
        gave_back = ours.level == logging.NOTSET
        os._exit(0 if took_over and gave_back else 1)

    _pid, status = os.waitpid(child, 0)
    os.close(_reader)
    os.close(writer)

    assert os.waitstatus_to_exitcode(status) == 0
    assert ours.level == logging.DEBUG


def test_our_loggers_are_found_in_the_source():
    found = own_loggers()

    assert found["exercises.grading"] == logging.DEBUG
    assert found["lms.task"] == logging.DEBUG  # named by hand, writes at any level
    assert found["exercises.release_control"] == logging.INFO  # hands its method on
    assert found["lms.telemetry.setup"] == logging.CRITICAL
    assert not [name for name in found if ".tests" in name]


def test_every_logger_of_ours_that_runs_is_found():
    """Whoever names a logger otherwise than get_logger(__name__ or a text) is not found."""
    running = {
        name
        for name, made in logging.root.manager.loggerDict.items()
        if isinstance(made, logging.Logger)
        and name.startswith(("lms.", "exercises."))
        and ".tests" not in name
    }

    assert running - own_loggers().keys() == set()
