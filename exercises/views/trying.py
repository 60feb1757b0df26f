"""The page on which an author tries a rubric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exercises import rubric_trials
from exercises.authoring.document import UnreadableFiles
from exercises.models import Exercise
from exercises.trying_forms import TryForm
from exercises.views.membership import staff_member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.rubric_trials import RubricTrial, Side


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_rubric(request: HttpRequest, course: str, exercise: str, part: str) -> HttpResponse:
    """Grade an author's answers with the published and the drafted rubric; store nothing."""
    viewer = staff_member(request, course)
    found, sides = _sides(viewer, exercise, part)
    context = {
        "membership": viewer,
        "course": viewer.course,
        "exercise": found,
        "sides": sides,
        "title": sides[-1].part.title,
        "label_ids": sides[-1].criterion_ids,
        "form": TryForm(),
    }
    if request.method != "POST":
        return render(request, "exercises/try_rubric.html", context)
    form = TryForm(request.POST, request.FILES)
    trial, problems = _tried(form, sides)
    context |= {"form": form, "trial": trial, "problems": problems}
    status = 200 if trial else 422
    return render(request, "exercises/try_rubric.html", context, status=status)


def _sides(viewer: Membership, slug: str, part: str) -> tuple[Exercise, list[Side]]:
    exercise = (
        Exercise.objects.filter(course=viewer.course, slug=slug)
        .select_related("module", "current_version")
        .first()
    )
    sides = rubric_trials.sides_of(exercise, part) if exercise else []
    if exercise is None or not sides:
        raise Http404(_("This course has no free-text question of that name."))
    return exercise, sides


def _tried(form: TryForm, sides: list[Side]) -> tuple[RubricTrial | None, list[tuple[str, str]]]:
    """Give what was tried, or what is wrong as (place, sentence)."""
    until = rubric_trials.deadline()
    if not form.is_valid():
        return None, []
    has_labels = form.cleaned_data["shape"] == TryForm.YAML
    try:
        answers = rubric_trials.read(form.raw, sides=sides, has_labels=has_labels)
        return rubric_trials.run(answers, sides=sides, until=until), []
    except UnreadableFiles as unreadable:
        return None, [(_place(p.line, p.field), p.message) for p in unreadable.problems]
    except rubric_trials.TimeUsed as used:
        sentence = _("The computing time for one page was used after %(n)s answers; try fewer.")
        return None, [("", sentence % {"n": used.done})]


def _place(line: int, field: str) -> str:
    if field:
        return _("Line %(line)s, %(field)s") % {"line": line, "field": field}
    return _("Line %(line)s") % {"line": line}
