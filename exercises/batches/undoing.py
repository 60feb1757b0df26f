"""Taking a batch back: a grade that restores what held before, where nothing came since."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from exercises import summaries
from exercises.batches import leasing
from exercises.batches.applying import CHUNK, locked_item
from exercises.models import Grade, GradeProposal, RegradeBatch, RegradeRow
from lms.telemetry import metrics

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from exercises.batches.leasing import Lease


def undo_chunk(lease: Lease, *, until: float) -> bool:
    """Take the next rows back; give whether the batch is still ours to do."""
    rows = list(
        undoable(lease.batch)
        .filter(pk__gt=lease.batch.cursor)
        .select_related("submission", "base", "proposal")
        .defer("submission__answers", "submission__policy", "items", "proposal__items")
        .order_by("pk")[:CHUNK]
    )
    if not rows:
        leasing.end(lease, RegradeBatch.State.UNDONE, undone_at=Now())
        return False
    for row in rows:
        if not undo_row(lease, row):
            return False
        lease.batch.cursor = row.pk
        if time.monotonic() > until:
            break
    return True


def undoable(batch: RegradeBatch) -> QuerySet[RegradeRow]:
    """Give the rows of a batch that wrote something and were not taken back."""
    wrote = Q(written__isnull=False) | Q(proposal__isnull=False)
    return RegradeRow.objects.filter(wrote, batch=batch, undone_at__isnull=True)


@transaction.atomic
def undo_row(lease: Lease, row: RegradeRow) -> bool:
    """Take one row back under its work item's lock; False when the batch is no longer ours."""
    item = locked_item(row)
    if not leasing.hold(lease, cursor=row.pk):
        return False
    if row.proposal is not None:
        _withdraw(row.proposal)
    else:
        row.undo_skip = _obstacle(row)
        if not row.undo_skip:
            row.undo_grade = _restore(lease.batch, row)
            summaries.recompute(item)
    row.undone_at = timezone.now()
    row.save(update_fields=["undo_grade", "undo_skip", "undone_at"])
    metrics.REGRADE_ROWS.labels(step="not_undone" if row.undo_skip else "undone").inc()
    return True


def _withdraw(proposal: GradeProposal) -> None:
    """Dismiss a proposal that still waits; what a person took is hers."""
    GradeProposal.objects.filter(pk=proposal.pk, decision="").update(
        decision=GradeProposal.Decision.DISMISSED, decided_at=timezone.now()
    )


def _obstacle(row: RegradeRow) -> str:
    if Grade.objects.filter(supersedes=row.written_id).exists():
        return RegradeRow.Skip.CHAIN_MOVED
    return "" if row.base_id else RegradeRow.Skip.FIRST_GRADE


def _restore(batch: RegradeBatch, row: RegradeRow) -> Grade:
    base = row.base
    if base is None:
        raise ValueError(f"row {row.pk} has no grade to restore")
    base.submission = row.submission
    return Grade.objects.create(
        submission=row.submission,
        version_id=base.version_id,
        source=base.source,
        batch=batch,
        grader_id=base.grader_id,
        items=base.items,
        points=base.points,
        possible=base.possible,
        released=base.released,
        kept_fraction=base.kept,
        feedback=base.feedback,
        supersedes_id=row.written_id,
        created_at=timezone.now(),
    )
