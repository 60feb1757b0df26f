"""The people of a course, for its instructors: roster, codes, roles, more time and attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exercises import enrolling, granting
from exercises.enrolling_forms import CodeForm, GrantForm, OverrideForm, RoleForm, SearchForm
from exercises.models import InvitationCode
from exercises.queries.people_page import codes_of, exercises_of, person_of, roster
from exercises.views.membership import instructor_member
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from exercises.access import Membership
    from exercises.models import Enrolment
    from exercises.queries.people_page import PersonExercise

log = get_logger(__name__)

ROWS_PER_PAGE = 50


@never_cache
@require_safe
def people(request: HttpRequest, course: str) -> HttpResponse:
    """Show who is in the course, under their names, and its invitation codes."""
    viewer = instructor_member(request, course)
    return _people_page(request, viewer, CodeForm(zone=viewer.course.tzinfo))


@never_cache
@require_safe
def person(request: HttpRequest, course: str, enrolment: int) -> HttpResponse:
    """Show one person's role, extra time and exercises; ?exercise= opens one to change it."""
    viewer = instructor_member(request, course)
    return _person_page(request, viewer, _person(viewer, enrolment))


@require_POST
def make_code(request: HttpRequest, course: str) -> HttpResponse:
    """Make an invitation code."""
    viewer = instructor_member(request, course)
    form = CodeForm(request.POST, zone=viewer.course.tzinfo)
    if not form.is_valid():
        return _people_page(request, viewer, form, status=422)
    enrolling.make_code(
        course=viewer.course,
        expires_at=form.cleaned_data["last_day"],
        uses_max=form.cleaned_data["uses_max"],
        maker=viewer.user,
    )
    messages.success(request, _("The code is made. Send its link to your students."))
    return redirect("exercises:people", course)


@require_POST
def revoke_code(request: HttpRequest, course: str, code: int) -> HttpResponse:
    """Withdraw an invitation code."""
    viewer = instructor_member(request, course)
    invitation = get_object_or_404(
        InvitationCode.objects.select_related("course"), course=viewer.course, pk=code
    )
    enrolling.revoke_code(invitation=invitation, actor=viewer.user)
    messages.success(request, _("The code is withdrawn. Who joined with it stays in the course."))
    return redirect("exercises:people", course)


@require_POST
def set_role(request: HttpRequest, course: str, enrolment: int) -> HttpResponse:
    """Change a person's role."""
    viewer = instructor_member(request, course)
    who = _person(viewer, enrolment)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            granting.set_role(enrolment=who, role=form.cleaned_data["role"], actor=viewer.user)
        except granting.LastInstructor as refused:
            form.add_error("role", str(refused.sentence))
    if not form.is_valid():
        return _person_page(request, viewer, who, role_form=form, status=422)
    messages.success(request, _("The role is saved. It holds from now on."))
    if who.user_id == viewer.user.pk and not viewer.user.is_superuser:
        return redirect("exercises:course", course)  # she may have closed this page to herself
    return redirect("exercises:person", course, enrolment)


@require_POST
def grant_extension(request: HttpRequest, course: str, enrolment: int) -> HttpResponse:
    """Set a person's extra time for the whole course."""
    viewer = instructor_member(request, course)
    who = _person(viewer, enrolment)
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _person_page(request, viewer, who, extension_form=form, status=422)
    granting.grant_extension(
        enrolment=who,
        extension=form.extra_time,
        reason=form.cleaned_data["reason"],
        granter=viewer.user,
    )
    messages.success(request, _("The extra time is saved: all deadlines of this person follow it."))
    if form.extra_time and any(row.is_revealed for row in exercises_of(who)):
        messages.warning(
            request,
            _(
                "In the exercises marked below the discussion was already shown: what is handed in "
                "there is practice. Change such an exercise to let more attempts count."
            ),
        )
    return redirect("exercises:person", course, enrolment)


@require_POST
def override_policy(
    request: HttpRequest, course: str, enrolment: int, exercise: str
) -> HttpResponse:
    """Set a person's extra time and attempts in one exercise."""
    viewer = instructor_member(request, course)
    who = _person(viewer, enrolment)
    row = _row_of(exercises_of(who), exercise)
    form = OverrideForm(request.POST, is_revealed=row.is_revealed)
    if form.is_valid():
        try:
            granting.override_policy(
                enrolment=who, exercise=row.exercise, granter=viewer.user, **form.values
            )
        except granting.WouldBePractice as refused:
            form.add_error("counts_after_reveal", str(refused.sentence))
    if not form.is_valid():
        return _person_page(request, viewer, who, slug=exercise, override_form=form, status=422)
    messages.success(request, _("%(title)s is changed for this person.") % {"title": row.title})
    return redirect("exercises:person", course, enrolment)


def _person(viewer: Membership, pk: int) -> Enrolment:
    found = person_of(viewer.course, pk)
    if found is None:
        raise Http404(_("There is no such person in this course."))
    return found


def _row_of(rows: list[PersonExercise], slug: str) -> PersonExercise:
    for row in rows:
        if row.exercise.slug == slug:
            return row
    raise Http404(_("There is no such exercise in this course."))


def _people_page(
    request: HttpRequest, viewer: Membership, form: CodeForm, *, status: int = 200
) -> HttpResponse:
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    pages = Paginator(roster(viewer.course, search=words), ROWS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    log.info("names.shown", course=viewer.course.slug, count=len(page.object_list))
    context = {
        "membership": viewer,
        "course": viewer.course,
        "page": page,
        "search": words,
        "more": urlencode({"q": words}) if words else "",
        "codes": codes_of(viewer.course),
        "join_address": request.build_absolute_uri(reverse("exercises:join")),
        "code_form": form,
    }
    return render(request, "exercises/people.html", context, status=status)


def _person_page(
    request: HttpRequest,
    viewer: Membership,
    who: Enrolment,
    *,
    slug: str = "",
    status: int = 200,
    **bound: Any,
) -> HttpResponse:
    """bound: role_form, extension_form, override_form as posted, with their errors."""
    rows = exercises_of(who)
    slug = slug or request.GET.get("exercise", "")
    chosen = _row_of(rows, slug) if slug else None
    log.info("names.shown", course=viewer.course.slug, count=1)
    context = {
        "membership": viewer,
        "course": viewer.course,
        "who": who,
        "rows": rows,
        "chosen": chosen,
        "role_form": RoleForm(initial={"role": who.role}),
        "extension_form": GrantForm(
            initial=GrantForm.initial_of(who.extension, who.extension_reason)
        ),
        "override_form": OverrideForm(
            initial=OverrideForm.initial_from(chosen.override), is_revealed=chosen.is_revealed
        )
        if chosen
        else None,
        **bound,
    }
    return render(request, "exercises/person.html", context, status=status)
