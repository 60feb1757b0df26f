"""What a person finds in the admin: rows of her own courses, in the measure of her role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from exercises.admin_site import reach_of
from exercises.auditing import record

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse

    from exercises.models import Course
    from lms.accounts.models import User

    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


# Prose about people holds names: an audit event says that it changed, and no more.
_PROSE = {"extension_reason", "reason", "content", "seen"}


def record_change(
    action: str, row: Model, *, form: forms.ModelForm[Any], course: Course, actor: User
) -> None:
    """Write one audit event with the fields that a form changed; none when it changed none."""
    changed = [name for name in form.changed_data if name not in _PROSE]
    if changed:
        record(
            action,
            row,
            course=course,
            actor=actor,
            before={name: str(form.initial.get(name)) for name in changed},
            after={name: str(form.cleaned_data[name]) for name in changed},
        )


class PlainAdmin(AnyAdmin):
    """One row at a time: no bulk actions, 404 for what is not hers, history for the operator."""

    actions = None
    view_on_site = False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404(_("There is nothing of that number among yours."))
        return found

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse all but the operator: the log names accounts."""
        if not reach_of(request).is_operator:
            raise PermissionDenied(_("The log of changes is the operator's."))
        return super().history_view(request, object_id, extra_context)


class CourseScopedAdmin(PlainAdmin):
    """Rows of a course: assistants look, instructors write; a role in another course is no role."""

    course_path = "course_id"

    def course_of(self, row: Any) -> int:
        """Give the id of a row's course."""
        return int(getattr(row, self.course_path))

    def is_used(self, row: Any) -> bool:
        """Claim that people's work hangs on the row, so that it must not be deleted."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows, reach = super().get_queryset(request), reach_of(request)
        if reach.is_operator:
            return rows
        return rows.filter(**{f"{self.course_path}__in": reach.courses})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).is_any

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        reach = reach_of(request)
        return reach.is_any if obj is None else reach.sees(self.course_of(obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        reach = reach_of(request)
        return reach.instructs_any if obj is None else reach.instructs(self.course_of(obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).instructs_any

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return False
        return reach_of(request).instructs(self.course_of(obj)) and not self.is_used(obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Leave the verdict to has_delete_permission: an unused row takes its versions along."""
        listed, counts, _needed, _protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), []


class OperatorAdmin(PlainAdmin):
    """Records about people: the operator's alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).is_operator

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return reach_of(request).is_operator

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return reach_of(request).is_operator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).is_operator

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class ReadOnlyAdmin(OperatorAdmin):
    """Records that never change, or that only a use case may change."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False
