"""What is kept of a stranger's records, what is rejected, and whose word counts."""

import json

import pytest

from lms.observatory.collector import limits
from lms.observatory.collector.decoding import decode
from lms.observatory.collector.intake import Intake
from lms.observatory.collector.tests.running import (
    DAY_NS,
    JSON,
    NOW_NS,
    OTHER_KEY,
    attributes,
    line,
    logs_of,
    span,
    text,
    traces_of,
)
from lms.observatory.records import SITE, SpanEvent, SpanLink

SECOND_NS = 10**9


def taken(told, signal="traces", *, tenant=SITE):
    """Give the intake of a request."""
    intake = Intake(tenant, now_ns=NOW_NS, oldest_ns=NOW_NS - 30 * DAY_NS)
    decode(json.dumps(told).encode(), intake, signal=signal, content_type=JSON, is_gzip=False)
    return intake


def span_of(*, tenant=SITE, **more):
    """Give the one span that is kept."""
    (kept,) = taken(traces_of(span(**more)), tenant=tenant).batch.spans
    return kept


def line_of(*, tenant=SITE, scope="", **more):
    (kept,) = taken(logs_of(line(**more), scope=scope), "logs", tenant=tenant).batch.logs
    return kept


def test_a_span_keeps_all_that_it_said():
    kept = span_of(
        parentSpanId="00F067AA0BA902B7", kind=3, status={"code": 2, "message": "ValueError"},
        attributes=attributes(route="x"),
        events=[{"timeUnixNano": NOW_NS, "name": "retry", "attributes": attributes(number="1")}],
        links=[{"traceId": "ab" * 16, "spanId": "cd" * 8}],
    )  # fmt: skip

    assert kept.trace_id == "5b8efff798038103d269b633813fc60c"
    assert (kept.span_id, kept.parent_id) == ("eee19b7ec3c1b174", "00f067aa0ba902b7")
    assert (kept.name, kept.kind, kept.start_ns, kept.duration_ns) == (
        "work",
        "client",
        NOW_NS,
        1000,
    )
    assert (kept.status, kept.status_message) == ("error", "ValueError")
    assert kept.attributes == {"route": "x"}
    assert kept.events == (SpanEvent(NOW_NS, "retry", {"number": "1"}),)
    assert kept.links == (SpanLink("ab" * 16, "cd" * 8),)
    assert kept.scope == "tests"


def test_a_line_keeps_all_that_it_said():
    kept = line_of(
        scope="lms.request", eventName="request.finished", severityNumber=17,
        traceId="ab" * 16, spanId="cd" * 8, attributes=attributes(route="x"),
    )  # fmt: skip

    assert (kept.time_ns, kept.severity, kept.level) == (NOW_NS, 17, "error")
    assert (kept.body, kept.event, kept.logger) == ("happened", "request.finished", "lms.request")
    assert (kept.trace_id, kept.span_id) == ("ab" * 16, "cd" * 8)
    assert kept.attributes == {"route": "x"}


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("bad_id", {"traceId": ""}),
        ("bad_id", {"traceId": "00" * 16}),
        ("bad_id", {"traceId": "ab" * 15}),
        ("bad_id", {"traceId": "zz" * 16}),
        ("bad_id", {"spanId": "00" * 8}),
        ("bad_id", {"spanId": "ab"}),
        ("bad_id", {"parentSpanId": "ab" * 16}),
        ("bad_time", {"endTimeUnixNano": NOW_NS - 1}),
        ("too_old", {"startTimeUnixNano": 0}),
        ("too_old", {"startTimeUnixNano": NOW_NS - 31 * DAY_NS}),
        ("in_future", {"endTimeUnixNano": NOW_NS + 700 * SECOND_NS}),
        ("in_future", {"endTimeUnixNano": 2**64 - 1}),
    ],
)
def test_a_span_that_cannot_be_is_rejected_with_its_reason(reason, more):
    intake = taken(traces_of(span(**more), span()))

    assert intake.rejected == {reason: 1}
    assert intake.kept == 1
    assert intake.message.startswith("1 rejected: ")


@pytest.mark.parametrize(
    ("reason", "time_ns"),
    [("too_old", NOW_NS - 31 * DAY_NS), ("in_future", NOW_NS + 700 * SECOND_NS)],
    ids=["too_old", "in_future"],  # alike in every process of a parallel run
)
def test_a_line_of_an_impossible_time_is_rejected(reason, time_ns):
    assert taken(logs_of(line(timeUnixNano=time_ns)), "logs").rejected == {reason: 1}


