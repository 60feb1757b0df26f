"""What a regrade says of itself: traces of its own, and nothing that a person wrote."""

from structlog.testing import capture_logs

from exercises import regrading
from exercises.batches import running
from exercises.models import RegradeBatch
from exercises.tests.factories import UserFactory
from exercises.tests.regrading.steps import begin, new_version, previewed, work_off
from lms.telemetry import traces
from lms.telemetry.tests.fixtures import spans

__all__ = ["spans"]  # a fixture


def test_a_slice_is_a_trace_of_its_own_linked_to_its_order(work, graded, spans):
    with traces.span("hand-in"):
        graded("wrong")
    with traces.span("order"):
        batch = begin(work.exercise)
    with traces.span("task"):
        running.run_slice(batch.pk)

    made = {span.name: span for span in spans()}
    piece, order, task = made["regrade slice"], made["order"], made["task"]
    linked = {link.context.trace_id for link in piece.links}
    assert piece.parent is None
    assert linked == {order.context.trace_id, task.context.trace_id}
    assert piece.context.trace_id not in {made["hand-in"].context.trace_id, *linked}


def test_no_line_holds_a_reason_or_an_answer(work, graded):
    with capture_logs() as lines:
        graded("wrong")
        batch = previewed(work.exercise, version=new_version(work.exercise), reason="Wobbegong")
        regrading.apply(batch=batch, actor=UserFactory())
        work_off(batch)

    said = str([line for line in lines if line["event"].startswith("regrade.")])
    assert "regrade.state_changed" in said
    assert "Wobbegong" not in str(lines)
    assert "wrong" not in said


def test_a_student_s_status_never_shows_a_regrade(work, graded):
    (submission,) = graded("wrong")
    batch = begin(work.exercise)

    assert submission.jobs.count() == 1
    assert work_off(batch).state == RegradeBatch.State.READY
    assert submission.jobs.count() == 1
