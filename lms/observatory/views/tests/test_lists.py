"""The lists of traces and of log lines."""

import re
import time
from unittest import mock

import pytest

from lms.observatory.store.base import LogPage, TracePage
from lms.observatory.tests.story import MS, TRACE_ID, span, stored
from lms.observatory.views.tests.reading_pages import ids, words


@pytest.fixture
def three(telemetry, owner):
    """Store three traces: a quick one, a slow one, one that failed in the worker."""
    now = time.time_ns()
    common = {"owner": owner.pseudonym}
    for trace_id, name, ms, ago_s, more in (
        ("a" * 32, "GET a/", 5, 30, {}),
        ("b" * 32, "GET b/", 500, 20, {}),
        ("c" * 32, "run/task", 50, 10, {"status": "error", "service": "watchers-worker"}),
    ):
        at_ns = now - ago_s * 1000 * MS
        stored(telemetry, [span(name, 0, ms, trace_id=trace_id, at_ns=at_ns, **common, **more)])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "cba"),
        ({"name": "GET a/"}, "a"),
        ({"service": "watchers-worker"}, "c"),
        ({"errors_only": "on"}, "c"),
        ({"least": "100"}, "b"),
        ({"least": "5"}, "cba"),
        ({"name": "GET a/", "least": "100"}, ""),
        ({"since": "2001-01-01T00:00", "until": "2002-01-01T00:00"}, ""),
        ({"since": "2001-01-01T00:00:00Z"}, "cba"),
        ({"until": "9999-01-01T00:00Z", "range": "all"}, "cba"),
    ],
)
def test_traces_are_found_by_filters_of_the_address(read, three, query, found):
    assert ids(read("traces", **query)) == [letter * 32 for letter in found]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"least": "-1"}, "Write 0 or more."),
        ({"least": "x"}, "Write a number of milliseconds."),
        ({"range": "x"}, "Choose one of the ranges offered."),
        ({"since": "yesterday"}, "Write the time as 2026-11-25T14:00."),
    ],
)
def test_a_wrong_filter_is_named_and_nothing_is_searched(read, three, query, sentence):
    text = read("traces", **query)

    assert sentence in text
    assert ids(text) == []


@pytest.mark.parametrize("name", ["traces", "logs"])
@pytest.mark.parametrize("query", [{"before": "9" * 99}, {"before": "x"}, {"before": "-1"}])
def test_a_made_up_place_in_a_list_breaks_nothing(read, three, name, query):
    assert "<h1>" in read(name, **query)


def test_pages_of_traces_follow_each_other_and_keep_the_filter(read, telemetry, owner):
    now = time.time_ns()
    for i in range(55):
        one = span("GET", 0, 5, trace_id=f"{i:032x}", at_ns=now - i * MS, owner=owner.pseudonym)
        stored(telemetry, [one])
    first = read("traces", name="GET", range="1h")
    (older,) = re.findall(r'rel="next" href="\?([^"]*)"', first)
    query = dict(pair.split("=") for pair in older.replace("&amp;", "&").split("&"))

    second = read("traces", **query)

    assert query["name"] == "GET"
    assert len(ids(first)) == 50
    assert ids(first) + ids(second) == [f"{i:032x}" for i in range(55)]
    assert ">Newest</a>" in second
    assert 'rel="next"' not in second


def test_an_empty_list_names_the_filter_to_drop(read, three):
    text = read("traces", name="GET a/", least="100", errors_only="on")

    assert "Nothing matches these filters" in text
    assert "Dropping one of them alone finds nothing either" in text

    text = read("traces", name="GET a/", least="100")

    assert "Without “name” there is something." in words(text)
    assert "Without “at least, ms” there is something." in words(text)
    assert 'href="?least=100">Drop “name”</a>' in text


def test_an_empty_time_leads_to_all_that_is_kept(read, three):
    text = read("traces", until="2001-01-01T00:00")

    assert "Nothing in this time" in text
    assert 'href="?range=all"' in text


def test_nothing_kept_says_what_would_be_here(read, db):
    assert "Nothing is kept yet" in read("traces", range="all")


def test_a_search_that_was_stopped_says_how_far_it_came_and_goes_on(read, three, telemetry):
    reached = 1_764_072_000_123_456_789
    stopped = TracePage(traces=(), searched_to_ns=reached)
    with mock.patch.object(telemetry, "traces", return_value=stopped) as search:
        text = read("traces", name="GET a/")

    (further,) = re.findall(r'href="\?([^"]*)">Search on from there', text)
    assert "The search was stopped after 2 seconds, at 25 Nov, 14:00:00.123 Europe/Riga." in words(
        text
    )
    assert "until=2025-11-25T12%3A00%3A00.123457Z" in further
    assert "since=" in further
    assert search.call_count == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["grade.recorded", "job.failed", "submission.received"]),
        ({"level": "warning"}, ["job.failed"]),
        ({"level": "error"}, []),
        ({"event": "job.failed"}, ["job.failed"]),
        ({"logger": "lms"}, ["grade.recorded", "job.failed", "submission.received"]),
        ({"logger": "exercises"}, []),
        ({"service": "watchers-web"}, ["submission.received"]),
        ({"text": "memoryerr"}, ["job.failed"]),
        ({"trace": TRACE_ID}, ["grade.recorded", "job.failed", "submission.received"]),
        ({"trace": "d" * 32}, []),
        ({"until": "2001-01-01T00:00"}, []),
    ],
)
def test_lines_are_found_by_filters_of_the_address(read, keep, query, found):
    keep()

    assert re.findall(r'<span class="m"><b>([^<]*)</b>', read("logs", **query)) == found


def test_a_line_opens_into_its_fields_and_leads_to_its_trace(read, keep):
    spans, _ = keep()

    text = read("logs", event="job.failed")

    (failed,) = (one for one in spans if one.name == "grade submission" and one.status == "error")
    assert "<dt>error_class</dt><dd" in text
    assert f'href="/observe/traces/{TRACE_ID}/?span={failed.span_id}#span"' in text


def test_a_wrong_trace_id_is_named(read, keep):
    keep()

    assert "Write a trace id: 32 digits from 0 to f." in read("logs", trace="zz")


def test_an_empty_log_names_the_filter_to_drop(read, keep):
    keep()

    text = read("logs", level="error", event="job.failed")

    assert "Without “level” there is something." in words(text)
    assert "Without “event”" not in words(text)


def test_a_log_search_that_was_stopped_says_so(read, telemetry, db):
    stopped = LogPage(lines=(), searched_to_ns=1_764_072_000_000_000_000)
    with mock.patch.object(telemetry, "logs", return_value=stopped):
        text = words(read("logs", text="absent"))

    assert "Nothing was found so far" in text
    assert "Everything newer was looked at, nothing older." in text
