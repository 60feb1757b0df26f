"""When a student may see the model answer and the discussion, and what that ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, FilteredRelation, Max, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exercises.models import Enrolment, Exercise, Grade, GradingJob, Policy, WorkItem
from lms.telemetry import traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

log = get_logger(__name__)


class RevealRefused(Exception):
    """The discussion may not be shown now. sentence: why, and what to do."""

    def __init__(self, sentence: str | _StrPromise) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


@transaction.atomic
def show_discussion(*, work_item: WorkItem) -> WorkItem:
    """Reveal at the student's wish; her counted attempts end here. May be repeated.

    Raises RevealRefused before her first hand-in, and where only the close reveals.
    """
    item = _locked(work_item.pk)
    if item.is_revealed:
        return item
    if item.exercise.reveal != Exercise.Reveal.EARNED or _is_withheld(item.exercise):
        raise RevealRefused(_("This discussion opens when the exercise has closed for everyone."))
    if not item.submissions.exists():
        raise RevealRefused(_("Hand in an answer first, then compare it with the discussion."))
    _reveal(item, WorkItem.RevealReason.ASKED)
    return item


def settle(item: WorkItem, *, by_full_marks: bool = True) -> None:
    """Reveal when the item's grades earn it. The caller holds the lock; exercise is loaded.

    Full marks reveal at once, unless by_full_marks is False (a regrade's may be undone); no attempt
    left reveals only when every submission has a grade.
    """
    exercise = item.exercise
    if item.is_revealed or exercise.reveal != Exercise.Reveal.EARNED or _is_withheld(exercise):
        return
    official = item.official_grade
    is_full = official and official.released and official.points == official.possible
    if is_full and by_full_marks:
        _reveal(item, WorkItem.RevealReason.FULL_MARKS)
    elif item.attempts_left <= 0 and not _ungraded(item):
        _reveal(item, WorkItem.RevealReason.NO_ATTEMPT_LEFT)


def closed_for_everyone(exercise: Exercise, at: datetime) -> bool:
    """Claim that nobody in the course can hand in a counted answer any more.

    The longest extension with an override for this exercise decides. One query.
    """
    if Policy.of(exercise, extension=timedelta(0)).closes_at is None:
        return False
    extra = Coalesce("mine__extra_time", timedelta(0), output_field=DurationField())
    longest = (
        Enrolment.objects.filter(course=exercise.course_id)
        .annotate(mine=FilteredRelation("overrides", condition=Q(overrides__exercise=exercise)))
        .aggregate(
            longest=Max(ExpressionWrapper(F("extension") + extra, output_field=DurationField()))
        )["longest"]
    )
    return Policy.of(exercise, extension=longest or timedelta(0)).is_closed(at)


def hides_result(exercise: Exercise, at: datetime) -> bool:
    """Claim that scores and feedback of this exercise are withheld until its close."""
    return _is_withheld(exercise) and not closed_for_everyone(exercise, at)


@transaction.atomic
def reveal_closed(*, exercise: Exercise, at: datetime) -> int:
    """Reveal every work item of an exercise that has closed for everyone; give their number.

    An attempt given back after our own failure keeps its item closed until it is used or ends.
    """
    if not closed_for_everyone(exercise, at):
        return 0
    waiting = WorkItem.objects.filter(exercise=exercise, revealed_at__isnull=True).exclude(
        grace_until__gt=at, attempts_used__lt=F("attempts_max")
    )
    if not waiting.exists():
        return 0  # looked at each minute: what was not done leaves no trace
    with traces.own_trace("reveal discussions", course=exercise.course.slug):
        return waiting.update(revealed_at=Now(), reveal_reason=WorkItem.RevealReason.CLOSED)


def _is_withheld(exercise: Exercise) -> bool:
    return exercise.release == Exercise.Release.CLOSE


def _ungraded(item: WorkItem) -> bool:
    graded = Grade.objects.filter(submission__work_item=item, submission__counted=True)
    unread = GradingJob.objects.filter(
        submission__work_item=item, submission__counted=True, state=GradingJob.State.INVALID
    )
    return (
        item.submissions.filter(counted=True)
        .exclude(pk__in=graded.values("submission"))
        .exclude(pk__in=unread.values("submission"))
        .exists()
    )


def _reveal(item: WorkItem, reason: WorkItem.RevealReason) -> None:
    item.revealed_at, item.reveal_reason = timezone.now(), reason
    item.save(update_fields=["revealed_at", "reveal_reason"])
    # The reason stays in the row: full marks are no business of the log's.
    log.info("discussion.revealed", work_item=item.pk)


def _locked(pk: int) -> WorkItem:
    return (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("exercise__course", "official_grade")
        .get(pk=pk)
    )