def test_a_clock_that_is_a_little_ahead_is_believed():
    assert span_of(endTimeUnixNano=NOW_NS + 60 * SECOND_NS).duration_ns == 60 * SECOND_NS


def test_zeroes_for_a_parent_mean_none():
    assert span_of(parentSpanId="0" * 16).parent_id == ""


def test_a_line_without_a_time_has_the_one_at_which_it_was_seen():
    assert line_of(timeUnixNano=0, observedTimeUnixNano=str(NOW_NS - 5)).time_ns == NOW_NS - 5
    assert line_of(timeUnixNano=0).time_ns == NOW_NS


@pytest.mark.parametrize("trace_id", ["ab" * 4, "no hex"])
def test_a_line_with_a_bad_trace_id_is_kept_without_it(trace_id):
    intake = taken(logs_of(line(traceId=trace_id, spanId="cd" * 8)), "logs")

    (kept,) = intake.batch.logs
    assert (kept.trace_id, kept.span_id) == ("", "")
    assert "without their trace" in intake.message


def test_the_sites_word_on_owner_and_course_is_moved_out_of_the_attributes():
    whose = [
        *attributes(rest="x"),
        *attributes(**{"watchers.owner": "p1", "watchers.course": "c1"}),
    ]
    kept = span_of(attributes=whose)
    of_line = line_of(attributes=attributes(pseudonym="p1", course="c1", rest="x"))

    assert (kept.owner, kept.course, kept.attributes) == ("p1", "c1", {"rest": "x"})
    assert (of_line.owner, of_line.course, of_line.attributes) == ("p1", "c1", {"rest": "x"})


def test_a_strangers_word_on_owner_and_course_is_not_believed():
    kept = span_of(tenant="acme", attributes=attributes(**{"watchers.owner": "p1"}))
    of_line = line_of(tenant="acme", attributes=attributes(pseudonym="p1", course="c1"))

    assert (kept.owner, kept.course) == ("", "")
    assert (of_line.owner, of_line.course) == ("", "")


def test_an_owner_that_is_no_text_is_nobody():
    odd = [{"key": "watchers.owner", "value": {"intValue": 3}}]

    assert span_of(attributes=odd).owner == ""


def test_our_own_lines_name_their_logger_among_the_attributes():
    kept = line_of(attributes=attributes(logger="lms.request", rest="x"))

    assert (kept.logger, kept.attributes) == ("lms.request", {"rest": "x"})


