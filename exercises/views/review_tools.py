"""Beside the decision: names behind pseudonyms, the keys' switch, phrases for the feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from exercises import naming
from exercises.models import Exercise, FeedbackSnippet, ReviewPreference
from exercises.queue_sheets import queue_rows
from exercises.review_forms import SnippetForm
from exercises.views.membership import instructor_member, staff_member
from exercises.views.review_doors import desk_of, submission_for
from exercises.views.reviewing import queue_page, queue_pages, review_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership


@never_cache
@require_POST
def reveal_names(request: HttpRequest, course: str) -> HttpResponse:
    """Show a page of the queue with names, this once; each is noted in the audit log."""
    viewer = instructor_member(request, course)
    desk = desk_of(request, course)
    page = queue_pages(desk).get_page(request.GET.get("page"))
    people = [
        row.submission.work_item.enrolment for row in queue_rows(page.object_list, viewer=viewer)
    ]
    names = naming.reveal(people, course=viewer.course, actor=viewer.user)
    return queue_page(request, desk, names=names)


@never_cache
@require_POST
def reveal_name(request: HttpRequest, course: str, receipt: str) -> HttpResponse:
    """Show one submission with its student's name, this once; it is noted in the audit log."""
    viewer = instructor_member(request, course)
    desk = desk_of(request, course)
    submission = submission_for(viewer, receipt)
    enrolment = submission.work_item.enrolment
    names = naming.reveal([enrolment], course=viewer.course, actor=viewer.user)
    return review_page(request, desk, submission, name=names[enrolment.pk])


@require_POST
def switch_keys(request: HttpRequest, course: str) -> HttpResponse:
    """Turn the review page's keys off or on for this person, everywhere."""
    viewer = staff_member(request, course)
    are_off = request.POST.get("keys") == "off"
    ReviewPreference.objects.update_or_create(
        person=viewer.user, defaults={"keys_are_off": are_off}
    )
    return _back(request, viewer)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def snippets(request: HttpRequest, course: str, exercise: str, part: str) -> HttpResponse:
    """Show the phrases of one question, and add one."""
    viewer = staff_member(request, course)
    found = _exercise(viewer, exercise, part)
    form = SnippetForm(instance=FeedbackSnippet(exercise=found, part=part, author=viewer.user))
    if request.method == "POST":
        form = SnippetForm(request.POST, instance=form.instance)
        if _is_saved(form):
            messages.success(request, _("The phrase is saved. All staff of the course see it."))
            return redirect("exercises:snippets", course, exercise, part)
    return _snippets_page(request, viewer, found, part, form=form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def snippet(request: HttpRequest, course: str, snippet: int) -> HttpResponse:
    """Change one of one's own phrases."""
    viewer = staff_member(request, course)
    found = _own_snippet(viewer, snippet)
    form = SnippetForm(request.POST or None, instance=found)
    if _is_saved(form):
        messages.success(request, _("The phrase is changed."))
        return redirect("exercises:snippets", course, found.exercise.slug, found.part)
    return _snippets_page(request, viewer, found.exercise, found.part, form=form)


@require_POST
def delete_snippet(request: HttpRequest, course: str, snippet: int) -> HttpResponse:
    """Delete one of one's own phrases; feedback that has it keeps it."""
    viewer = staff_member(request, course)
    found = _own_snippet(viewer, snippet)
    found.delete()
    messages.success(request, _("The phrase is deleted. Feedback that has it keeps it."))
    return redirect("exercises:snippets", course, found.exercise.slug, found.part)


def _is_saved(form: SnippetForm) -> bool:
    """Save a phrase; False, and the reason on the form, where it cannot be."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("title", _("A phrase with this button is there already. Name it otherwise."))
        return False
    return True


def _exercise(viewer: Membership, slug: str, part: str) -> Exercise:
    exercise = get_object_or_404(
        Exercise.objects.select_related("current_version"), course=viewer.course, slug=slug
    )
    version = exercise.current_version
    if version is None or not any(each.slug == part for each in version.specification.parts):
        raise Http404(_("The exercise has no such question."))
    return exercise


def _own_snippet(viewer: Membership, pk: int) -> FeedbackSnippet:
    found = get_object_or_404(
        FeedbackSnippet.objects.select_related("exercise"),
        exercise__course=viewer.course,
        pk=pk,
    )
    if not _may_change(viewer, found):
        raise PermissionDenied(_("Whoever wrote a phrase changes it. Add one of your own."))
    return found


def _may_change(viewer: Membership, snippet: FeedbackSnippet) -> bool:
    is_orphan = snippet.author_id is None
    return snippet.author_id == viewer.user.pk or (is_orphan and viewer.is_instructor)


def _snippets_page(
    request: HttpRequest, viewer: Membership, exercise: Exercise, part: str, *, form: SnippetForm
) -> HttpResponse:
    rows = FeedbackSnippet.objects.filter(exercise=exercise, part=part).select_related("author")
    context = {
        "membership": viewer,
        "course": viewer.course,
        "exercise": exercise,
        "part": part,
        "form": form,
        "rows": [
            {
                "snippet": row,
                "author": naming.name_of(row.author) if row.author else "",
                "may_change": _may_change(viewer, row),
            }
            for row in rows
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "exercises/review_snippets.html", context, status=status)


def _back(request: HttpRequest, viewer: Membership) -> HttpResponse:
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return HttpResponseRedirect(there)
    return redirect("exercises:review_queue", viewer.course.slug)
