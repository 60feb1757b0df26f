"""Keeping what is typed and not handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from exercises.models import Draft, WorkItem
from lms.telemetry import metrics
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from exercises.models import ExerciseVersion

log = get_logger(__name__)

Fields = dict[str, list[str]]


class DraftConflict(Exception):
    """Another device saved since. draft: what is stored; nothing was overwritten."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft


@transaction.atomic
def save_draft(
    *, work_item: WorkItem, version: ExerciseVersion, fields: Fields, revision: int | None
) -> Draft:
    """Store the fields over the revision that the writer saw (0 for none); give the new row.

    None writes over whatever is stored: for a hand-in that was refused, the newest typing there
    is. The same fields again change nothing. Raises DraftConflict.
    """
    WorkItem.objects.select_for_update().only("pk").get(pk=work_item.pk)
    draft = Draft.objects.filter(work_item=work_item).first()
    if draft is None:
        draft = Draft(work_item=work_item)
    elif draft.fields == fields and draft.version_id == version.pk:
        return draft
    elif revision is not None and draft.revision != revision:
        log.debug("draft.refused", work_item=work_item.pk, revision=revision, number=draft.revision)
        raise DraftConflict(draft)
    draft.version, draft.fields = version, fields
    draft.revision += 1
    draft.updated_at = timezone.now()
    draft.save()
    metrics.DRAFTS_SAVED.inc()
    log.debug("draft.saved", work_item=work_item.pk, revision=draft.revision)
    return draft
