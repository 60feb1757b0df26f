"""Following a submission: on its own page, and as the part of the receipt that looks again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exercises.models import Submission
from exercises.queries.follow_page import FollowPage, follow_page, followed
from exercises.queries.submission_page import first_job, submission_for
from exercises.views.membership import member

if TYPE_CHECKING:
    from exercises.access import Membership

# Seconds until the page looks again; after the last it says so and leaves it to a link.
DELAYS_S: Final = (1, 1, 2, 3, 5, 8, 10, 10, 20, 20)
_LOOKS: Final = frozenset(map(str, range(len(DELAYS_S))))


@require_safe
def follow(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show what was recorded of a submission, to its author and to who teaches the course."""
    membership = member(request, course)
    page = _page(membership, receipt)
    context = {"membership": membership, "submission": page.submission} | follow_context(page)
    return render(request, "exercises/follow.html", context)


@login_not_required  # a signed-out page is told so in its own place, not given the sign-in page
@require_safe
def follow_state(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Give the next look: nothing new, or the whole part to put in its place."""
    if not request.user.is_authenticated:
        return render(request, "exercises/_signed_out.html")
    membership = member(request, course)
    page = _page(membership, receipt)
    context = {"membership": membership, "submission": page.submission}
    context |= follow_context(page, looks=_looks(request))
    context["is_update"] = context["is_over"] or request.GET.get("seen") != page.seen
    return render(request, "exercises/_follow_state.html", context)


def follow_context(page: FollowPage, *, looks: int = 0) -> dict[str, Any]:
    """Give what _follow.html draws. looks: how often the page has looked by itself."""
    is_over = not page.is_settled and looks >= len(DELAYS_S)
    look = None
    if not page.is_settled and not is_over:
        look = {"seen": page.seen, "looks": looks + 1, "delay_s": DELAYS_S[looks]}
    return {"follow": page, "follow_look": look, "is_over": is_over}


def _page(membership: Membership, receipt: str) -> FollowPage:
    found = _submission(membership, receipt)
    return follow_page(membership, found, job=first_job(found), at=timezone.now())


def _submission(membership: Membership, receipt: str) -> Submission:
    """Give her own, or anyone's to who teaches the course. Raises Http404 or PermissionDenied."""
    try:
        return submission_for(membership, receipt)
    except Submission.DoesNotExist:
        if membership.is_instructor:
            return _anyones(membership, receipt)
    if membership.is_staff:
        raise PermissionDenied(_("This page is for the course's instructors."))
    raise Http404(_("There is no such submission among yours."))


def _anyones(membership: Membership, receipt: str) -> Submission:
    try:
        return followed(membership, receipt)
    except Submission.DoesNotExist:
        raise Http404(_("There is no such submission in this course.")) from None


def _looks(request: HttpRequest) -> int:
    """Give how often the page has looked; anything unreadable counts as often."""
    looks = request.GET.get("looks", "")
    return int(looks) if looks in _LOOKS else len(DELAYS_S)
