"""The receipt of a submission, and what its author does once it is graded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exercises.forms import ReviewWishForm, SelfMarkForm
from exercises.in_line import line_of
from exercises.models import Submission
from exercises.queries.follow_page import follow_page
from exercises.queries.submission_page import status_for, submission_for, submission_page
from exercises.revealing import RevealRefused, show_discussion
from exercises.reviewing import ask_for_review
from exercises.self_marking import NotRevealed
from exercises.self_marking import mark_self as store_marks
from exercises.submitting import work_of
from exercises.views.following import follow_context
from exercises.views.membership import member, note_course

if TYPE_CHECKING:
    from django.forms import BoundField

    from exercises.access import Membership
    from exercises.queries.submission_page import SubmissionPage
    from exercises.specification import Part
    from exercises.status import Status
    from lms.accounts.models import User

# Seconds until the page looks again: soon at first, then ever slower, then every 15 s.
_DELAYS_S = (1, 1, 1, 1, 1, 2, 2, 3, 5, 8)
_SLOWEST_S = 15
_LOOKS = frozenset(map(str, range(len(_DELAYS_S))))


@require_safe
def submission(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show the receipt, and the result once there is one."""
    membership = member(request, course)
    found = _own(membership, receipt)
    page = submission_page(membership, found, at=timezone.now())
    context = _context(membership, page) | {"poll": _poll(page.status, looks=0)}
    context |= _followed(page)
    return render(request, "exercises/submission.html", context)


@login_not_required  # a signed-out page is told so in its own place, not given the sign-in page
@require_safe
def submission_state(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Give the waiting page's next look: nothing new, or the whole result put in its place."""
    if not request.user.is_authenticated:
        return render(request, "exercises/_signed_out.html")
    membership = member(request, course)
    found = _own(membership, receipt)
    looks = _looks(request)
    at = timezone.now()
    if request.GET.get("seen") == (status := status_for(found, at=at)):
        return render(
            request,
            "exercises/_poll.html",
            {"membership": membership, "submission": found, "poll": _poll(status, looks=looks)},
        )
    page = submission_page(membership, found, at=at)
    poll = _poll(page.status, looks=looks)
    context = _context(membership, page) | {"poll": poll, "is_update": True} | _followed(page)
    return render(request, "exercises/_state.html", context)


@require_POST
def reveal(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Show the discussion at the student's wish; her counted attempts end."""
    user = cast("User", request.user)
    item = work_of(user_id=user.pk, course=course, exercise=exercise)
    if item is None:
        raise Http404(_("There is no work of yours on such an exercise."))
    note_course(user, item.enrolment.course)
    try:
        show_discussion(work_item=item)
    except RevealRefused as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("exercises:exercise", course, exercise)
    newest = Submission.objects.filter(work_item=item).order_by("-pk").only("receipt")[0]
    response = redirect("exercises:submission", course, newest.receipt)
    response["Location"] += "#discussion"
    return response


@require_POST
def mark_self(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Store what the student says of her own answer."""
    found = _own(member(request, course), receipt)
    form = SelfMarkForm(found.version.specification, request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose yes, in part or no for each point, then save again."))
    else:
        try:
            store_marks(submission=found, marks=form.marks)
            messages.success(request, _("Your marks are saved. Only you see them."))
        except NotRevealed:
            messages.error(request, _("The model answer is not shown yet. Mark yourself after."))
    return redirect("exercises:submission", course, receipt)


@require_POST
def ask_review(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Note that the student wants a person to look, once for each submission."""
    membership = member(request, course)
    page = submission_page(membership, _own(membership, receipt), at=timezone.now())
    form = ReviewWishForm(request.POST)
    if page.is_asked:
        messages.info(request, _("You have asked already. The answer comes on this page."))
    elif not page.may_ask:
        messages.error(
            request, _("A person looks at results of attempts that may still earn points.")
        )
    elif not form.is_valid():
        return _refused(request, membership, page, form)
    else:
        ask_for_review(submission=page.submission, reason=form.cleaned_data["reason"])
        messages.success(request, _("A person will look at this answer."))
    return redirect("exercises:submission", course, receipt)


def _refused(
    request: HttpRequest, membership: Membership, page: SubmissionPage, form: ReviewWishForm
) -> HttpResponse:
    """Show the receipt again with what she typed and what to mend."""
    context = _context(membership, page) | {"poll": None, "wish_form": form} | _followed(page)
    return render(request, "exercises/submission.html", context, status=422)


def _own(membership: Membership, receipt: str) -> Submission:
    try:
        return submission_for(membership, receipt)
    except Submission.DoesNotExist:
        raise Http404(_("There is no such submission among yours.")) from None


def _context(membership: Membership, page: SubmissionPage) -> dict[str, Any]:
    return {
        "membership": membership,
        "page": page,
        "submission": page.submission,
        "discussion": _discussion(page),
        "line": line_of(page),
        "wish_form": ReviewWishForm(),
    }


def _followed(page: SubmissionPage) -> dict[str, Any]:
    membership = page.exercise_page.membership
    return follow_context(follow_page(membership, page.submission, job=page.job, at=page.now))


@dataclass(frozen=True, slots=True)
class _Answered:
    """One part after the reveal: the model answer, and her own mark for each criterion."""

    part: Part
    model_answer: str
    marks: list[BoundField]


def _discussion(page: SubmissionPage) -> list[_Answered]:
    if not page.item.is_revealed:
        return []
    form = SelfMarkForm(page.specification, initial=SelfMarkForm.initial_of(page.marks))
    return [
        _Answered(result.part, result.model_answer, form.of_part(result.part.slug))
        for result in page.parts
    ]


def _poll(status: Status, *, looks: int) -> dict[str, object] | None:
    """Give when and how to look again, None when nothing will change by itself."""
    if not status.is_moving:
        return None
    delay_s = _DELAYS_S[looks] if looks < len(_DELAYS_S) else _SLOWEST_S
    return {"seen": status.value, "looks": looks + 1, "delay_s": delay_s}


def _looks(request: HttpRequest) -> int:
    """Give how often the page has looked; anything unreadable counts as often."""
    looks = request.GET.get("looks", "")
    return int(looks) if looks in _LOOKS else len(_DELAYS_S)
