"""Whose a trace is, and who may see it."""

import pytest

from lms.observatory.records import LogRecord, Span
from lms.observatory.store.ownership import Ownership, is_line_visible, ownership_of
from lms.observatory.viewing import NOBODY, Viewer

ADA, BEN = Viewer(owner="ada"), Viewer(owner="ben")
TEACHER = Viewer(owner="tea", courses=frozenset({"ops"}), sees_unowned=True)
OPERATOR = Viewer(sees_all=True)
EVERYONE = (NOBODY, ADA, BEN, TEACHER, OPERATOR)


def span(parent="", owner="", course=""):
    return Span(
        trace_id="a" * 32, span_id="b" * 16, parent_id=parent, name="GET", start_ns=1,
        duration_ns=1, owner=owner, course=course,
    )  # fmt: skip


def who_sees(*spans):
    whose = ownership_of(spans)
    return [viewer for viewer in EVERYONE if whose.is_visible_to(viewer)]


@pytest.mark.parametrize(
    ("spans", "seen_by"),
    [
        ([span()], [TEACHER, OPERATOR]),
        ([span(parent="c" * 16)], [OPERATOR]),
        ([span(owner="ada")], [ADA, OPERATOR]),
        ([span(owner="ada", course="ops")], [ADA, TEACHER, OPERATOR]),
        ([span(owner="ada", course="other")], [ADA, OPERATOR]),
        ([span(course="other")], [OPERATOR]),
        ([span(owner="ada"), span(parent="c" * 16, owner="ben")], [OPERATOR]),
        ([span(owner="ada", course="ops"), span(course="other")], [OPERATOR]),
    ],
)
def test_a_trace_is_seen_by_those_whom_it_concerns(spans, seen_by):
    assert who_sees(*spans) == seen_by


def test_a_line_of_a_trace_is_seen_with_the_trace():
    line = LogRecord(time_ns=1, severity=9, body="x", trace_id="a" * 32)
    hers = Ownership(owner="ada", course="ops", has_root=True)

    assert [v for v in EVERYONE if is_line_visible(line, hers, v)] == [ADA, TEACHER, OPERATOR]


def test_a_line_that_names_another_owner_than_its_trace_is_the_operators():
    line = LogRecord(time_ns=1, severity=9, body="x", trace_id="a" * 32, owner="ben")
    hers = Ownership(owner="ada", has_root=True)

    assert [v for v in EVERYONE if is_line_visible(line, hers, v)] == [OPERATOR]


def test_a_line_whose_trace_has_not_arrived_is_not_yet_nobodys():
    line = LogRecord(time_ns=1, severity=9, body="x", trace_id="a" * 32)

    assert [v for v in EVERYONE if is_line_visible(line, None, v)] == [OPERATOR]


def test_a_line_outside_any_trace_is_nobodys():
    line = LogRecord(time_ns=1, severity=9, body="x")

    assert [v for v in EVERYONE if is_line_visible(line, None, v)] == [TEACHER, OPERATOR]
