"""How far people agree with the machine, and the switches of release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exercises import release_control
from exercises.agreement_forms import ReleaseForm
from exercises.models import Exercise
from exercises.queries.agreement_page import part_agreements
from exercises.views.membership import instructor_member, staff_member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.specification import Part


@never_cache
@require_safe
def agreement(request: HttpRequest, course: str) -> HttpResponse:
    """Show each audited part with its agreement, its switch and what became of it."""
    return _page(request, staff_member(request, course))


@require_POST
def set_release(request: HttpRequest, course: str, exercise: str, part: str) -> HttpResponse:
    """Switch the release of one part on or off."""
    viewer = instructor_member(request, course)
    found, asked = _audited(viewer, exercise, part)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _page(request, viewer, refused=(f"{exercise}.{part}", form), status=422)
    change = release_control.set_release(
        exercise=found,
        part=asked,
        is_on=form.cleaned_data["is_on"],
        reason=form.cleaned_data["reason"],
        by=viewer.user,
    )
    _tell(request, title=asked.title, is_on=form.cleaned_data["is_on"], changed=change is not None)
    return redirect("exercises:agreement", viewer.course.slug)


def _audited(viewer: Membership, slug: str, part: str) -> tuple[Exercise, Part]:
    exercise = (
        Exercise.objects.select_related("current_version", "course")
        .filter(course=viewer.course, slug=slug)
        .first()
    )
    parts = (
        exercise.current_version.specification.parts
        if exercise and exercise.current_version
        else ()
    )
    found = next((each for each in parts if each.slug == part and each.kind.is_audited), None)
    if exercise is None or found is None:
        raise Http404(_("This course has no such question whose release can be switched."))
    return exercise, found


def _tell(request: HttpRequest, *, title: str, is_on: bool, changed: bool) -> None:
    if not changed:
        messages.info(request, _("It stands so already. Nothing has changed."))
    elif is_on:
        messages.success(request, _("The machine releases %(title)s again.") % {"title": title})
    else:
        said = _("A person now looks at every new answer to %(title)s.")
        messages.success(request, said % {"title": title})


def _page(
    request: HttpRequest,
    viewer: Membership,
    *,
    refused: tuple[str, ReleaseForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    anchor, form = refused or ("", None)
    context = {
        "membership": viewer,
        "course": viewer.course,
        "rows": part_agreements(viewer.course),
        "refused_anchor": anchor,
        "refused_form": form,
        "target": settings.RELEASE_AGREEMENT_TARGET,
        "first": release_control.AUDITED_FIRST,
        "share": release_control.AUDITED_OF_100,
    }
    return render(request, "exercises/agreement.html", context, status=status)
