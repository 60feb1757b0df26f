"""The operator's records: who is enrolled, what was handed in, graded and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from exercises.admin.scoping import OperatorAdmin, ReadOnlyAdmin
from exercises.enrolling import enrol
from exercises.models import (
    AuditEvent,
    Enrolment,
    ExerciseVersion,
    Grade,
    GradingJob,
    PolicyOverride,
    Submission,
    WorkItem,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from lms.accounts.models import User


@admin.register(Enrolment)
class EnrolmentAdmin(OperatorAdmin):
    """People in courses. The pseudonym is given once: grades already shown carry it."""

    list_display = ("pseudonym", "course", "role", "created_at")
    list_filter = ("course", "role")
    list_select_related = ("course",)
    search_fields = ("pseudonym", "user__username", "user__email")
    autocomplete_fields = ("user",)

    fields = ("course", "user", "role", "pseudonym", "extension", "extension_reason")
    readonly_fields = ("pseudonym", "extension", "extension_reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Say no: roles and extensions change on the course's People page, by its rules."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Enrolment,
        form: Any,  # noqa: ARG002
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Enrol by the use case, which draws the pseudonym and notes it."""
        actor = cast("User", request.user)
        made = enrol(course=obj.course, user=obj.user, role=obj.role, actor=actor)
        obj.pk, obj.pseudonym = made.pk, made.pseudonym
        obj._state.adding = False  # noqa: SLF001 - the row is stored by now


@admin.register(WorkItem)
class WorkItemAdmin(ReadOnlyAdmin):
    list_display = ("id", "enrolment", "exercise", "attempts_used", "attempts_max", "best_points")
    list_filter = ("exercise__course",)
    list_select_related = ("enrolment", "exercise")
    search_fields = ("enrolment__pseudonym", "exercise__slug")
    exclude = ("variant_seed",)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """What was handed in, without its text: the review page shows that, to whom it concerns."""

    list_display = ("receipt", "work_item", "number", "counted", "received_at")
    list_filter = ("counted", "work_item__exercise__course")
    list_select_related = ("work_item",)
    search_fields = ("receipt", "trace_id")
    date_hierarchy = "received_at"
    fields = (
        "receipt", "on_review_page", "work_item", "version", "number", "counted",
        "received_at", "stored_at", "kept_fraction", "policy", "trace_id",
    )  # fmt: skip
    readonly_fields = ("on_review_page",)

    @admin.display(description=_("Answer and grade"))
    def on_review_page(self, submission: Submission) -> str:
        course = submission.work_item.exercise.course.slug
        address = reverse("exercises:review", args=[course, submission.receipt])
        return format_html('<a href="{}">{}</a>', address, _("Open on the review page"))


@admin.register(GradingJob)
class GradingJobAdmin(ReadOnlyAdmin):
    list_display = ("id", "submission", "run", "state", "tries", "error_class", "available_at")
    list_filter = ("state", "reason")
    list_select_related = ("submission",)
    search_fields = ("submission__receipt", "error_class")
    exclude = ("lease_token",)


@admin.register(Grade)
class GradeAdmin(ReadOnlyAdmin):
    """The chain, without feedback texts: quotes in them are the student's own words."""

    list_display = ("id", "submission", "source", "points", "possible", "released", "created_at")
    list_filter = ("source", "released")
    list_select_related = ("submission",)
    search_fields = ("submission__receipt",)
    fields = (
        "submission", "version", "source", "grader", "points", "possible", "released",
        "supersedes", "created_at",
    )  # fmt: skip


@admin.register(ExerciseVersion)
class ExerciseVersionAdmin(ReadOnlyAdmin):
    list_display = ("id", "exercise", "number", "title", "source", "published_at")
    list_filter = ("exercise__course",)
    list_select_related = ("exercise",)
    search_fields = ("title", "sha256")


@admin.register(PolicyOverride)
class PolicyOverrideAdmin(ReadOnlyAdmin):
    """What was granted; the course's People page grants it, by its rules."""

    list_display = ("exercise", "enrolment", "extra_time", "extra_attempts", "reason")
    list_select_related = ("exercise", "enrolment")
    search_fields = ("enrolment__pseudonym", "exercise__slug")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "target", "actor", "course")
    list_filter = ("action", "course")
    list_select_related = ("actor", "course")
    search_fields = ("action", "target")
    date_hierarchy = "created_at"
