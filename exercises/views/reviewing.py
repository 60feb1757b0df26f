"""The queue, and the page on which people grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from exercises import claiming, decoy_drawing, release_auditing, reviewing
from exercises.authoring import sampling
from exercises.group_reviewing import review_group
from exercises.models import ReviewPreference
from exercises.part_sheets import compared, sheets_of
from exercises.queue_sheets import queue_rows
from exercises.review_forms import ReviewForm, UncheckedReviewForm, against
from exercises.views.review_doors import Desk, desk_of, onward, submission_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from exercises.models import Submission
    from exercises.queries.waiting import Entry, Waiting
    from exercises.review_sheets import ReviewSheet

ROWS_PER_PAGE = 50


def queue_pages(desk: Desk) -> Paginator[Entry]:
    """Give the queue in pages, each read by itself."""
    rows = _Stretches(desk.everything)
    return Paginator(rows, ROWS_PER_PAGE)  # type: ignore[arg-type] # it slices and counts, no more


class _Stretches:
    """What a paginator asks of a list."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def __len__(self) -> int:
        return self._waiting.count()

    def __getitem__(self, stretch: slice) -> list[Entry]:
        return self._waiting.part_of(stretch.start, stretch.stop)


@never_cache
@require_safe
def review_queue(request: HttpRequest, course: str) -> HttpResponse:
    """Show what waits for a person, oldest first; ?reason=, ?exercise= and ?part= narrow it."""
    desk = desk_of(request, course)
    decoy_drawing.draw_decoys(desk.everything)
    return queue_page(request, desk)


