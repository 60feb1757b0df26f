"""Courses and modules in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from exercises.admin.scoping import CourseScopedAdmin
from exercises.admin_site import reach_of
from exercises.models import Course, Enrolment, Exercise, Module, WorkItem
from exercises.models.course import validate_zone

if TYPE_CHECKING:
    from django.db.models import ForeignKey, QuerySet
    from django.http import HttpRequest

    CourseModelForm = forms.ModelForm[Course]
else:
    CourseModelForm = forms.ModelForm

_TIMES = ["opens_at", "due_at", "late_steps"]


class CourseForm(CourseModelForm):
    """A course; in another zone its deadlines keep their wall times and move as instants.

    moved: the exercises whose instants changed, cleaned and not yet saved.
    """

    moved: tuple[Exercise, ...] = ()

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        validate_zone(zone)
        if (
            self.instance.pk
            and zone != Course.objects.values_list("zone").get(pk=self.instance.pk)[0]
        ):
            self.moved = tuple(self._moved_to(zone))
        return zone

    def _moved_to(self, zone: str) -> list[Exercise]:
        exercises = list(Exercise.objects.filter(course=self.instance.pk))
        for exercise in exercises:
            exercise.course = Course(pk=self.instance.pk, zone=zone)
            try:
                exercise.clean()
            except ValidationError as error:
                raise ValidationError(
                    _("Exercise %(slug)s has a time that does not work in this zone: %(why)s"),
                    params={"slug": exercise.slug, "why": " ".join(error.messages)},
                ) from None
        return exercises


@admin.register(Course)
class CourseAdmin(CourseScopedAdmin):
    """A course is made by the operator and kept by its instructors."""

    form = CourseForm
    course_path = "id"
    fields = ("title", "slug", "zone", "language", "provisional_counts")
    list_display = ("title", "slug", "zone")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep addresses: a slug stands in links that people have stored."""
        if obj is None:
            return ()
        return () if reach_of(request).is_operator else ("slug",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).is_operator

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach_of(request).is_operator and super().has_delete_permission(request, obj)

    def is_used(self, row: Course) -> bool:
        return (
            Enrolment.objects.filter(course=row).exists()
            or Exercise.objects.filter(course=row).exists()
        )

    def save_model(self, request: HttpRequest, obj: Course, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        for exercise in form.moved:
            exercise.save(update_fields=_TIMES)


@admin.register(Module)
class ModuleAdmin(CourseScopedAdmin):
    """A module stays in the course that it was made for: its exercises' people are there."""

    fields = ("course", "title", "slug", "position", "intro", "summary")
    list_display = ("title", "course", "position")
    list_filter = (("course", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("course",)
    ordering = ("course", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return ("course",) if obj else ()

    def is_used(self, row: Module) -> bool:
        return Exercise.objects.filter(module=row).exists()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name == "course":
            kwargs["queryset"] = instructed_courses(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def instructed_courses(request: HttpRequest) -> QuerySet[Course]:
    """Keep the courses in which this person may write."""
    reach = reach_of(request)
    courses = Course.objects.all()
    return courses if reach.is_operator else courses.filter(pk__in=reach.instructed)


def has_work(exercise: Exercise) -> bool:
    """Claim that a student has opened the exercise: her draft or answers would go with it."""
    return WorkItem.objects.filter(exercise=exercise).exists()
