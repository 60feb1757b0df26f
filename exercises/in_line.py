"""Where a student's answer stands among those that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.models import Submission
from exercises.queries.waiting import Waiting
from exercises.queries.waits import usual_wait
from exercises.status import Status

if TYPE_CHECKING:
    from exercises.queries.submission_page import SubmissionPage
    from exercises.queries.waits import UsualWait


# Blind checks and proposals are no business of hers: they would tell of a verdict. Without them a
# doubt that is shown blind is one like every other.
_HERS = ("doubtful", "asked", "dead")


@dataclass(frozen=True, slots=True)
class Line:
    """What the author of an answer may know of the line; nothing of the others in it.

    position: from 1, None when it does not stand in line. has_other: another answer of hers to this
    exercise stands there in its place. usual: None when too few were decided lately.
    """

    position: int | None
    length: int
    has_other: bool
    usual: UsualWait | None


def line_of(page: SubmissionPage) -> Line | None:
    """Give where an answer stands, None when nobody is to look at it or nothing may be told."""
    waits = page.wish is not None and page.wish.is_open
    if page.status not in (Status.PROVISIONAL, Status.DEAD) and not waits:
        return None
    if page.status == Status.HELD or not page.submission.counted:
        return None
    course = page.exercise_page.membership.course
    waiting = Waiting(course, at=page.now, reasons=_HERS)
    place = waiting.entry_of(page.submission)
    return Line(
        position=waiting.position_of(place) if place else None,
        length=waiting.count(),
        has_other=place is None and _waits_elsewhere(waiting, page.submission),
        usual=usual_wait(course, at=page.now),
    )


def _waits_elsewhere(waiting: Waiting, submission: Submission) -> bool:
    others = Submission.objects.filter(work_item=submission.work_item_id, counted=True)
    return any(waiting.entry_of(other) for other in others.exclude(pk=submission.pk))
