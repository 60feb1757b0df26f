"""Where a student's answer stands among those that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.queries.waits import usual_wait
from exercises.reviewing import review_queue
from exercises.status import Status

if TYPE_CHECKING:
    from exercises.queries.submission_page import SubmissionPage
    from exercises.queries.waits import UsualWait


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
    waiting = [entry.submission for entry in review_queue(course, at=page.now)]
    places = {submission.pk: place for place, submission in enumerate(waiting, start=1)}
    return Line(
        position=places.get(page.submission.pk),
        length=len(waiting),
        has_other=any(
            other.work_item_id == page.item.pk and other.pk != page.submission.pk
            for other in waiting
        ),
        usual=usual_wait(course, at=page.now),
    )
