"""Spans of our own: parents, links, owners, and what the exporter lets through."""

from datetime import UTC, datetime, timedelta

from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Status, StatusCode

from lms.telemetry import traces
from lms.telemetry.spans import redacted

STORED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STORED_TRACE = 0x0AF7651916CD43DD8448EB211C80319C
MOMENT = datetime(2026, 11, 22, 10, tzinfo=UTC)


def exported(span):
    return redacted(span, Resource.get_empty())


def test_outside_a_span_there_is_no_id():
    assert (traces.current_trace_id(), traces.current_traceparent()) == ("", "")


def test_a_traceparent_can_be_continued_later(spans):
    with traces.span("hand in"):
        stored = traces.current_traceparent()

    with traces.continued(stored, "grade submission"):
        pass

    first, later = spans()
    assert later.parent.span_id == first.context.span_id
    assert later.context.trace_id == first.context.trace_id


def test_a_sweeper_continues_the_stored_trace_and_is_linked(spans):
    with traces.span("sweep"), traces.continued(STORED, "grade submission"):
        pass

    graded, sweep = spans()
    assert graded.context.trace_id == STORED_TRACE
    assert [link.context.span_id for link in graded.links] == [sweep.context.span_id]


def test_a_task_in_the_stored_trace_is_the_parent(spans):
    with traces.continued(STORED, "task"), traces.continued(STORED, "grade submission"):
        pass

    graded, task = spans()
    assert graded.parent.span_id == task.context.span_id
    assert graded.links == ()


def test_an_unreadable_traceparent_begins_a_trace(spans):
    for stored in ("", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"):
        with traces.continued(stored, "grade submission"):
            pass

    assert [span.parent for span in spans()] == [None] * 3


def test_batch_work_stands_in_a_trace_of_its_own(spans):
    with traces.continued(STORED, "request"), traces.own_trace("regrade", link_to=[STORED]):
        pass

    regrade, _request = spans()
    assert regrade.parent is None
    assert regrade.context.trace_id != STORED_TRACE
    assert len(regrade.links) == 2


def test_a_computed_span_is_marked(spans):
    with traces.span("grade"):
        traces.recorded("queue wait", start=MOMENT, end=MOMENT + timedelta(seconds=2))

    wait = exported(spans()[0])
    assert wait.end_time - wait.start_time == 2_000_000_000
    assert wait.attributes == {"watchers.computed": True}


def test_a_computed_span_without_an_end_is_not_made(spans):
    traces.recorded("queue wait", start=MOMENT, end=None)
    traces.recorded("queue wait", start=MOMENT, end=MOMENT - timedelta(seconds=1))

    assert spans() == []


def test_the_owner_stands_on_the_span(spans):
    with traces.span("view"):
        traces.set_owner("a1b2c3", "backend-operations")

    assert exported(spans()[0]).attributes == {
        "watchers.owner": "a1b2c3",
        "watchers.course": "backend-operations",
    }


def test_a_foreign_status_description_is_replaced_by_the_type(spans):
    try:
        with traces.span("grade"):
            raise ValueError("page nobody")  # noqa: TRY301
    except ValueError:
        pass

    span = exported(spans()[0])
    assert span.status.description == "ValueError"
    assert set(span.events[0].attributes) == {"exception.type", "exception.stacktrace"}
    assert "page nobody" not in str(span.to_json())


def test_an_exception_event_made_by_others_loses_message_and_stack(spans):
    with traces.span("task") as made:
        made.add_event("exception", {"exception.type": "E", "exception.message": "page nobody"})
        made.set_status(Status(StatusCode.ERROR, "page nobody"))

    assert "page nobody" not in exported(spans()[0]).to_json()


def test_statements_lose_their_literals(spans):
    with traces.span("SELECT") as made:
        made.set_attribute("db.query.text", "SELECT 1 FROM t WHERE a = 'it''s me' AND b = %s")

    text = exported(spans()[0]).attributes["db.query.text"]
    assert text == "SELECT 1 FROM t WHERE a = ? AND b = %s"


def test_a_stored_null_looks_like_any_other_value(spans):
    with traces.span("UPDATE") as made:
        made.set_attribute("db.query.text", "UPDATE t SET points = NULL, a = %s WHERE b IS NULL")

    text = exported(spans()[0]).attributes["db.query.text"]
    assert text == "UPDATE t SET points = %s, a = %s WHERE b IS NULL"


def test_a_lost_piece_of_work_says_so_in_words(spans):
    with traces.span("sweep"):
        traces.recorded("lost try", under=STORED, start=MOMENT, end=MOMENT, is_lost=True)

    lost = exported(spans()[0])
    assert lost.context.trace_id == STORED_TRACE
    assert (lost.status.status_code, lost.status.description) == (
        StatusCode.ERROR,
        "never reported back",
    )


def test_a_computed_span_has_the_same_id_each_time_and_others_never(spans):
    for _ in range(2):
        traces.recorded("queue wait", under=STORED, start=MOMENT, end=MOMENT)
        with traces.continued(STORED, "grade submission"):
            pass
    traces.recorded("queue wait", under=STORED, start=MOMENT + timedelta(seconds=1), end=MOMENT)
    traces.recorded("lost try", under=STORED, start=MOMENT, end=MOMENT)

    ids = [span.context.span_id for span in spans()]
    wait, try_1, again, try_2, lost = ids
    assert wait == again
    assert len({wait, try_1, try_2, lost}) == 4
