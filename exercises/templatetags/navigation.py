"""The areas of the top bar, by role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from exercises.access import Membership

register = template.Library()


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the top bar."""

    label: str
    address: str
    is_current: bool


@register.simple_tag(takes_context=True)
def areas(context: template.Context) -> list[Area]:
    """Give the areas that the person may open: those of the page's course, and her telemetry."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return []
    request = context.get("request")
    observe = Area(_("Observe"), reverse("observatory:overview"), _is_in(request, "observatory"))
    membership: Membership | None = context.get("membership")
    if membership is not None:
        return [*_of_course(membership, request), observe]
    courses = Area(_("Courses"), reverse("exercises:courses"), _name_of(request) == "courses")
    return [courses, observe]


def _of_course(membership: Membership, request: Any) -> list[Area]:
    names = [(_("Learn"), "course", _LEARN), (_("Grades"), "grades", {"grades"})]
    if membership.is_staff:
        names.append((_("Review"), "review_queue", _REVIEW))
    if membership.is_instructor:
        names.append((_("Regrade"), "regrades", _REGRADES))
        names.append((_("People"), "people", _PEOPLE))
    here = _name_of(request)
    slug = membership.course.slug
    return [
        Area(label, address, here in pages)
        for label, name, pages in names
        if (address := _address(name, slug))
    ]


_LEARN = {"course", "exercise", "save_draft", "hand_in", "submission"}
_REGRADES = {
    "regrades",
    "new_regrade",
    "regrade",
    "apply_regrade",
    "cancel_regrade",
    "undo_regrade",
}
_REVIEW = {
    "review_queue", "reveal_names", "review", "reveal_name", "review_checked", "replace_grade",
    "snippets", "snippet",
}  # fmt: skip
_PEOPLE = {
    "people", "person", "make_code", "revoke_code", "set_role", "grant_extension", "override_policy"
}  # fmt: skip


def _name_of(request: Any) -> str:
    return request.resolver_match.url_name or "" if _is_in(request, "exercises") else ""


def _is_in(request: Any, namespace: str) -> bool:
    match = getattr(request, "resolver_match", None)
    return match is not None and match.namespace == namespace


def _address(name: str, slug: str) -> str:
    try:
        return reverse(f"exercises:{name}", args=[slug])
    except NoReverseMatch:
        return ""