VALUES = {
    "text": ({"stringValue": "a"}, "a"),
    "int as string": ({"intValue": "-9007199254740993"}, -9007199254740993),
    "int": ({"intValue": 7}, 7),
    "bool": ({"boolValue": True}, True),
    "double": ({"doubleValue": 1.5}, 1.5),
    "double as string": ({"doubleValue": "1.5"}, 1.5),
    "infinite": ({"doubleValue": "-Infinity"}, "-inf"),
    "nan": ({"doubleValue": "NaN"}, "nan"),
    "bytes": ({"bytesValue": "aGk="}, "aGk="),
    "unset": ({}, ""),
    "list": ({"arrayValue": {"values": [text("a"), {"intValue": 1}]}}, ("a", 1)),
    "empty list": ({"arrayValue": {}}, ()),
    "map": ({"kvlistValue": {"values": attributes(a="b")}}, '{"a": "b"}'),
    "list of lists": (
        {"arrayValue": {"values": [{"arrayValue": {"values": [text("a")]}}]}},
        '[["a"]]',
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_each_kind_of_value_has_a_plain_form(name):
    given, plain = VALUES[name]

    kept = span_of(attributes=[{"key": "k", "value": given}])

    assert kept.attributes == {"k": plain}
    assert type(kept.attributes["k"]) is type(plain)


def test_what_is_nested_too_deep_is_cut():
    value = text("bottom")
    for _ in range(100):
        value = {"arrayValue": {"values": [value]}}

    intake = taken(traces_of(span(attributes=[{"key": "k", "value": value}])))

    (kept,) = intake.batch.spans
    assert "[too deep]" in kept.attributes["k"]
    assert len(kept.attributes["k"]) < 100


def test_a_body_that_is_a_map_is_json():
    assert line_of(body={"kvlistValue": {"values": attributes(a="b")}}).body == '{"a": "b"}'
    assert line_of(body={"arrayValue": {"values": [{"intValue": "1"}]}}).body == "[1]"


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ud800", "\r"])
def test_control_signs_are_replaced_and_counted(sign):
    intake = taken(traces_of(span(name=f"a{sign}b", attributes=attributes(k=f"{sign}"))))

    (kept,) = intake.batch.spans
    assert (kept.name, kept.attributes) == ("a\ufffdb", {"k": "\ufffd"})
    assert intake.message.startswith("2 texts were cleaned")
    kept.name.encode()


def test_lines_and_languages_stay_as_they_are():
    words = "first\n\tsecond \u65e5\u672c \U0001f600 e\u0301"

    assert line_of(body=text(words)).body == words


TOO_MUCH = {
    "key": (attributes(**{"k" * 201: "v"}), lambda kept: set(kept.attributes) == {"k" * 200}),
    "value": (attributes(k="v" * 4001), lambda kept: len(kept.attributes["k"]) == 4000),
    "attributes": (
        attributes(**{f"k{n}": "v" for n in range(130)}),
        lambda kept: len(kept.attributes) == limits.ATTRIBUTES_MAX,
    ),
    "items": (
        [{"key": "k", "value": {"arrayValue": {"values": [text("v")] * 130}}}],
        lambda kept: len(kept.attributes["k"]) == limits.ITEMS_MAX,
    ),
    "items together": (
        [{"key": "k", "value": {"arrayValue": {"values": [text("v" * 3000)] * 3}}}],
        lambda kept: len("".join(kept.attributes["k"])) == limits.VALUE_MAX,
    ),
    "bytes": (
        [{"key": "k", "value": {"bytesValue": "QUJD" * 2000}}],
        lambda kept: len(kept.attributes["k"]) == limits.VALUE_MAX,
    ),
    "no key": ([{"value": text("v")}], lambda kept: kept.attributes == {}),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_cut_and_told(what):
    given, is_cut = TOO_MUCH[what]

    intake = taken(traces_of(span(attributes=given)))

    (kept,) = intake.batch.spans
    assert is_cut(kept)
    assert intake.message
    assert not intake.rejected


def test_the_last_of_two_attributes_of_one_name_stays():
    assert span_of(attributes=[*attributes(k="1"), *attributes(k="2")]).attributes == {"k": "2"}


def test_events_and_links_past_the_limit_are_left_out():
    event = {"timeUnixNano": NOW_NS, "name": "e"}
    link = {"traceId": "ab" * 16, "spanId": "cd" * 8}

    intake = taken(traces_of(span(events=[event] * 200, links=[link] * 200)))

    (kept,) = intake.batch.spans
    assert len(kept.events) == limits.EVENTS_MAX
    assert len(kept.links) == limits.LINKS_MAX
    assert intake.message.startswith("144 ")


def test_an_event_of_an_impossible_time_and_a_link_to_nothing_are_left_out():
    kept = span_of(
        events=[{"timeUnixNano": str(2**64 - 1)}, {"timeUnixNano": 0}],
        links=[{"traceId": "ab", "spanId": "cd"}],
    )

    assert (kept.events, kept.links) == ((), ())


def test_names_are_cut():
    kept = span_of(name="n" * 1000, status={"message": "m" * 5000})

    assert (len(kept.name), len(kept.status_message)) == (limits.NAME_MAX, limits.VALUE_MAX)


def test_a_request_of_too_many_records_is_cut_and_the_rest_rejected(monkeypatch):
    monkeypatch.setattr(limits, "RECORDS_MAX", 2)

    intake = taken(traces_of(*[span(spanId=f"{n:016x}") for n in range(1, 6)]))

    assert (intake.kept, intake.rejected) == (2, {"too_many": 3})


def test_unknown_enums_are_unset():
    kept = span_of(kind=99, status={"code": 99})

    assert (kept.kind, kept.status) == ("internal", "unset")
    assert line_of(severityNumber=99).severity == 0


@pytest.mark.parametrize("number", [-1, 2**31])
def test_enums_out_of_bounds_are_unset(number):
    assert span_of(kind=number).kind == "internal"


def test_another_tenants_records_are_kept_apart(collector):
    collector.post_json("/v1/traces", traces_of(span()), key=OTHER_KEY)

    assert len(collector.spans("acme")) == 1
    assert collector.spans() == []
