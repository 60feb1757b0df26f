"""The pages on which people grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from exercises import reviewing
from exercises.review_forms import ReviewForm, against
from exercises.review_sheets import (
    ReviewSheet,
    compared,
    grade_seen,
    is_own,
    queue_rows,
    sheets_of,
    submission_of,
)
from exercises.views.membership import staff_member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.models import Submission

ROWS_PER_PAGE = 50


@never_cache
@require_GET
def review_queue(request: HttpRequest, course: str) -> HttpResponse:
    """Show what waits for a person, oldest first."""
    viewer = staff_member(request, course)
    pages = Paginator(reviewing.review_queue(viewer.course), ROWS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = queue_rows(page.object_list, viewer=viewer)
    context = {"membership": viewer, "course": viewer.course, "page": page, "rows": rows}
    return render(request, "exercises/review_queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show one submission with its criteria form, or save a person's grade of it."""
    viewer = staff_member(request, course)
    submission = _submission(viewer, receipt)
    seen = request.POST.get("head", "") if request.method == "POST" else None
    head = grade_seen(submission, seen)
    sheet = ReviewSheet(submission, viewer=viewer, head=head)
    if request.method != "POST":
        return _page(request, sheet, ReviewForm(sheet=sheet))
    if sheet.refusal:
        raise PermissionDenied(sheet.refusal)
    form = ReviewForm(request.POST, sheet=sheet)
    if not form.is_valid():
        return _page(request, sheet, form, status=422)
    try:
        reviewing.review(
            submission=sheet.submission,
            reviewer=viewer.user,
            scores=form.scores(),
            feedback=form.cleaned_data["feedback"],
            head_id=head.pk if head else None,
        )
    except reviewing.ChainMoved as moved:
        return _collision(request, form=form, moved=moved)
    return _onward(request, sheet)


def _submission(viewer: Membership, receipt: str) -> Submission:
    submission = submission_of(viewer, receipt)
    if submission is None:
        raise Http404(_("No submission of this course has that receipt."))
    if is_own(submission, viewer):
        raise PermissionDenied(_("This is your own answer. Another person has to review it."))
    return submission


def _collision(
    request: HttpRequest, *, form: ReviewForm, moved: reviewing.ChainMoved
) -> HttpResponse:
    """Show her decision beside the grade that came in between; saving again replaces that."""
    seen = form.sheet
    fresh = ReviewSheet(seen.submission, viewer=seen.viewer, head=moved.head)
    again = ReviewForm(against(request.POST, form=form, head=moved.head), sheet=fresh)
    lines = compared(sheets_of(fresh.submission, moved.head), form.scores())
    return _page(request, fresh, again, status=409, other=moved.head, compared=lines)


def _onward(request: HttpRequest, sheet: ReviewSheet) -> HttpResponse:
    name = sheet.submission.work_item.enrolment.pseudonym
    messages.success(request, _("Saved: your grade for %(name)s holds now.") % {"name": name})
    if sheet.next_receipt:
        return redirect("exercises:review", sheet.viewer.course.slug, sheet.next_receipt)
    return redirect("exercises:review_queue", sheet.viewer.course.slug)


def _page(
    request: HttpRequest, sheet: ReviewSheet, form: ReviewForm, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {
        "membership": sheet.viewer,
        "course": sheet.viewer.course,
        "sheet": sheet,
        "form": form,
        **more,
    }
    return render(request, "exercises/review.html", context, status=status)
