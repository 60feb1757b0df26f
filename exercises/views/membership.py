"""The doors of a course's pages: not hers is 404, not for her role is 403."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from exercises.access import CourseNotYours, Membership, membership_for
from lms.telemetry import traces

if TYPE_CHECKING:
    from django.http import HttpRequest

    from exercises.models import Course
    from lms.accounts.models import User


def member(request: HttpRequest, course: str) -> Membership:
    """Give the signed-in person's membership. Raises Http404 when she is not in the course."""
    person = cast("User", request.user)
    try:
        found = membership_for(person, course)
    except CourseNotYours:
        raise Http404(_("There is no such course among yours.")) from None
    note_course(person, found.course)
    return found


def note_course(person: User, course: Course) -> None:
    """Say on the request's trace whose page of which course it is, once she was let in.

    From the course that was found, never from the address: anyone can write a course's slug there.
    """
    traces.set_owner(person.pseudonym, course.slug)


def staff_member(request: HttpRequest, course: str) -> Membership:
    """Give the membership of an assistant or instructor. Raises Http404 or PermissionDenied."""
    found = member(request, course)
    if not found.is_staff:
        raise PermissionDenied(_("This page is for the course's assistants and instructors."))
    return found


def instructor_member(request: HttpRequest, course: str) -> Membership:
    """Give an instructor's membership. Raises Http404 or PermissionDenied."""
    found = member(request, course)
    if not found.is_instructor:
        raise PermissionDenied(_("This page is for the course's instructors."))
    return found
