"""One slice of a batch's work: short, and none while a fresh answer waits for its grade."""

from __future__ import annotations

import time
from datetime import timedelta

from exercises import grading
from exercises.batches import leasing
from exercises.batches.applying import apply_chunk
from exercises.batches.previewing import preview_chunk
from exercises.batches.undoing import undo_chunk
from exercises.models import RegradeBatch
from lms.telemetry import metrics, traces

# A worker process is busy with a batch this long, then free for three times as long: a quarter of
# one process, whatever there is to do.
SLICE_S = 0.1
PAUSE = timedelta(seconds=0.3)
# Fresh answers wait: the batch stands back for longer.
STAND_BACK = timedelta(seconds=0.5)

_STEPS = {
    RegradeBatch.State.PREVIEWING: preview_chunk,
    RegradeBatch.State.APPLYING: apply_chunk,
    RegradeBatch.State.UNDOING: undo_chunk,
}


def run_slice(batch_id: int) -> timedelta | None:
    """Work on a due batch for SLICE_S; give when to go on, None when nothing is left to do here.

    May run any number of times, anywhere: only the holder of the lease writes. Never raises for a
    fault of its work: that is noted on the batch and tried again.
    """
    lease = leasing.claim(batch_id)
    if lease is None:
        return None
    batch = lease.batch
    with traces.own_trace(
        "regrade slice", link_to=[batch.traceparent],
        batch=batch_id, course=batch.exercise.course.slug, state=str(batch.state),
    ):  # fmt: skip
        started = time.perf_counter()
        pause = _work(lease)
        metrics.REGRADE_SLICE_SECONDS.labels(state=str(batch.state)).observe(
            time.perf_counter() - started
        )
    return pause


def _work(lease: leasing.Lease) -> timedelta | None:
    step = _STEPS.get(RegradeBatch.State(lease.batch.state))
    if step is None:
        return None  # cancelled between its claim and its reading
    until = time.monotonic() + SLICE_S
    try:
        while time.monotonic() < until:
            if grading.is_job_due():
                leasing.release(lease, pause=STAND_BACK)
                return STAND_BACK
            if not step(lease, until=until):
                return None
    except Exception as error:  # noqa: BLE001 - the batch is tried again, and then buried by name
        leasing.fail(lease, error_class=type(error).__name__)
        return None
    leasing.release(lease, pause=PAUSE)
    return PAUSE
