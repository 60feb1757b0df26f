"""The page of one trace."""

import re

import pytest

from lms.observatory.records import WARNING, SpanLink
from lms.observatory.tests.story import TRACE_ID, line, span, sql, stored
from lms.observatory.views.tests.reading_pages import words


def test_a_trace_says_what_when_and_how_long(read, keep):
    keep()

    text = words(read("trace", TRACE_ID))

    for fact in ("1.02 s in all", "13 spans", "2 services: watchers-web, watchers-worker",
                 "3 log lines", "2 spans failed", "UTC"):  # fmt: skip
        assert fact in text


def test_times_stand_in_the_courses_zone_and_in_utc(read, keep, course):
    course.zone = "Asia/Tokyo"
    course.save()
    keep()

    found = re.search(r"started \d+ \w+ \d+, (\d\d).* Asia/Tokyo \( ?(\d\d):.* UTC\)",
                      words(read("trace", TRACE_ID)))  # fmt: skip

    assert (int(found[1]) - int(found[2])) % 24 == 9


def test_a_trace_says_where_its_errors_began(read, keep):
    spans, _ = keep()
    (began,) = (one for one in spans if one.events)

    assert f'href="?span={began.span_id}#span">grader text</a>' in read("trace", TRACE_ID)


def test_a_trace_says_what_the_time_on_the_critical_path_went_into(read, keep):
    keep()

    text = words(read("trace", TRACE_ID))

    assert "queue 240 ms 24 %" in text
    assert "no span 410 ms 40 %" in text
    assert "queue 240 ms 248 ms" in text  # on the path, and with the publishing that was not


def test_a_trace_says_what_is_missing(read, telemetry, owner):
    post = span("POST", 0, 50, owner=owner.pseudonym)
    begin = sql("BEGIN IMMEDIATE", 5, 1, post)
    publish = span("apply_async/exercises.grade", 10, 2, post, kind="producer")
    orphan = span("GET", 200, 5, "e" * 16)
    early = span("fetch", -5, 20, post)
    stored(telemetry, [post, begin, publish, orphan, early])

    text = words(read("trace", TRACE_ID))

    assert "No COMMIT came after BEGIN" in text
    assert "No worker took up “apply_async/exercises.grade” yet" in text
    assert "1 span names a parent that is not here" in text
    assert "For 150 ms no span ran, from 55 ms to 205 ms after the start" in text
    assert "“fetch” (watchers-web) starts 5 ms before its parent “POST”" in text


def test_a_whole_trace_misses_nothing(read, telemetry, owner):
    post = span("POST", 0, 50, owner=owner.pseudonym)
    commit = span("COMMIT", 9, 1, post, attributes={"db.system.name": "sqlite"})
    stored(telemetry, [post, sql("BEGIN", 5, 1, post), commit])

    assert "What is not here" not in read("trace", TRACE_ID)


def test_a_trace_without_its_first_span_says_so(read, telemetry, owner):
    stored(telemetry, [span("claim", 0, 5, "e" * 16, owner=owner.pseudonym)])

    assert "The first span is not here" in words(read("trace", TRACE_ID))


def test_a_chosen_span_shows_its_frames_attributes_lines_and_links(read, telemetry, owner, keep):
    spans, _lines = keep()
    (failed,) = (one for one in spans if one.events)
    told = line("grader.failed", 468, failed, WARNING, at_ns=spans[0].start_ns, kind="text")
    stored(telemetry, [], [told])

    text = words(read("trace", TRACE_ID, span=failed.span_id))

    for fact in ("The error began here", "exercises.kinds.text.kind:grade:60", "error: MemoryError",
                 "Parent grade submission", "160 ms without its children", "grader.failed",
                 "service.name watchers-worker"):  # fmt: skip
        assert fact in text


def test_a_chosen_span_leads_to_the_traces_that_it_names(read, telemetry, owner):
    link = SpanLink("d" * 32, "c" * 16)
    one = span("sweep", owner=owner.pseudonym, links=(link,))
    stored(telemetry, [one])

    text = read("trace", TRACE_ID, span=one.span_id)

    assert f'href="/observe/traces/{link.trace_id}/?span={link.span_id}#span"' in text
    assert "it opens if you may see that" in text


def test_a_computed_span_says_that_nobody_measured_it(read, keep):
    spans, _ = keep()
    (wait,) = (one for one in spans if one.name == "queue wait")

    assert "Nobody measured this span" in read("trace", TRACE_ID, span=wait.span_id)


def test_a_span_that_is_not_in_the_trace_is_said_to_be_absent(read, keep):
    keep()

    assert "The span of this address is not in the trace" in read("trace", TRACE_ID, span="0" * 16)


def test_alike_spans_unfold_by_a_link(read, keep):
    keep(selects=31)

    folded, unfolded = read("trace", TRACE_ID), read("trace", TRACE_ID, unfold=1)

    assert 'href="?unfold=1"' in folded
    assert unfolded.count(">SELECT t</a>") == 31
    assert folded.count(">SELECT t</a>") == 0


def test_statements_of_a_trace_stand_grouped_without_values(read, keep):
    keep(selects=31)

    assert "SELECT * FROM t WHERE id = ? 31 18.6 ms 600 µs" in words(read("trace", TRACE_ID))


def test_a_trace_that_is_not_there_says_why_it_may_not_be(read, db):
    text = words(read("trace", "0" * 32))

    for reason in (
        "not arrived yet",
        "older than what is kept",
        "lost on the way",
        "somebody else",
    ):
        assert reason in text


def test_telemetry_never_becomes_markup(read, telemetry, owner):
    nasty = span("<script>x</script>", owner=owner.pseudonym, attributes={"<b>": "<img src=x>"})
    stored(telemetry, [nasty], [line("<i>", 1, nasty, **{"<u>": "<a>"})])

    for text in (read("trace", TRACE_ID, span=nasty.span_id), read("traces", range="all"),
                 read("logs", range="all"), read("pulse", TRACE_ID)):  # fmt: skip
        assert "<script>x" not in text
        assert "<img" not in text
        assert "<i>" not in text
        assert "<u>" not in text


def test_a_trace_of_no_length_has_a_page(read, telemetry, owner):
    stored(telemetry, [span("GET", 0, 0, owner=owner.pseudonym)])

    assert "0 ms in all" in words(read("trace", TRACE_ID))


@pytest.mark.parametrize("role", ["owner", "instructor", "operator"])
def test_a_trace_says_whose_it_is(client, people, keep, course, role):
    keep()
    client.force_login(people[role])

    text = words(client.get(f"/observe/traces/{TRACE_ID}/").content.decode())

    whose = "yours" if role == "owner" else f"of {people['owner'].pseudonym}"
    assert f"{whose}, {course.slug}" in text


def test_a_trace_of_the_site_itself_is_nobodys(client, people, keep):
    keep(owner="", course="")
    client.force_login(people["operator"])

    assert "nobody's" in words(client.get(f"/observe/traces/{TRACE_ID}/").content.decode()).replace(
        "&#x27;", "'"
    )
