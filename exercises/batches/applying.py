"""A batch's results into the chains: exactly what the preview showed, each in its transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from exercises import release_control, revealing, summaries
from exercises.batches import leasing
from exercises.models import (
    Grade,
    GradeProposal,
    GradingJob,
    RegradeBatch,
    RegradeRow,
    WorkItem,
)
from lms.telemetry import metrics

if TYPE_CHECKING:
    from exercises.batches.leasing import Lease

# So many rows are in memory at a time.
CHUNK = 10
Outcome = RegradeRow.Outcome


def apply_chunk(lease: Lease, *, until: float) -> bool:
    """Deal with the next rows; give whether the batch is still ours to do.

    Rows without a change are passed over: they are never handled.
    """
    waiting = (*RegradeRow.WRITABLE, Outcome.PROPOSAL)
    rows = list(
        RegradeRow.objects.filter(
            batch=lease.batch, outcome__in=waiting, handled_at__isnull=True,
            pk__gt=lease.batch.cursor,
        )
        .select_related("submission__version", "base__version")
        .defer(
            "submission__answers", "submission__policy", "submission__version__content",
            "base__version__content",
        )
        .order_by("pk")[:CHUNK]
    )  # fmt: skip
    if not rows:
        leasing.end(lease, RegradeBatch.State.APPLIED, applied_at=Now())
        return False
    for row in rows:
        if not apply_row(lease, row):
            return False
        lease.batch.cursor = row.pk
        if time.monotonic() > until:
            break
    return True


@transaction.atomic
def apply_row(lease: Lease, row: RegradeRow) -> bool:
    """Write one row's result under its work item's lock; False when the batch is no longer ours.

    Left out when another grade holds by now than the preview saw.
    """
    item = locked_item(row)
    if not leasing.hold(lease, cursor=row.pk):
        return False
    head = Grade.objects.heads().filter(submission=row.submission_id).first()
    if (head.pk if head else None) != row.base_id or _is_being_graded(row, head):
        row.outcome, row.reason = Outcome.SKIPPED, RegradeRow.Skip.CHAIN_MOVED
        step = "skipped"
    elif row.outcome == Outcome.PROPOSAL:
        row.proposal, step = _propose(lease.batch, row), "proposed"
    else:
        row.written, step = _write(lease.batch, row), "written"
        release_control.draw(row.written)
        summaries.recompute(item)
        # An undo could take the points back, but not the sight of the discussion.
        revealing.settle(item, by_full_marks=False)
    row.handled_at = timezone.now()
    row.save(update_fields=["handled_at", "outcome", "proposal", "reason", "written"])
    metrics.REGRADE_ROWS.labels(step=step).inc()
    return True


def locked_item(row: RegradeRow) -> WorkItem:
    """Give the row's work item, locked as hand-in, grading and review lock it."""
    return (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("exercise__course", "official_grade")
        .get(pk=row.submission.work_item_id)
    )


def _is_being_graded(row: RegradeRow, head: Grade | None) -> bool:
    jobs = GradingJob.objects.filter(submission=row.submission_id, state__in=GradingJob.OPEN)
    return head is None and jobs.exists()


def _write(batch: RegradeBatch, row: RegradeRow) -> Grade:
    base = row.base
    is_policy = batch.is_policy and base is not None
    version = batch.version or row.submission.version
    if base and is_policy:
        version = base.version
    return Grade.objects.create(
        submission=row.submission,
        version=version,
        source=Grade.Source.POLICY if is_policy else Grade.Source.AUTO,
        batch=batch,
        items=base.items if base and is_policy else row.items,
        **row.totals,
        kept_fraction=row.kept_fraction,
        feedback=base.feedback if base and is_policy else "",
        grader_id=base.grader_id if base and is_policy else None,
        supersedes=base,
        created_at=timezone.now(),
    )


def _propose(batch: RegradeBatch, row: RegradeRow) -> GradeProposal:
    """Lay the machine's result beside the person's grade."""
    earlier = GradeProposal.objects.filter(
        submission=row.submission_id, source=Grade.Source.AUTO
    ).aggregate(last=Max("run"))["last"]
    return GradeProposal.objects.create(
        submission=row.submission,
        against=row.base,
        version_id=batch.version_id or row.submission.version_id,
        source=Grade.Source.AUTO,
        run=(earlier or 0) + 1,
        kind_versions=row.kind_versions,
        items=row.items,
        **row.totals,
        created_at=timezone.now(),
    )
