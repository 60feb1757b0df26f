"""The operator's page for our loggers' levels. No form on a row: rows are turns, and final."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST

from lms.observatory import level_switching
from lms.observatory.models import LevelSwitch
from lms.observatory.models.level_switch import MINUTES, REASON_LENGTH
from lms.telemetry.levels import level_of_settings

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from lms.accounts.models import User

    AnyAdmin = admin.ModelAdmin[LevelSwitch]
else:
    AnyAdmin = admin.ModelAdmin

PAGE = "admin:observatory_levelswitch_changelist"
TURNS_PER_PAGE = 25


class SwitchForm(forms.Form):
    """Which logger, for how long, and why."""

    logger = forms.ChoiceField(
        label=gettext_lazy("Logger"),
        help_text=gettext_lazy(
            "Only our own loggers that would say more. Lines of other code stay as they are."
        ),
        error_messages={"required": gettext_lazy("Choose a logger."),
                        "invalid_choice": gettext_lazy("Choose one of the loggers in the list.")},
    )  # fmt: skip
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("For how long"),
        coerce=int,
        initial=15,
        widget=forms.RadioSelect,
        choices=[(n, ngettext_lazy("%(n)d minute", "%(n)d minutes", n) % {"n": n})
                 for n in MINUTES],
        error_messages={"required": gettext_lazy("Choose for how long, an hour at most."),
                        "invalid_choice": gettext_lazy("Choose for how long, an hour at most.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("For whoever reads the history. It reaches no log line."),
        error_messages={"required": gettext_lazy("Write why, for whoever reads the history.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        names = level_switching.offered()
        choices = [("", _("Choose a logger")), *((name, name) for name in names)]
        cast("forms.ChoiceField", self.fields["logger"]).choices = choices


@admin.register(LevelSwitch)
class LevelSwitchAdmin(AnyAdmin):
    """One page: what holds now, the form, every turn so far."""

    def get_urls(self) -> list[URLPattern]:
        """Give the page and the early end; there is no form on a single row."""
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self.page), name="observatory_levelswitch_changelist"),
            path("end/", guarded(require_POST(self.end)), name="observatory_levelswitch_end"),
        ]

    def page(self, request: HttpRequest) -> HttpResponse:
        """Show what holds; a POST switches a logger."""
        operator = _operator(request)
        form = SwitchForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            turn = level_switching.switch(**form.cleaned_data, by=operator)
            messages.success(
                request,
                _("Within 5 seconds every process has %(logger)s at DEBUG, until %(until)s.")
                % {"logger": turn.logger, "until": f"{turn.until:%H:%M:%S} UTC"},
            )
            return redirect(PAGE)
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(
            request,
            "admin/observatory/levelswitch/page.html",
            self.admin_site.each_context(request) | self._context(request, form),
            status=status,
        )

    def end(self, request: HttpRequest) -> HttpResponse:
        """Put a logger back before its time."""
        logger = request.POST.get("logger", "")
        if level_switching.restore(logger=logger, by=_operator(request)):
            said = _("Within 5 seconds every process has %(logger)s back at %(level)s.")
            messages.success(request, said % {"logger": logger, "level": _level_name()})
        else:
            messages.info(request, _("That had ended already. Nothing was changed."))
        return redirect(PAGE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def _context(self, request: HttpRequest, form: SwitchForm) -> dict[str, Any]:
        turns = Paginator(LevelSwitch.objects.select_related("switched_by"), TURNS_PER_PAGE)
        return {
            "title": _("Log levels"),
            "opts": self.opts,
            "form": form,
            "standing": level_switching.standing(),
            "turns": turns.get_page(request.GET.get("page")),
            "level": _level_name(),
            "now": timezone.now(),
        }


def _level_name() -> str:
    return str(logging.getLevelName(level_of_settings()))


def _operator(request: HttpRequest) -> User:
    """Give the operator who asks; others are refused."""
    if not (request.user.is_active and request.user.is_superuser):
        raise PermissionDenied(_("Log levels are the operator's."))
    return request.user
