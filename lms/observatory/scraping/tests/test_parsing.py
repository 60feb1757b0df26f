"""What an exposition's lines become."""

import math
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from lms.observatory.samples import Metadata
from lms.observatory.scraping import parsing
from lms.observatory.scraping.fetching import ACCEPT, FetchFailed, Page
from lms.observatory.scraping.parsing import parse
from lms.observatory.scraping.target import Target, targets_of
from lms.observatory.scraping.tests.shown import OPENMETRICS, TEXT

TARGET = Target("web", "http://127.0.0.1:9000")


def parsed(text, content_type=TEXT):
    return parse(Page(text.encode(), content_type), TARGET)


def values(text, content_type=TEXT):
    """Give the samples under their own labels."""
    own = {("job", "web"), ("instance", "127.0.0.1:9000")}
    return {
        tuple(pair for pair in labels if pair not in own): value
        for labels, value in parsed(text, content_type).samples.items()
    }


def test_series_bear_the_target_s_job_and_instance():
    [labels] = parsed("up_s 1\n").samples

    assert labels == (("__name__", "up_s"), ("instance", "127.0.0.1:9000"), ("job", "web"))


def test_what_the_target_says_of_job_and_instance_is_set_aside():
    text = 'a{job="x",instance="y",exported_job="z"} 1\n'

    [labels] = parsed(text).samples

    assert dict(labels) == {
        "__name__": "a", "job": "web", "instance": "127.0.0.1:9000",
        "exported_exported_job": "x", "exported_job": "z", "exported_instance": "y",
    }  # fmt: skip


def test_an_empty_label_is_none():
    assert values('a{b=""} 1\n') == {(("__name__", "a"),): 1}


@pytest.mark.parametrize("content_type", [TEXT, OPENMETRICS])
def test_numbers_of_every_kind_are_read(content_type):
    text = '# TYPE a gauge\na{n="1"} 1.5e3\na{n="2"} +Inf\na{n="3"} -Inf\na{n="4"} NaN\n# EOF\n'

    found = list(values(text, content_type).values())

    assert found[:3] == [1500, math.inf, -math.inf]
    assert math.isnan(found[3])


def test_names_stay_as_they_are_shown():
    text = "# TYPE plain counter\nplain 1\n# TYPE c_total counter\nc_total 2\n"

    assert [dict(labels)["__name__"] for labels in values(text)] == ["plain", "c_total"]


def test_an_exposition_s_times_are_not_heeded():
    assert values("a 1 1395066363000\n") == {(("__name__", "a"),): 1}


def test_the_first_of_two_samples_of_a_series_counts():
    assert values("a 1\na 2\n") == {(("__name__", "a"),): 1}


def test_metadata_is_read():
    text = "# HELP a_seconds Time.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n"

    said = parsed(f"{text}# EOF\n", OPENMETRICS).metadata

    assert said == (Metadata("a_seconds", "gauge", "Time.", "seconds"),)


@pytest.mark.parametrize(
    ("text", "content_type"),
    [("a{ 1\n", TEXT), ("<html>no</html>\n", TEXT), ("# TYPE a gauge\na 1\n", OPENMETRICS)],
    ids=["broken line", "another page", "no end"],
)
def test_what_cannot_be_read_is_a_failed_scrape(text, content_type):
    with pytest.raises(FetchFailed, match="unreadable"):
        parsed(text, content_type)


def test_text_that_is_no_utf_8_is_a_failed_scrape():
    with pytest.raises(FetchFailed, match="unreadable"):
        parse(Page(b'a{b="\xff"} 1\n', TEXT), TARGET)


def test_too_many_samples_are_a_failed_scrape(monkeypatch):
    monkeypatch.setattr(parsing, "MOST_SAMPLES", 2)

    with pytest.raises(FetchFailed, match="too_many_samples"):
        parsed("a 1\nb 1\nc 1\n")


def test_both_formats_of_our_own_metrics_say_the_same():
    registry = CollectorRegistry()
    Counter("c_total", "C.", ["why"], registry=registry).labels('say "no"\n\\').inc(3)
    Gauge("g_ratio", "G.", registry=registry).set(0.1)
    Histogram("h_seconds", "H.", buckets=(0.1, 1), registry=registry).observe(0.3)
    found = []
    for accept in (ACCEPT, "text/plain"):
        encode, content_type = choose_encoder(accept)
        found.append(values(encode(registry).decode(), content_type))

    created = {labels for labels in found[0] if dict(labels)["__name__"].endswith("_created")}
    assert {k: v for k, v in found[0].items() if k not in created} == {
        k: v for k, v in found[1].items() if k not in created
    }
    assert (("__name__", "c_total"), ("why", 'say "no"\n\\')) in found[0]


def test_targets_are_read_from_words():
    [web, other] = targets_of(["web=http://127.0.0.1:9000", "node=https://[::1]/x?y=1"])

    assert (web.name, web.path) == ("web 127.0.0.1:9000", "/metrics")
    assert (other.name, other.path) == ("node [::1]:443", "/x?y=1")


@pytest.mark.parametrize(
    "words",
    [["http://h:1"], ["a="], ["a=ftp://h"], ["a=http://"], ["a=http://h:x"],
     ["a=http://h:1", "a=http://h:1/other"]],
)  # fmt: skip
def test_bad_targets_are_refused(words):
    with pytest.raises(ValueError, match="got"):
        targets_of(words)


GOOD = """\
# HELP a_s A "x" \\\\ .
# TYPE a_s counter
# UNIT a_s s
a_s_total{b="c\\"d",e="f\\n"} 1.5e3 123 # {trace_id="x"} 0.5 1.2
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="+Inf"} 2
h_sum 0.75
h_count 2
# TYPE s stateset
s{s="a"} 1
# EOF
"""


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(GOOD)),
            st.integers(0, 20),
            st.sampled_from(
                ["{", "}", '"', "\\", "=", ",", " ", "\n", "#", "# TYPE ", "", "{=}", "\0"]
            )
            | st.text(max_size=5),
        ),
        max_size=4,
    ),
    st.sampled_from([TEXT, OPENMETRICS]),
)
@example([(38, 0, "{=}")], TEXT)
def test_whatever_a_target_shows_is_read_or_a_failed_scrape(changes, content_type):
    text = GOOD
    for begin, length, put in changes:
        text = text[:begin] + put + text[begin + length :]

    samples = {}
    with suppress(FetchFailed):
        samples = parse(Page(text.encode(errors="replace"), content_type), TARGET).samples

    assert all(dict(labels)["job"] == "web" for labels in samples)


def test_the_exposition_that_is_changed_above_can_be_read():
    assert len(parsed(GOOD, OPENMETRICS).samples) == 6


def test_a_label_without_a_name_is_a_failed_scrape():
    """The parser raises IndexError for it."""
    with pytest.raises(FetchFailed, match="unreadable"):
        parsed('a{="x"} 1\n')
