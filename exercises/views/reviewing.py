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

from exercises import claiming, release_auditing, reviewing
from exercises.authoring import sampling
from exercises.group_reviewing import review_group
from exercises.models import ReviewPreference
from exercises.part_sheets import compared, sheets_of
from exercises.queue_sheets import queue_rows
from exercises.review_forms import ReviewForm, against
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
    return queue_page(request, desk_of(request, course))


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
    audits = [audit for audit in waiting if str(audit.pk) in asked]
    head = None if asked else reviewing.grade_by_id(submission, request.POST.get("head", ""))
    sheet = desk.sheet(submission, head=head, audits=audits)
    if asked and not audits:
        messages.warning(request, _("Somebody did this check meanwhile. Yours was not needed."))
        return onward(desk, sheet)
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
    """Write down a blind check, then show what the machine had said."""
    sheet, scores = form.sheet, form.scores()
    for audit in sheet.audits:
        try:
            release_auditing.decide(
                audit=audit, reviewer=desk.viewer.user, levels=scores[audit.part]
            )
        except release_auditing.AlreadyDecided:
            messages.warning(request, _("Somebody did this check meanwhile. Yours was not needed."))
            return onward(desk, sheet)
    _keep_samples(request, form)
    messages.success(request, _("The check is saved; the grade stays."), extra_tags=_address(sheet))
    return redirect(desk.url("review_checked", sheet.submission.receipt))


def _collision(
    request: HttpRequest, desk: Desk, *, form: ReviewForm, moved: reviewing.ChainMoved
) -> HttpResponse:
    """Keep her decision beside another person's; over the machine's she may save it again."""
    seen = form.sheet
    kept = reviewing.keep_beside(
        submission=seen.submission,
        reviewer=desk.viewer.user,
        scores=form.scores(),
        feedback=form.cleaned_data["feedback"],
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
    again = ReviewForm(against(request.POST, form=form, head=moved.head), sheet=fresh)
    lines = compared(sheets_of(fresh.submission, moved.head), form.scores())
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
