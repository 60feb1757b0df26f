"""The pages that lead to exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exercises.queries.course_page import course_page, courses_of
from exercises.views.membership import member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from lms.accounts.models import User


@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    """List the person's courses; with only one, go there."""
    found = courses_of(cast("User", request.user))
    if len(found) == 1:
        return redirect("exercises:course", found[0].slug)
    return render(request, "exercises/courses.html", {"courses": found})


@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    """Show modules and exercises with where the person stands in each."""
    membership = member(request, course)
    page = course_page(membership, at=timezone.now())
    return render(request, "exercises/course.html", {"membership": membership, "page": page})
