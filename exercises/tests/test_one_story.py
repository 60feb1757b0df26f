"""A hand-in on the running site: one trace from form to grade, and nothing private in it."""

import re
from collections import Counter

import pytest

from exercises.tests.http_student import COURSE, hand_in, password_of, signed_in
from lms.telemetry.tests.collector import Collector
from lms.testing.site import running_site, wait_until

pytestmark = pytest.mark.process

SECRET = "canary Wobbegong disk passwords leak"


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Hand in one answer with a collector listening; give what the site and collector have."""
    with Collector() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with running_site(tmp_path_factory.mktemp("site"), **environment) as site:
            session = signed_in(site, "student1")
            answer = {"level-chosen": "debug", "why_info-text": SECRET}
            receipt, _took = hand_in(site, session, answer)
            page = f"{site.address}{COURSE}/submissions/{receipt}/"
            assert wait_until(lambda: 'class="score' in session.get(page).text, within_s=20)
            trace_id = session.get(page).text.split("trace ", 1)[1][:80]
            metrics = session.get(f"http://127.0.0.1:{site.environment['METRICS_PORT']}/metrics")
            private = [
                SECRET,
                "Wobbegong",
                "student1",
                password_of(site, "student1"),
                session.cookies["sessionid"],
                session.cookies["csrftoken"],
            ]
        # The site has stopped: its last spans are flushed.
        yield collector, site, trace_id, metrics.text, private


def _spans_of_hand_in(collector):
    start = next(s for s in collector.spans if s.name.startswith("POST") and "hand-in" in s.name)
    return [span for span in collector.spans if span.trace_id == start.trace_id]


def test_one_trace_leads_from_the_form_to_the_grade(story):
    collector, _site, shown, _metrics, _private = story
    spans = _spans_of_hand_in(collector)
    names = " | ".join(span.name for span in spans)

    assert spans[0].trace_id.hex() in shown
    for step in ("hand-in", "INSERT", "COMMIT", "exercises.grade", "claim", "queue wait",
                 "grader choice", "grader text", "UPDATE"):  # fmt: skip
        assert step in names, names


def test_the_story_has_the_spans_that_its_page_in_the_docs_lists(story):
    spans = _spans_of_hand_in(story[0])
    counted = Counter(re.sub(r"^POST .*", "POST", span.name) for span in spans)

    assert counted == {
        "POST": 1, "SELECT": 11, "BEGIN": 2, "INSERT": 3, "UPDATE": 4, "COMMIT": 2,
        "apply_async/exercises.grade": 1, "queue wait": 1, "run/exercises.grade": 1, "claim": 1,
        "grade submission": 1, "grader choice": 1, "grader text": 1,
    }  # fmt: skip


def test_every_span_of_the_story_has_its_parent_in_it(story):
    spans = _spans_of_hand_in(story[0])
    known = {span.span_id for span in spans}

    assert [
        span.name for span in spans if span.parent_span_id and span.parent_span_id not in known
    ] == []
    assert len([span for span in spans if not span.parent_span_id]) == 1


def test_the_storys_lines_carry_its_trace(story):
    collector = story[0]
    trace_id = _spans_of_hand_in(collector)[0].trace_id
    bodies = {
        record.body.string_value for record in collector.records if record.trace_id == trace_id
    }

    assert {"submission.received", "job.claimed", "submission.graded"} <= bodies


def test_no_criterion_misconception_or_verdict_reaches_the_collector(story):
    """The exercise's criteria are volume and leak; L2 and L3 its misconceptions."""
    collector = story[0]
    told = re.compile(r"\b(volume|leak|inverted|L[23]|full_marks|misconception|certain|score)\b")

    assert "grader text" in collector.text
    assert told.findall(collector.text) == []


def test_nothing_private_reaches_any_sink(story):
    collector, site, _trace_id, metrics, private = story
    terminal = "".join(line for line in site.lines if " | " in line)
    sinks = {"otlp": collector.text, "terminal": terminal, "metrics": metrics}

    leaks = [(sink, word) for sink, text in sinks.items() for word in private if word in text]

    assert "submission.graded" in sinks["otlp"]
    assert "submission.graded" in sinks["terminal"]
    assert "hand_ins_total" in sinks["metrics"]
    assert leaks == []
