"""The doors of the review pages: who may come in, and what of the queue she has before her."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from exercises import claiming
from exercises.queries.waiting import Waiting, exercises_of
from exercises.review_forms import FilterForm
from exercises.review_sheets import ReviewSheet, is_own, submission_of
from exercises.views.membership import staff_member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.models import Grade, ReleaseAudit, Submission


@dataclass(frozen=True, slots=True)
class Desk:
    """A reviewer with the queue as she has narrowed it. waiting: without what is her own."""

    viewer: Membership
    form: FilterForm
    everything: Waiting
    waiting: Waiting

    @property
    def query(self) -> str:
        """The filters as the end of an address, "" without."""
        filters = self.waiting.filters
        given = {n: getattr(filters, n) for n in ("reason", "exercise", "part")}
        words = urlencode({name: value for name, value in given.items() if value})
        return f"?{words}" if words else ""

    def url(self, name: str, *args: object) -> str:
        address = reverse(f"exercises:{name}", args=[self.viewer.course.slug, *args])
        return address + self.query

    def sheet(
        self, submission: Submission, *, head: Grade | None, audits: Iterable[ReleaseAudit] = ()
    ) -> ReviewSheet:
        return ReviewSheet(
            submission,
            viewer=self.viewer,
            head=head,
            waiting=self.waiting,
            audits=tuple(audits),
        )


def desk_of(request: HttpRequest, course: str) -> Desk:
    """Let an assistant or instructor in. Raises Http404 or PermissionDenied."""
    viewer = staff_member(request, course)
    exercises = exercises_of(viewer.course)
    form = FilterForm(request.GET, exercises=exercises)
    filters = form.filters()
    return Desk(
        viewer=viewer,
        form=form,
        everything=Waiting(viewer.course, exercises=exercises, filters=filters),
        waiting=Waiting(viewer.course, exercises=exercises, filters=filters, not_of=viewer.user),
    )


def submission_for(viewer: Membership, receipt: str) -> Submission:
    """Give a submission that the viewer may review. Raises Http404 or PermissionDenied."""
    submission = submission_of(viewer, receipt)
    if submission is None:
        raise Http404(_("No submission of this course has that receipt."))
    if is_own(submission, viewer):
        raise PermissionDenied(_("This is your own answer. Another person has to review it."))
    return submission


def onward(desk: Desk, sheet: ReviewSheet) -> HttpResponse:
    """Lead to the next that waits, without one to the queue; she looks at this no more."""
    claiming.release(desk.viewer.course, reviewer=desk.viewer.user)
    if sheet.next_receipt:
        return redirect(desk.url("review", sheet.next_receipt))
    return redirect(desk.url("review_queue"))
