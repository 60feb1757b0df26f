"""Who may look at which telemetry, in which zone she reads times, and which routes students use.

Settings name these functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.urls import get_resolver

from exercises.models import Enrolment
from lms.observatory.red.routes import Routes
from lms.observatory.viewing import NOBODY, Viewer

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from lms.accounts.models import User

# Pages that every student opens, whatever her answers were worth: a second look and a self-check
# are asked for after a loss, and their numbers would tell of outcomes.
STUDENT_PAGES: Final = (
    "courses", "course", "exercise", "save_draft", "hand_in", "submission", "submission_state",
)  # fmt: skip


def viewer_of(user: User | AnonymousUser) -> Viewer:
    """Give what a person may see of the site's telemetry, in one query.

    A student or assistant her own; an instructor also what is nobody's and what is of the courses
    that she teaches; an operator all.
    """
    if not user.is_authenticated:
        return NOBODY
    if user.is_superuser:
        return Viewer(owner=user.pseudonym, sees_unowned=True, sees_all=True)
    teaches = Enrolment.objects.filter(user=user, role=Enrolment.Role.INSTRUCTOR)
    courses = frozenset(teaches.values_list("course__slug", flat=True))
    return Viewer(owner=user.pseudonym, courses=courses, sees_unowned=bool(courses))


def zone_of(user: User | AnonymousUser) -> ZoneInfo:
    """Give the zone of a person's courses, in one query; UTC when they have several or none."""
    if not user.is_authenticated:
        return ZoneInfo("UTC")
    zones = Enrolment.objects.filter(user=user).values_list("course__zone", flat=True).distinct()
    found = list(zones[:2])
    return ZoneInfo(found[0] if len(found) == 1 else "UTC")


def routes() -> Routes:
    """Give the address templates of what students use, as metrics name them."""
    prefix, pages = get_resolver().namespace_dict["exercises"]
    by_name = {
        getattr(page, "name", ""): f"{prefix}{page.pattern}" or "/" for page in pages.url_patterns
    }
    return Routes(frozenset(by_name[name] for name in STUDENT_PAGES), by_name["hand_in"])
