"""A submission followed through the site: its trace drawn and told, or why that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from exercises.models import Submission
from exercises.queries.class_latency import class_latency
from exercises.queries.missing import Missing, Part, Reason, Stretch, why_missing
from exercises.queries.story import lasted, shares_of, tells_end, tries_of
from lms.observatory.pages.drawing import address_of, waterfall_of
from lms.observatory.pages.trace import lines_of
from lms.observatory.reading import store, viewer_of
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.viewing import Viewer

if TYPE_CHECKING:
    from datetime import datetime

    from exercises.access import Membership
    from exercises.models import GradingJob
    from exercises.queries.class_latency import ClassLatency
    from exercises.queries.story import Share, Try
    from lms.observatory.records import Trace
    from lms.observatory.store.base import Reader
    from lms.observatory.traces.waterfall import Waterfall

# The last lines may arrive after the last span; until then the page looks again without a word.
_SETTLED: Final = timedelta(seconds=4)
HALF: Final = 50


@dataclass(frozen=True, slots=True)
class Story:
    """What was recorded. shares: the largest first. address: of the trace's own page."""

    waterfall: Waterfall
    lasted: str
    shares: tuple[Share, ...]
    tries: tuple[Try, ...]
    span_count: int
    line_count: int
    address: str
    is_cut: bool

    @property
    def mostly(self) -> str:
        """Give the share that took more than half of the time, "" when none did."""
        first = self.shares[0] if self.shares else None
        return first.of if first is not None and first.percent > HALF else ""


@dataclass(frozen=True, slots=True)
class FollowPage:
    """A submission's recording for one viewer.

    story: None when nothing is there. missing: what of it is not, None when all is. is_own: she
    handed it in herself. is_settled: looking again will show nothing new.
    """

    submission: Submission
    latency: ClassLatency
    story: Story | None
    missing: Missing | None
    is_own: bool
    is_settled: bool

    @property
    def seen(self) -> str:
        """Give a mark that changes when there is something new to show."""
        counts = (self.story.span_count, self.story.line_count) if self.story else (0, 0)
        reason = self.missing.reason.value if self.missing else "whole"
        return "-".join([*map(str, counts), reason, "done" if self.latency.lasted else "open"])


def followed(membership: Membership, receipt: str) -> Submission:
    """Give anyone's submission of the course, in one query. Raises Submission.DoesNotExist.

    For whoever teaches the course; a student's own is submission_page.submission_for.
    """
    return (
        Submission.objects.select_related("work_item__exercise", "work_item__enrolment")
        .defer("answers", "policy")
        .get(receipt=receipt, work_item__exercise__course=membership.course)
    )


def follow_page(
    membership: Membership, submission: Submission, *, job: GradingJob | None, at: datetime
) -> FollowPage:
    """Read what was recorded of a submission, in one query and one more for who teaches it.

    job: of its first grading.
    """
    is_own = submission.work_item.enrolment.user_id == membership.user.pk
    # As her author she needs nobody else's, whatever she may see in other courses.
    person = membership.user
    viewer = Viewer(owner=person.pseudonym) if is_own else viewer_of(person)
    try:
        story, missing = _recorded(store(), viewer, submission=submission, job=job, at=at)
    except StoreUnavailable:
        story, missing = None, Missing(Part.ALL, Reason.UNREADABLE)
    may_come = missing is not None and missing.reason.may_come
    ended = job.finished_at if job else None
    return FollowPage(
        submission=submission,
        latency=class_latency(submission.work_item.exercise, job),
        story=story,
        missing=missing,
        is_own=is_own,
        is_settled=not may_come and (story is None or ended is None or at - ended > _SETTLED),
    )


def _recorded(
    source: Reader,
    viewer: Viewer,
    *,
    submission: Submission,
    job: GradingJob | None,
    at: datetime,
) -> tuple[Story | None, Missing | None]:
    if not submission.trace_id:
        return None, Missing(Part.ALL, Reason.UNTRACED)
    trace = source.trace(viewer, submission.trace_id)
    part = _missing_part(trace, job)
    missing = None
    if part is not None:
        missing = why_missing(source, part, _stretch(part, submission, job), now=at)
    return (_story(source, viewer, trace) if trace else None), missing


def _missing_part(trace: Trace | None, job: GradingJob | None) -> Part | None:
    if trace is None:
        return Part.ALL
    if not trace.has_root:
        return Part.HAND_IN
    if job is None or job.is_open or not tells_end(trace, job.tries):
        return Part.GRADING
    return None


def _stretch(part: Part, submission: Submission, job: GradingJob | None) -> Stretch:
    """Give when the missing part happened: the hand-in is recorded when its reply is on its way."""
    if part is Part.HAND_IN:
        return Stretch(submission.stored_at, submission.stored_at)
    if job is None or job.is_open:
        return Stretch(submission.stored_at, None)
    began = job.started_at if part is Part.GRADING and job.started_at else submission.stored_at
    return Stretch(began, job.finished_at or began)


def _story(source: Reader, viewer: Viewer, trace: Trace) -> Story:
    lines = lines_of(source, viewer, trace)
    return Story(
        waterfall=waterfall_of(trace, lines),
        lasted=lasted(trace),
        shares=shares_of(trace),
        tries=tries_of(trace),
        span_count=len(trace.spans),
        line_count=len(lines),
        address=address_of(trace.trace_id),
        is_cut=trace.is_cut,
    )