def queue_page(
    request: HttpRequest, desk: Desk, *, names: Mapping[int, str] | None = None
) -> HttpResponse:
    """Draw the queue; names: by enrolment id, where they are revealed."""
    page = queue_pages(desk).get_page(request.GET.get("page"))
    context = {
        "membership": desk.viewer,
        "course": desk.viewer.course,
        "desk": desk,
        "page": page,
        "rows": queue_rows(page.object_list, viewer=desk.viewer),
        "blind": desk.everything.count_blind(),
        "names": names or {},
    }
    return render(request, "exercises/review_queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show one submission with its criteria form, or save a person's grade of it."""
    desk = desk_of(request, course)
    submission = submission_for(desk.viewer, receipt)
    if request.method == "POST":
        return _posted(request, desk, submission)
    decoy_drawing.draw_decoys(desk.everything)
    claiming.claim(submission, reviewer=desk.viewer.user)
    return review_page(request, desk, submission)


def review_page(
    request: HttpRequest, desk: Desk, submission: Submission, *, name: str = ""
) -> HttpResponse:
    """Draw one submission as it stands; name: the student's, where it is revealed."""
    sheet = desk.sheet(
        submission,
        head=reviewing.head_of(submission),
        audits=release_auditing.waiting_audits(submission),
    )
    return _page(request, desk, ReviewForm(sheet=sheet), name=name)


def _posted(request: HttpRequest, desk: Desk, submission: Submission) -> HttpResponse:
    asked = set(request.POST.get("audits", "").split(",")) - {""}
    waiting = release_auditing.waiting_audits(submission) if asked else []
    audits = [audit for audit in waiting if audit.token in asked]
    if asked and not audits:
        return _too_late(request, desk, submission)
    head = None if asked else reviewing.grade_by_id(submission, request.POST.get("head", ""))
    sheet = desk.sheet(submission, head=head, audits=audits)
    if sheet.refusal:
        raise PermissionDenied(sheet.refusal)
    form = ReviewForm(request.POST, sheet=sheet)
    if "insert" in request.POST and not sheet.is_blind:
        return _page(request, desk, form.with_words(_phrase(request, sheet)))
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    return _check(request, desk, form) if sheet.is_blind else _save(request, desk, form)


def _save(request: HttpRequest, desk: Desk, form: ReviewForm) -> HttpResponse:
    sheet, scores = form.sheet, form.scores()
    feedback = form.cleaned_data["feedback"]
    _place = sheet.entry  # read before the grade is written: then it is gone from the queue
    try:
        reviewing.review(
            submission=sheet.submission,
            reviewer=desk.viewer.user,
            scores=scores,
            feedback=feedback,
            head_id=sheet.head.pk if sheet.head else None,
            leaves_open=True,
        )
    except reviewing.ChainMoved as moved:
        return _collision(request, desk, form=form, moved=moved)
    _say_saved(request, sheet)
    if request.POST.get("group") in scores:
        _grade_group(request, desk, form, part=request.POST["group"])
    _keep_samples(request, form)
    return onward(desk, sheet)


def _check(request: HttpRequest, desk: Desk, form: ReviewForm) -> HttpResponse:
    """Write down what was judged blind, then show what the machine had said."""
    sheet = form.sheet
    try:
        grade = release_auditing.decide_all(
            audits=sheet.audits, reviewer=desk.viewer.user, scores=form.scores()
        )
    except (release_auditing.AlreadyDecided, reviewing.ChainMoved):
        return _too_late(request, desk, sheet.submission)
    if grade is None:
        said = _("The check is saved; the grade stays.")
        messages.success(request, said, extra_tags=_address(sheet))
    else:
        _say_saved(request, sheet)
    _keep_samples(request, form)
    return redirect(desk.url("review_checked", sheet.submission.receipt))


def _too_late(request: HttpRequest, desk: Desk, submission: Submission) -> HttpResponse:
    """Say what became of a blind sheet that is one no more; a decoy's decision is not lost."""
    named = request.POST["audits"].split(",")
    audits = release_auditing.audits_named(submission, named)
    if audits and all(audit.decided_by_id == desk.viewer.user.pk for audit in audits):
        return redirect(desk.url("review_checked", submission.receipt))  # a key pressed twice
    if release_auditing.waiting_audits(submission):  # another grade's: nothing may show it
        messages.warning(request, _("This was graded anew meanwhile. Judge it once more."))
        return redirect(desk.url("review", submission.receipt))
    form = ReviewForm(request.POST, sheet=desk.sheet(submission, head=None, audits=audits))
    doubted = {audit.part for audit in audits if audit.is_decoy}
    if doubted and form.is_valid():
        moved = reviewing.ChainMoved(reviewing.head_of(submission))
        return _collision(request, desk, form=form, moved=moved, only=doubted)
    messages.warning(request, _("Somebody did this check meanwhile. Yours was not needed."))
    return onward(desk, form.sheet)


def _collision(
    request: HttpRequest,
    desk: Desk,
    *,
    form: ReviewForm,
    moved: reviewing.ChainMoved,
    only: set[str] | None = None,
) -> HttpResponse:
    """Keep her decision beside another person's; over the machine's she may save it again.

    only: the parts that her decision was to grade, all without it.
    """
    seen = form.sheet
    scores = {part: its for part, its in form.scores().items() if only is None or part in only}
    kept = reviewing.keep_beside(
        submission=seen.submission,
        reviewer=desk.viewer.user,
        scores=scores,
        feedback=form.cleaned_data.get("feedback", ""),
    )
    if kept is not None:
        messages.warning(
            request,
            _(
                "Somebody graded this while you were deciding. Your decision is kept beside that "
                "grade: compare the two below, then take one."
            ),
            extra_tags=_address(seen),
        )
        return redirect(desk.url("review", seen.submission.receipt))
    fresh = desk.sheet(seen.submission, head=moved.head)
    posted = against(request.POST, form=form, head=moved.head)
    if fresh.is_asked and seen.is_blind:
        messages.warning(
            request, _("The student asked for a person meanwhile. Read it, then save.")
        )
        return _page(request, desk, UncheckedReviewForm(posted, sheet=fresh), status=409)
    again = ReviewForm(posted, sheet=fresh)
    lines = compared(sheets_of(fresh.submission, moved.head), scores)
    return _page(request, desk, again, status=409, other=moved.head, compared=lines)


def _grade_group(request: HttpRequest, desk: Desk, form: ReviewForm, *, part: str) -> None:
    submission = form.sheet.submission
    outcome = review_group(
        tokens=form.tokens(part),
        like=submission,
        part=submission.version.specification.part(part),
        scores=form.scores()[part],
        feedback=form.cleaned_data["feedback"],
        reviewer=desk.viewer,
    )
    count = len(outcome.saved)
    if count:
        said = ngettext(
            "The same decision holds for %(n)s answer more: %(names)s.",
            "The same decision holds for %(n)s answers more: %(names)s.",
            count,
        )
        messages.success(request, said % {"n": count, "names": ", ".join(outcome.saved)})
    if outcome.left:
        said = _("Graded meanwhile and left as they are: %(names)s.")
        messages.warning(request, said % {"names": ", ".join(outcome.left)})


def _keep_samples(request: HttpRequest, form: ReviewForm) -> None:
    submission = form.sheet.submission
    for part in form.samples():
        try:
            made = sampling.add_sample(
                exercise=submission.work_item.exercise,
                part=part,
                answer=submission.answers[part],
                levels=form.scores()[part],
                author=form.sheet.viewer.user,
            )
        except sampling.SampledAlready as refused:
            said = _("No new sample: sample %(n)s of the draft has the same words already.")
            messages.warning(request, said % {"n": refused.number})
        except sampling.PartHasChanged:
            messages.warning(
                request, _("No new sample: the draft has no such question of free text any more.")
            )
        else:
            messages.success(request, _sampled(made))


def _sampled(made: sampling.Sampled) -> str:
    kept = _("Kept as sample %(n)s in the exercise's draft.") % {"n": made.number}
    if not made.against:
        return f"{kept} " + _("The rubric grades every sample as declared.")
    said = ngettext(
        "The rubric now grades %(n)s sample otherwise than declared.",
        "The rubric now grades %(n)s samples otherwise than declared.",
        made.against,
    )
    return f"{kept} " + said % {"n": made.against}


def _phrase(request: HttpRequest, sheet: ReviewSheet) -> str:
    wanted = request.POST["insert"]
    return next((each.text for each in sheet.snippets if str(each.pk) == wanted), "")


def _say_saved(request: HttpRequest, sheet: ReviewSheet) -> None:
    name = sheet.submission.work_item.enrolment.pseudonym
    said = _("Saved: your grade for %(name)s holds now.") % {"name": name}
    messages.success(request, said, extra_tags=_address(sheet))


def _address(sheet: ReviewSheet) -> str:
    """Give the page whose unfinished decision the browser need not keep any more."""
    return f"review:{sheet.submission.receipt}"


def _page(
    request: HttpRequest, desk: Desk, form: ReviewForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    preference = ReviewPreference.objects.filter(person=desk.viewer.user).first()
    context = {
        "membership": desk.viewer,
        "course": desk.viewer.course,
        "desk": desk,
        "sheet": form.sheet,
        "form": form,
        "keys_are_on": preference is None or not preference.keys_are_off,
        **more,
    }
    return render(request, "exercises/review.html", context, status=status)
