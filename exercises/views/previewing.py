"""An exercise as its students will see it, for those who write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exercises.author_sheets import newest_version
from exercises.authoring.trying import KIND as RUBRIC_KIND
from exercises.contract import Variant
from exercises.forms import AnswerSheet
from exercises.models import Exercise
from exercises.views.membership import staff_member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.models import ExerciseVersion

# Every preview draws the same variant, so that two authors speak of the same data.
SEED = "0" * 32


@never_cache
@require_safe
def preview(request: HttpRequest, course: str, exercise: str) -> HttpResponse:
    """Show the newest version of an exercise, a draft too; nothing can be handed in or stored."""
    viewer = staff_member(request, course)
    version = _newest(viewer, exercise)
    specification = version.specification
    variant = Variant(seed=SEED)
    context = {
        "membership": viewer,
        "course": viewer.course,
        "exercise": version.exercise,
        "version": version,
        "specification": specification,
        "tryable": [part for part in specification.parts if part.kind.slug == RUBRIC_KIND],
        "sheet": AnswerSheet(specification, seed=SEED),
        "model_answers": [
            (part.title, part.kind.model_answer(part.spec, variant=variant))
            for part in specification.parts
        ],
    }
    return render(request, "exercises/preview.html", context)


def _newest(viewer: Membership, exercise: str) -> ExerciseVersion:
    found = (
        Exercise.objects.filter(course=viewer.course, slug=exercise)
        .select_related("module", "current_version")
        .first()
    )
    version = newest_version(found) if found else None
    if found is None or version is None:
        raise Http404(_("No exercise of this course has that name, or nothing is written yet."))
    version.exercise = found
    return version
