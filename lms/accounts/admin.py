"""Accounts in the admin: the operator's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

    _StockUserAdmin = StockUserAdmin[User]
    _UserChangeForm = UserChangeForm[User]
else:
    _StockUserAdmin, _UserChangeForm = StockUserAdmin, UserChangeForm


class UserForm(_UserChangeForm):
    """An account; the operator cannot shut herself out with it. me: set for her own account."""

    me = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.me and not (cleaned.get("is_active") and cleaned.get("is_superuser")):
            raise ValidationError(
                _("You would shut yourself out. Another operator has to do that; keep both boxes.")
            )
        return cleaned


# Roles come from enrolments; groups would be a control that does nothing.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(_StockUserAdmin):
    """People who sign in. Leaving is deactivation here; erasing has its own use case."""

    form = UserForm
    actions = None
    list_display = ("username", "is_active", "is_superuser", "is_demo", "date_joined")
    list_filter = ("is_active", "is_superuser", "is_demo")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("is_demo", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("What this account may do"),
            {
                "fields": ("is_active", "is_superuser", "is_demo"),
                "description": _(
                    "Switch off Active when somebody leaves: nobody can sign in with the account "
                    "then, and what was handed in stays. Superuser makes an operator; all other "
                    "roles are given in a course, under People."
                ),
            },
        ),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"me": obj is not None and obj.pk == request.user.pk})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return _is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return _is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def _is_operator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
