"""Exercises in the admin: policy, the text of the draft, its samples, publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exercises.admin.courses import has_work
from exercises.admin.exercise_forms import POLICY, DraftForm, ExerciseForm
from exercises.admin.scoping import CourseScopedAdmin, record_change
from exercises.admin_site import reach_of
from exercises.author_sheets import newest_version, sample_report, text_of
from exercises.authoring.publish import NotPublishable, publish, save_draft_version
from exercises.models import Exercise, Module

if TYPE_CHECKING:
    from django import forms
    from django.db.models import ForeignKey, QuerySet
    from django.http import HttpRequest, HttpResponse

    from lms.accounts.models import User

PLACE = ("module", "slug", "position")


@admin.register(Exercise)
class ExerciseAdmin(CourseScopedAdmin):
    """Assistants write the draft; instructors set the policy and publish."""

    form = ExerciseForm
    change_form_template = "admin/exercises/exercise/change_form.html"
    list_display = ("slug", "title", "course", "module", "points", "due_wall", "state")
    list_filter = (
        ("course", admin.RelatedOnlyFieldListFilter),
        ("module", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("course", "module", "current_version")
    search_fields = ("slug", "versions__title")
    ordering = ("course", "module__position", "position")

    @admin.display(description=gettext_lazy("Title"))
    def title(self, exercise: Exercise) -> str:
        return exercise.current_version.title if exercise.current_version else "\N{EN DASH}"

    @admin.display(description=gettext_lazy("State"))
    def state(self, exercise: Exercise) -> str:
        if exercise.current_version is None:
            return _("not published")
        return _("version %(n)d is live") % {"n": exercise.current_version.number}

    def is_used(self, row: Exercise) -> bool:
        return has_work(row)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let assistants in too: what they may write is the draft, see get_readonly_fields."""
        return self.has_view_permission(request, obj)

    def get_form(
        self,
        request: HttpRequest,
        obj: Exercise | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[Exercise]]:
        if obj is not None and not self._is_theirs(request, obj):
            kwargs["form"] = DraftForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        if self._is_theirs(request, obj):
            return ("slug",)
        return (*PLACE, *(name for name in POLICY if name != "late_steps"), "late_steps_shown")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        policy = list(POLICY)
        if obj is not None and not self._is_theirs(request, obj):
            policy[policy.index("late_steps")] = "late_steps_shown"
        return (
            (None, {"fields": PLACE}),
            (
                gettext_lazy("Points, attempts and times"),
                {"fields": policy, "description": gettext_lazy("These hold as soon as saved.")},
            ),
            (
                gettext_lazy("What it says"),
                {"fields": ("content", "seen"), "classes": ("au-yaml",)},
            ),
        )

    @admin.display(description=gettext_lazy("Late steps"))
    def late_steps_shown(self, exercise: Exercise) -> str:
        steps = [f"{step['until_wall']} {step['fraction']}" for step in exercise.late_steps]
        return "; ".join(steps) or "\N{EN DASH}"

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name == "module":
            kwargs["queryset"] = _instructed_modules(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        if "_publish" in request.POST and object_id is not None:
            exercise = self.get_object(request, object_id)
            if not self._is_theirs(request, exercise):
                raise PermissionDenied(_("Publishing is the instructor's. Save the draft instead."))
        return super().changeform_view(request, object_id, *args, **kwargs)

    def save_model(
        self,
        request: HttpRequest,
        obj: Exercise,
        form: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Store the policy where it is hers to set, and the text as the draft."""
        if form.checks_row:
            super().save_model(request, obj, form, change)
        author = cast("User", request.user)
        if form.checks_row and change:
            record_change("policy.changed", obj, form=form, course=obj.course, actor=author)
        save_draft_version(
            exercise=obj,
            content=form.cleaned_data["content"],
            source="admin",
            author=author,
        )

    def delete_model(self, request: HttpRequest, obj: Exercise) -> None:
        """Let go of the live version first: it protects itself from being deleted."""
        obj.current_version = None
        obj.save(update_fields=["current_version"])
        super().delete_model(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        exercise: Exercise | None = context.get("original")
        form = context["adminform"].form
        context["problems"] = form.problems
        context["stored_text"] = text_of(form.stored) if form.stored else ""
        if exercise is not None:
            context |= self._versions(exercise)
            context["may_publish"] = self._is_theirs(request, exercise)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self,
        request: HttpRequest,
        obj: Exercise,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Exercise) -> HttpResponse:
        if "_publish" in request.POST:
            return self._published(request, obj)
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, exercise: Exercise) -> HttpResponse:
        messages.success(request, _("Saved. Students see the draft only after it is published."))
        if "_preview" in request.POST:
            return redirect("exercises:preview", exercise.course.slug, exercise.slug)
        return redirect("admin:exercises_exercise_change", exercise.pk)

    def _published(self, request: HttpRequest, exercise: Exercise) -> HttpResponse:
        draft = exercise.versions.filter(published_at__isnull=True).first()
        if draft is None:
            messages.info(
                request, _("Nothing to publish: the text says what the live version says.")
            )
            return redirect("admin:exercises_exercise_change", exercise.pk)
        try:
            live = publish(draft, by=cast("User", request.user))
        except NotPublishable as refused:
            messages.error(request, _refusal(len(refused.problems)))
        else:
            messages.success(request, _("Version %(n)d is live.") % {"n": live.number})
        return redirect("admin:exercises_exercise_change", exercise.pk)

    def _versions(self, exercise: Exercise) -> dict[str, Any]:
        versions = list(exercise.versions.defer("content").order_by("-number"))
        newest = newest_version(exercise)
        report = sample_report(newest) if newest else None
        return {
            "versions": versions,
            "live": exercise.current_version,
            "draft": next((v for v in versions if not v.is_published), None),
            "report": report,
        }

    def _is_theirs(self, request: HttpRequest, exercise: Any) -> bool:
        return reach_of(request).instructs(exercise.course_id)


def _instructed_modules(request: HttpRequest) -> QuerySet[Module]:
    reach = reach_of(request)
    modules = Module.objects.select_related("course").order_by("course", "position")
    return modules if reach.is_operator else modules.filter(course__in=reach.instructed)


def _refusal(count: int) -> str:
    return ngettext(
        "Saved, and not published: %(n)d thing stands against it, listed under Sample answers.",
        "Saved, and not published: %(n)d things stand against it, listed under Sample answers.",
        count,
    ) % {"n": count}
