"""OTLP's JSON: where it differs from protobuf's own mapping, and what is no request."""

import json

import pytest

from lms.observatory.collector.refusal import Undecodable
from lms.observatory.collector.tests.running import NOW_NS, line, logs_of, span, text, traces_of
from lms.observatory.collector.tests.test_intake import line_of, span_of, taken


def test_ids_are_hex_in_either_case():
    assert span_of(spanId="EEE19B7EC3C1B174").span_id == "eee19b7ec3c1b174"


def test_names_with_underlines_are_unknown_fields():
    kept = span_of(parent_span_id="ab" * 8, status_message="x", newField={"deep": [1, None]})

    assert kept.parent_id == ""


def test_times_are_strings_or_numbers():
    assert span_of(startTimeUnixNano=NOW_NS, endTimeUnixNano=str(NOW_NS)).duration_ns == 0
    assert span_of(startTimeUnixNano=str(NOW_NS), endTimeUnixNano=NOW_NS).duration_ns == 0


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (2, "server"),
        ("2", "server"),
        ("SPAN_KIND_CONSUMER", "consumer"),
        ("SPAN_KIND_OF_TOMORROW", "internal"),
    ],
)
def test_enums_are_numbers_and_names_are_understood(kind, word):
    assert span_of(kind=kind).kind == word


def test_a_severity_may_be_a_name():
    assert line_of(severityNumber="SEVERITY_NUMBER_WARN2").severity == 14
    assert span_of(status={"code": "STATUS_CODE_ERROR"}).status == "error"


def test_null_is_absent():
    nulls = dict.fromkeys(("parentSpanId", "kind", "status", "attributes", "events", "links"))

    assert span_of(**nulls).parent_id == ""
    assert line_of(body=None).body == ""


def test_a_byte_order_mark_is_passed_over(collector):
    body = b"\xef\xbb\xbf" + json.dumps(traces_of(span())).encode()

    assert collector.post("/v1/traces", body, content_type="application/json")[0] == 200
    assert len(collector.spans()) == 1


WRONG = [
    {"name": 5}, {"traceId": 5}, {"kind": []}, {"kind": 1.5}, {"kind": True},
    {"startTimeUnixNano": -1}, {"startTimeUnixNano": "1e9"}, {"startTimeUnixNano": 2**64},
    {"startTimeUnixNano": "9" * 10_000}, {"startTimeUnixNano": "\u0661"},
    {"startTimeUnixNano": " 1"},
    {"status": []}, {"attributes": {}}, {"attributes": ["x"]}, {"events": "x"}, {"links": [None]},
    {"attributes": [{"key": 1}]}, {"attributes": [{"key": "k", "value": "v"}]},
]  # fmt: skip
WRONG_VALUES = [
    {"stringValue": 1}, {"boolValue": "true"}, {"intValue": "x"}, {"intValue": 2**63},
    {"intValue": True}, {"intValue": 1.5}, {"doubleValue": "x"}, {"doubleValue": True},
    {"doubleValue": "nan"}, {"bytesValue": "a"}, {"bytesValue": "\u00e9"}, {"arrayValue": []},
    {"arrayValue": {"values": [1]}}, {"kvlistValue": {"values": [[]]}},
]  # fmt: skip


@pytest.mark.parametrize("more", WRONG, ids=str)
def test_a_field_of_the_wrong_type_is_undecodable(more):
    with pytest.raises(Undecodable, match=r"must be"):
        taken(traces_of(span(**more)))


@pytest.mark.parametrize("value", WRONG_VALUES, ids=str)
def test_a_value_of_the_wrong_type_is_undecodable(value):
    with pytest.raises(Undecodable, match=r"must be"):
        taken(logs_of(line(body=value)), "logs")


def test_an_error_repeats_nothing_of_what_was_sent():
    with pytest.raises(Undecodable) as error:
        taken(traces_of(span(kind="canary " * 3, name={"canary": "canary"})))

    assert "canary" not in error.value.message


def test_a_whole_float_is_a_whole_number():
    assert line_of(severityNumber=9.0).severity == 9
    assert line_of(body={"doubleValue": 2}).body == "2.0"
    assert line_of(body=text("")).body == ""
