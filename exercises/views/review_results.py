"""After a decision: what a blind check found, and which of two results holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exercises import proposal_deciding, release_auditing, reviewing
from exercises.models import GradeProposal
from exercises.review_forms import ReplaceForm
from exercises.review_sheets import checked_sheets
from exercises.views.review_doors import Desk, desk_of, onward, submission_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.models import Submission


@never_cache
@require_safe
def review_checked(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show the machine's levels beside those of the viewer's blind check."""
    desk = desk_of(request, course)
    return _checked_page(request, desk, submission_for(desk.viewer, receipt), ReplaceForm())


@require_POST
def replace_grade(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Put what the viewer found in place of the grade that she checked."""
    desk = desk_of(request, course)
    submission = submission_for(desk.viewer, receipt)
    form = ReplaceForm(request.POST)
    if not form.is_valid():
        return _checked_page(request, desk, submission, form, status=422)
    try:
        release_auditing.replace_grade(
            submission=submission,
            reviewer=desk.viewer.user,
            feedback=form.cleaned_data["feedback"],
        )
    except reviewing.ChainMoved:
        messages.error(request, _("Another grade holds by now. Look at it before you replace it."))
        return redirect(desk.url("review", receipt))
    messages.success(request, _("Your grade holds now; the student reads that a person looked."))
    return onward(desk, desk.sheet(submission, head=None))


@require_POST
def take_proposal(request: HttpRequest, course: str, receipt: str, proposal: int) -> HttpResponse:
    """Let a proposal become the grade that holds."""
    desk = desk_of(request, course)
    found = _proposal(desk, receipt, proposal)
    head = reviewing.grade_by_id(found.submission, request.POST.get("head", ""))
    try:
        proposal_deciding.take(
            proposal=found, by=desk.viewer.user, head_id=head.pk if head else None
        )
    except proposal_deciding.AlreadyDecided:
        messages.warning(request, _("Somebody has decided on this already."))
    except reviewing.ChainMoved:
        messages.warning(request, _("Another grade holds by now. Compare again, then choose."))
    else:
        messages.success(request, _("Taken: it holds now, in your name."))
    return redirect(desk.url("review", receipt))


@require_POST
def dismiss_proposal(
    request: HttpRequest, course: str, receipt: str, proposal: int
) -> HttpResponse:
    """Let the grade stay that holds."""
    desk = desk_of(request, course)
    found = _proposal(desk, receipt, proposal)
    try:
        proposal_deciding.dismiss(proposal=found, by=desk.viewer.user)
    except proposal_deciding.AlreadyDecided:
        messages.warning(request, _("Somebody has decided on this already."))
    else:
        messages.success(request, _("Dismissed: the grade that holds stays."))
    return redirect(desk.url("review", receipt))


def _proposal(desk: Desk, receipt: str, pk: int) -> GradeProposal:
    submission = submission_for(desk.viewer, receipt)
    found = get_object_or_404(GradeProposal, submission=submission, pk=pk)
    found.submission = submission
    if not proposal_deciding.may_decide(desk.viewer, found, head=reviewing.head_of(submission)):
        raise PermissionDenied(
            _("One of the two people whose results these are decides, or an instructor.")
        )
    return found


def _checked_page(
    request: HttpRequest,
    desk: Desk,
    submission: Submission,
    form: ReplaceForm,
    *,
    status: int = 200,
) -> HttpResponse:
    checks = checked_sheets(submission, by=desk.viewer.user)
    if not checks:
        raise Http404(_("You have not checked the grade that holds here."))
    context = {
        "membership": desk.viewer,
        "course": desk.viewer.course,
        "desk": desk,
        "sheet": desk.sheet(submission, head=None),
        "submission": submission,
        "checks": checks,
        "is_graded": any(check.is_decoy for check in checks),
        "may_replace": any(check.is_replaceable for check in checks),
        "form": form,
    }
    return render(request, "exercises/review_checked.html", context, status=status)
