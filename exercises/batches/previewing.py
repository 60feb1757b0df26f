"""A batch's preview: results go to its rows, no grade is written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from exercises import release_control
from exercises.batches import leasing
from exercises.batches.candidates import candidates_of
from exercises.batches.judging import is_taken, row_for, skipped
from exercises.models import RegradeBatch, RegradeRow
from lms.telemetry import metrics

if TYPE_CHECKING:
    from exercises.batches.candidates import Candidate
    from exercises.batches.leasing import Lease

# So many answers and their grades are in memory at a time.
CHUNK = 25


def preview_chunk(lease: Lease, *, until: float) -> bool:
    """Look at the next answers and store their rows; give whether the batch is still ours to do.

    until: time.monotonic() at which it stops short; at least one answer is looked at.
    """
    found = candidates_of(lease.batch, size=1 if lease.is_after_failure else CHUNK)
    if not found:
        leasing.end(lease, RegradeBatch.State.READY, previewed_at=Now())
        return False
    off = release_control.switched_off(exercise_id=lease.batch.exercise_id)
    rows: list[RegradeRow] = []
    seen: list[int] = []
    for candidate in found:
        rows += _rows(lease, candidate, off=off)
        seen.append(candidate.submission.pk)
        if time.monotonic() > until:
            break
    return _store(lease, rows, count=len(seen), cursor=seen[-1])


def _rows(
    lease: Lease, candidate: Candidate, *, off: frozenset[release_control.PartKey]
) -> list[RegradeRow]:
    if not is_taken(lease.batch, candidate):
        return []
    if lease.is_desperate:
        row = RegradeRow(batch=lease.batch, submission=candidate.submission, base=candidate.head)
        return [skipped(row, RegradeRow.Skip.GRADER_FAILED, error_class="WorkerLost")]
    return [row_for(lease.batch, candidate, off=off)]


@transaction.atomic
def _store(lease: Lease, rows: list[RegradeRow], *, count: int, cursor: int) -> bool:
    """Write rows and cursor together: a killed slice leaves both or neither."""
    if not leasing.hold(lease, cursor=cursor, looked_at=F("looked_at") + count):
        return False
    RegradeRow.objects.bulk_create(rows)
    lease.batch.cursor = cursor
    metrics.REGRADE_ROWS.labels(step="previewed").inc(len(rows))
    return True
