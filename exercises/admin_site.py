"""Who may enter the admin, and which courses she finds there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.models import Enrolment

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern, URLResolver

    from lms.accounts.models import User

    ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])

# Our own account pages do these; a second sign-in form would have no throttle.
_ELSEWHERE = {"password_change", "password_change_done"}


@dataclass(frozen=True, slots=True)
class Reach:
    """The courses that one person finds in the admin, by what she may do there.

    The two sets hold course ids; an operator reaches every course whatever they say.
    """

    is_operator: bool
    instructed: frozenset[int]
    assisted: frozenset[int]

    @property
    def courses(self) -> frozenset[int]:
        return self.instructed | self.assisted

    @property
    def is_any(self) -> bool:
        return self.is_operator or bool(self.courses)

    @property
    def instructs_any(self) -> bool:
        return self.is_operator or bool(self.instructed)

    def sees(self, course_id: int) -> bool:
        return self.is_operator or course_id in self.courses

    def instructs(self, course_id: int) -> bool:
        return self.is_operator or course_id in self.instructed


def reach_of(request: HttpRequest) -> Reach:
    """Give the signed-in person's reach, read once per request from her enrolments."""
    kept = vars(request)
    if "_admin_reach" not in kept:
        kept["_admin_reach"] = _reach(cast("User", request.user))
    return cast("Reach", kept["_admin_reach"])


def _reach(user: User) -> Reach:
    if not user.is_active or user.is_superuser:
        return Reach(user.is_active and user.is_superuser, frozenset(), frozenset())
    roles = Enrolment.objects.filter(user=user).values_list("course_id", "role")
    by_role = {role: frozenset(c for c, r in roles if r == role) for role in Enrolment.Role}
    return Reach(
        is_operator=False,
        instructed=by_role[Enrolment.Role.INSTRUCTOR],
        assisted=by_role[Enrolment.Role.ASSISTANT],
    )


class CourseAdminSite(admin.AdminSite):
    """Open to operators and to the assistants and instructors of any course.

    Roles come from enrolments alone: Django's is_staff flag and per-user permissions are not read,
    so a role that is taken away closes the admin at once.
    """

    site_header = gettext_lazy("Watchers administration")
    site_title = gettext_lazy("Watchers administration")
    index_title = gettext_lazy("What you can write and set")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and reach_of(request).is_any

    def admin_view(self, view: ViewT, cacheable: bool = False) -> ViewT:  # noqa: FBT001, FBT002
        """Answer 403 to the signed-in whom no role lets in, instead of asking for a sign-in."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self._refuse_students(request)
            return guarded(request, *args, **kwargs)

        return cast("ViewT", update_wrapper(inner, guarded))

    @method_decorator(login_not_required)
    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Send to the site's own sign-in, which throttles guesses."""
        self._refuse_students(request)
        index = resolve_url("admin:index")
        if self.has_permission(request):
            return redirect(index)
        return redirect_to_login(request.GET.get("next", index), resolve_url("accounts:sign_in"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [u for u in super().get_urls() if getattr(u, "name", None) not in _ELSEWHERE]

    def _refuse_students(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied(_("The admin is for assistants, instructors and operators."))
