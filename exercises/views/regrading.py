"""The pages on which instructors have stored answers graded again."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exercises import regrading
from exercises.queries.regrade_page import (
    NOT_UNDONE,
    batch_of,
    batches_of,
    regradable,
    regrade_page,
    rows_of,
    tone_of,
)
from exercises.regrade_forms import RegradeForm
from exercises.views.grades import Echo, harmless
from exercises.views.membership import instructor_member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

    from exercises.access import Membership
    from exercises.models import Exercise, RegradeBatch, RegradeRow

ROWS_PER_PAGE = 50
_SEEN_S = 2


@never_cache
@require_safe
def regrades(request: HttpRequest, course: str) -> HttpResponse:
    """Show the regrades of the course, the newest first."""
    viewer = instructor_member(request, course)
    page = Paginator(batches_of(viewer.course), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"membership": viewer, "course": viewer.course, "page": page}
    return render(request, "exercises/regrades.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_regrade(request: HttpRequest, course: str) -> HttpResponse:
    """Choose an exercise (?exercise=) and what is graded again, or begin the preview."""
    viewer = instructor_member(request, course)
    exercises = regradable(viewer.course)
    exercise = _chosen(exercises, request.GET.get("exercise", ""))
    form = None
    if exercise is not None:
        form = RegradeForm(request.POST or None, exercise=exercise)
    if form is not None and exercise is not None and form.is_valid():
        try:
            batch = regrading.start(exercise=exercise, orders=form.orders, actor=viewer.user)
        except regrading.RegradeRefused as refused:
            form.add_error(None, str(refused.sentence))
        else:
            return redirect("exercises:regrade", course, batch.pk)
    context = {
        "membership": viewer,
        "course": viewer.course,
        "exercises": exercises,
        "exercise": exercise,
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "exercises/new_regrade.html", context, status=status)


@never_cache
@require_safe
def regrade(request: HttpRequest, course: str, batch: int) -> HttpResponse:
    """Show one regrade: who changes by how much, how far it is, what may be done."""
    viewer = instructor_member(request, course)
    found = _batch(viewer, batch)
    outcome = request.GET.get("outcome", "")
    pages = Paginator(rows_of(found, outcome=outcome), ROWS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "membership": viewer,
        "course": viewer.course,
        "regrade": regrade_page(found),
        "batch": found,
        "page": page,
        "rows": [(row, tone_of(row)) for row in page.object_list],
        "outcome": outcome,
        "more": urlencode({"outcome": outcome}) if outcome else "",
        "not_undone": NOT_UNDONE,
        "delay_s": _SEEN_S,
    }
    return render(request, "exercises/regrade.html", context)


@never_cache
@require_safe
def regrade_state(request: HttpRequest, course: str, batch: int) -> HttpResponse:
    """Give the progress alone; the whole page anew once the state is another than ?seen=."""
    viewer = instructor_member(request, course)
    found = _batch(viewer, batch)
    if found.state != request.GET.get("seen"):
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    context = {
        "course": viewer.course,
        "regrade": regrade_page(found),
        "batch": found,
        "delay_s": _SEEN_S,
    }
    return render(request, "exercises/_regrade_progress.html", context)


@require_safe
def regrade_csv(request: HttpRequest, course: str, batch: int) -> StreamingHttpResponse:
    """Give all rows as a file for a spreadsheet, read while it is sent."""
    viewer = instructor_member(request, course)
    found = _batch(viewer, batch)
    response = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="regrade-{found.pk}.csv"'
    return response


@require_POST
def apply_regrade(request: HttpRequest, course: str, batch: int) -> HttpResponse:
    """Begin to write what the preview showed."""
    return _ordered(request, course, batch, regrading.apply)


@require_POST
def cancel_regrade(request: HttpRequest, course: str, batch: int) -> HttpResponse:
    """Stop a regrade where it stands."""
    return _ordered(request, course, batch, regrading.cancel)


@require_POST
def undo_regrade(request: HttpRequest, course: str, batch: int) -> HttpResponse:
    """Begin to restore what held before."""
    return _ordered(request, course, batch, regrading.undo)


def _ordered(
    request: HttpRequest, course: str, pk: int, order: Callable[..., None]
) -> HttpResponse:
    viewer = instructor_member(request, course)
    batch = _batch(viewer, pk)
    try:
        order(batch=batch, actor=viewer.user)
    except regrading.RegradeRefused as refused:
        messages.warning(request, refused.sentence)
    return redirect("exercises:regrade", course, pk)


def _batch(viewer: Membership, pk: int) -> RegradeBatch:
    found = batch_of(viewer.course, pk)
    if found is None:
        raise Http404(_("There is no such regrade in this course."))
    return found


def _chosen(exercises: list[Exercise], slug: str) -> Exercise | None:
    if not slug:
        return None
    for exercise in exercises:
        if exercise.slug == slug:
            return exercise
    raise Http404(_("There is no such exercise in this course."))


def _lines(batch: RegradeBatch) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff"  # without it Excel reads UTF-8 as something else
    yield writer.writerow(
        [
            _("Who"), _("Receipt"), _("Attempt"), _("Old"), _("New"), _("Difference"),
            _("Outcome"), _("Why"), _("Written"), _("Undone"), _("Why not undone"),
        ]
    )  # fmt: skip
    for row in rows_of(batch).iterator(chunk_size=200):
        yield writer.writerow(_cells(row))


def _cells(row: RegradeRow) -> list[str]:
    submission = row.submission
    numbers = (row.old_points, row.new_points, row.difference)
    return [
        harmless(submission.work_item.enrolment.pseudonym),
        submission.receipt,
        str(submission.number),
        # A loss begins with a minus and is a number: no formula.
        *("" if number is None else str(number) for number in numbers),
        str(row.get_outcome_display()),
        str(row.get_reason_display()) if row.reason else "",
        _("yes") if row.written_id else "",
        _("yes") if row.undo_grade_id else "",
        str(row.get_undo_skip_display()) if row.undo_skip else "",
    ]
