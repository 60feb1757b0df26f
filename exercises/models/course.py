"""Courses, their modules and the people in them."""

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# Crockford's base 32 without the letters that are read as digits: 12 of them hold 60 bits.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def validate_zone(name: str) -> None:
    """Raise ValidationError unless name is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("%(name)s is no IANA time zone; write one such as Europe/Riga."),
            params={"name": name},
        )


def new_code() -> str:
    """Give a fresh invitation code, such as K7QM-02ZD-XW4P."""
    letters = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(12))
    return "-".join(letters[i : i + 4] for i in (0, 4, 8))


class Course(models.Model):
    """A course: modules of exercises, people in roles, one time zone for its deadlines."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_zone],
        help_text=_("IANA time zone in which deadlines are written, such as Europe/Riga."),
    )
    language = models.CharField(max_length=16, default="en")
    provisional_counts = models.BooleanField(
        default=False,
        help_text=_("Count points that no person has confirmed, for a course without a reviewer."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Module(models.Model):
    """One module of a course, in its position."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    slug = models.SlugField()
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    intro = models.TextField(blank=True, help_text=_("Markdown, above the exercises."))
    summary = models.TextField(blank=True, help_text=_("Markdown, below the exercises."))

    class Meta:
        ordering = ("course", "position")
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="module_slug_in_course"),
            models.UniqueConstraint(
                fields=["course", "position"], name="module_position_in_course"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Enrolment(models.Model):
    """A person in a course, in one role, under a pseudonym."""

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        ASSISTANT = "assistant", _("Assistant")
        INSTRUCTOR = "instructor", _("Instructor")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments"
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.STUDENT)
    pseudonym = models.CharField(max_length=40)
    extension = models.DurationField(
        default=timedelta(0), help_text=_("Added to each due and late time of this person.")
    )
    extension_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "user"], name="enrolment_once"),
            models.UniqueConstraint(fields=["course", "pseudonym"], name="enrolment_pseudonym"),
            models.CheckConstraint(
                condition=models.Q(extension__gte=timedelta(0)),
                name="enrolment_extension_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} ({self.get_role_display()})"

    @property
    def is_staff_of_course(self) -> bool:
        """True for assistants and instructors."""
        return self.role in (self.Role.ASSISTANT, self.Role.INSTRUCTOR)

    @property
    def is_instructor(self) -> bool:
        return self.role == self.Role.INSTRUCTOR


class InvitationCode(models.Model):
    """A code with which people join a course as students, until it ends or is used up."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField(max_length=20, unique=True, default=new_code, editable=False)
    uses_max = models.PositiveIntegerField(
        default=200, validators=[MinValueValidator(1)], help_text=_("People who may join with it.")
    )
    uses = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("uses_max")), name="code_not_overused"
            )
        ]

    def __str__(self) -> str:
        # The code itself is a secret: repr() of a row ends in tracebacks and logs.
        return f"invitation {self.pk} of course {self.course_id}"
