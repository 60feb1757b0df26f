"""Reading an exercise, typing an answer and handing it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exercises import holding
from exercises.access import Membership
from exercises.drafting import DraftConflict
from exercises.drafting import save_draft as store_draft
from exercises.forms import AnswerSheet, DraftForm, is_too_long, marked_version, version_mark
from exercises.models import Exercise, WorkItem
from exercises.queries.exercise_page import (
    ExercisePage,
    assignment_for,
    exercise_page,
    last_answers,
)
from exercises.submitting import (
    HandInRefused,
    KeyInvalid,
    KeyReused,
    TooManyHandIns,
    new_key,
    open_work,
    submit,
    work_of,
)
from exercises.views.holding import fields_of, hold_and_sign_in
from exercises.views.membership import member, note_course

if TYPE_CHECKING:
    from exercises.drafting import Fields
    from exercises.models import Draft, ExerciseVersion, HeldPost, Submission
    from lms.accounts.models import User


@require_safe
def exercise(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Show the exercise with what was typed last: held post, draft, or the last answer."""
    page = _page(member(request, course), exercise)
    sheet = _filled_sheet(page) if page.item and page.shows_statement else None
    return _render(request, page, sheet)


@login_not_required
@require_POST
def save_draft(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Store what is typed. JSON for the page's script, a redirect for the plain button."""
    if not request.user.is_authenticated:
        if _wants_json(request):
            return JsonResponse({"is_signed_out": True}, status=401)
        return hold_and_sign_in(request, course, exercise)
    item = _work(request, course, exercise)
    version = marked_version(request.POST.get("version", ""), item)
    sheet = _posted_sheet(request, item, version)
    form = DraftForm(request.POST)
    if not form.is_valid() or is_too_long(sheet.fields):
        return _draft_refused(request, item, sheet)
    try:
        draft = store_draft(
            work_item=item,
            version=version,
            fields=sheet.fields,
            revision=form.cleaned_data["revision"],
        )
    except DraftConflict as conflict:
        return _draft_conflict(request, item, sheet=sheet, stored=conflict.draft)
    return _draft_saved(request, item, draft)


@login_not_required
@require_POST
def hand_in(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Take an answer in and lead to its receipt; anything wrong brings the form back, filled."""
    if not request.user.is_authenticated:
        return hold_and_sign_in(request, course, exercise)
    item = _work(request, course, exercise)
    version = marked_version(request.POST.get("version", ""), item)
    sheet = _posted_sheet(request, item, version)
    if not sheet.is_valid():
        _keep(item, sheet, version)
        return _form_again(request, item, sheet, version=version, status=422)
    held = holding.held_for(item) if "held" in request.POST else None
    try:
        submission = submit(
            work_item=item,
            key=request.POST.get("key", ""),
            version=version,
            answers=sheet.answers,
            received_at=_counting_time(request, held),
        )
    except HandInRefused as refusal:
        return _refused(request, item, sheet, version=version, refusal=refusal)
    if held is not None:
        holding.drop(held)
    return redirect("exercises:submission", course, submission.receipt)


def _work(request: HttpRequest, course: str, exercise: str) -> WorkItem:
    """Give the person's work item; raises Http404 for an exercise that is not hers."""
    user = cast("User", request.user)
    item = work_of(user_id=user.pk, course=course, exercise=exercise)
    if item is None:
        item = _page(member(request, course), exercise).item
    if item is None:
        raise PermissionDenied(_("Only people enrolled in the course can hand in answers."))
    if item.exercise.current_version is None:
        raise Http404(_("There is no such exercise in this course."))
    note_course(user, item.enrolment.course)
    return item


def _page(membership: Membership, slug: str) -> ExercisePage:
    """Read the page, opening the work item where that is due. Raises Http404."""
    try:
        assignment = assignment_for(membership, slug)
    except Exercise.DoesNotExist:
        raise Http404(_("There is no such exercise in this course.")) from None
    opened = None
    if membership.enrolment is not None and assignment.needs_opening:
        opened = open_work(enrolment=membership.enrolment, exercise=assignment.exercise)
    return exercise_page(membership, assignment, opened=opened, at=timezone.now())


def _page_of(request: HttpRequest, item: WorkItem) -> ExercisePage:
    membership = Membership(
        course=item.enrolment.course, user=cast("User", request.user), enrolment=item.enrolment
    )
    return _page(membership, item.exercise.slug)


def _filled_sheet(page: ExercisePage) -> AnswerSheet:
    item = cast("WorkItem", page.item)
    fields, answers = None, None
    if page.held is not None:
        fields = page.held.fields
    elif page.has_newer_draft and page.draft is not None:
        fields = page.draft.fields
    else:
        answers = last_answers(page)
    return AnswerSheet(page.specification, seed=item.variant_seed, fields=fields, answers=answers)


def _typed_sheet(
    item: WorkItem, version: ExerciseVersion, fields: Fields, *, ids: str = "id"
) -> AnswerSheet:
    """Give what was typed as it is: a draft is not checked, so it shows no errors."""
    return AnswerSheet(
        version.specification, seed=item.variant_seed, fields=fields, is_dirty=True, ids=ids
    )


def _posted_sheet(request: HttpRequest, item: WorkItem, version: ExerciseVersion) -> AnswerSheet:
    """Bind the posted fields. Raises BadRequest for bytes that are no UTF-8."""
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            request.body.decode()
        except UnicodeDecodeError:  # Django would take the whole body for Latin-1 and garble it
            raise BadRequest from None
    return AnswerSheet(version.specification, seed=item.variant_seed, data=request.POST)


def _render(
    request: HttpRequest,
    page: ExercisePage,
    sheet: AnswerSheet | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Draw the exercise page; `more` may name the key of a form that comes back."""
    context: dict[str, Any] = {
        "membership": page.membership,
        "page": page,
        "sheet": sheet,
        "held": page.held,
        # A form that comes back is shown whatever the time is: her text is in it.
        "may_type": sheet is not None and (page.may_hand_in or sheet.is_dirty),
    }
    if page.item is not None:
        context["key"] = new_key(page.item)
        context["version_mark"] = version_mark(page.item, page.version)
        context["revision"] = page.draft.revision if page.draft else 0
    return render(request, "exercises/exercise.html", context | more, status=status)


def _form_again(
    request: HttpRequest,
    item: WorkItem,
    sheet: AnswerSheet,
    *,
    version: ExerciseVersion,
    status: int,
    **more: Any,
) -> HttpResponse:
    """Bring the form back with what was typed, on the version and with the key it had."""
    kept = {
        "key": request.POST.get("key") or new_key(item),
        "version_mark": version_mark(item, version),
        "revision": request.POST.get("revision", "0"),
    }
    page = _page_of(request, item).on_version(version)
    return _render(request, page, sheet, status=status, **kept | more)


def _counting_time(request: HttpRequest, held: HeldPost | None) -> Any:
    if held is None:
        return None
    person = cast("User", request.user)
    return holding.counting_time(held, person=person, fields=fields_of(request))


def _refused(
    request: HttpRequest,
    item: WorkItem,
    sheet: AnswerSheet,
    *,
    version: ExerciseVersion,
    refusal: HandInRefused,
) -> HttpResponse:
    """Say why an answer was not taken, with the text still in the form and kept as a draft."""
    if isinstance(refusal, KeyReused):
        return _other_text(request, item, sheet, version=version, stored=refusal.submission)
    _keep(item, sheet, version)
    more: dict[str, Any] = {"refusal": refusal.sentence}
    status = 409
    if isinstance(refusal, KeyInvalid):
        status, more["key"] = 422, new_key(item)
    if isinstance(refusal, TooManyHandIns):
        status = 429
    response = _form_again(request, item, sheet, version=version, status=status, **more)
    if isinstance(refusal, TooManyHandIns):
        response["Retry-After"] = str(refusal.retry_after_s)
    return response


def _keep(item: WorkItem, sheet: AnswerSheet, version: ExerciseVersion) -> None:
    """Store the refused text as the draft: the newest typing wins over the draft it grew from."""
    if is_too_long(sheet.fields):
        return
    store_draft(work_item=item, version=version, fields=sheet.fields, revision=None)


def _other_text(
    request: HttpRequest,
    item: WorkItem,
    sheet: AnswerSheet,
    *,
    version: ExerciseVersion,
    stored: Submission,
) -> HttpResponse:
    """Show what this form already handed in beside what it holds now; one button hands it in."""
    page = _page_of(request, item).on_version(version)
    context = {"stored": stored, "key": new_key(item)}
    context["version_mark"] = version_mark(item, version)
    context["stored_sheet"] = AnswerSheet(
        version.specification, seed=item.variant_seed, answers=stored.answers, ids="other"
    )
    return _render(request, page, sheet, status=409, **context)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _draft_saved(request: HttpRequest, item: WorkItem, draft: Draft) -> HttpResponse:
    zone = item.enrolment.course.tzinfo
    saved_at = date_format(timezone.localtime(draft.updated_at, zone), "H:i:s")
    sentence = _("Draft saved %(time)s, revision %(revision)s") % {
        "time": saved_at, "revision": draft.revision,
    }  # fmt: skip
    if _wants_json(request):
        return JsonResponse({"revision": draft.revision, "sentence": sentence})
    messages.success(request, sentence)
    return HttpResponseRedirect(_exercise_url(item))


def _draft_refused(request: HttpRequest, item: WorkItem, sheet: AnswerSheet) -> HttpResponse:
    sentence = _("This text is too long for a draft. Shorten it below 64 kB, then save again.")
    if _wants_json(request):
        return JsonResponse({"sentence": sentence}, status=422)
    version = marked_version(request.POST.get("version", ""), item)
    typed = _typed_sheet(item, version, sheet.fields)
    return _form_again(request, item, typed, version=version, status=422, refusal=sentence)


def _draft_conflict(
    request: HttpRequest, item: WorkItem, *, sheet: AnswerSheet, stored: Draft
) -> HttpResponse:
    """Show both texts; saving again writes over the one that is named beside the button."""
    if _wants_json(request):
        return JsonResponse({"sentence": _("A newer draft exists, saved elsewhere.")}, status=409)
    version = marked_version(request.POST.get("version", ""), item)
    other = _typed_sheet(item, version, stored.fields, ids="other")
    return _form_again(
        request, item, _typed_sheet(item, version, sheet.fields), version=version, status=409,
        conflict=stored, revision=stored.revision, stored_sheet=other,
    )  # fmt: skip


def _exercise_url(item: WorkItem) -> str:
    return reverse("exercises:exercise", args=[item.enrolment.course.slug, item.exercise.slug])
