"""Who is what in a course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.models import Course, Enrolment
from lms.database.prepared import Prepared

if TYPE_CHECKING:
    from lms.accounts.models import User


class CourseNotYours(Exception):
    """The course does not exist, or this person is not in it: to her it is the same."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in a course. enrolment: None for an operator who is not enrolled."""

    course: Course
    user: User
    enrolment: Enrolment | None

    @property
    def role(self) -> str:
        """An Enrolment.Role value; an operator counts as an instructor."""
        if self.user.is_superuser or self.enrolment is None:
            return Enrolment.Role.INSTRUCTOR
        return self.enrolment.role

    @property
    def is_staff(self) -> bool:
        """True for assistants, instructors and operators."""
        return self.role != Enrolment.Role.STUDENT

    @property
    def is_instructor(self) -> bool:
        return self.role == Enrolment.Role.INSTRUCTOR

    @property
    def may_take(self) -> bool:
        """True when answers can be stored for this person."""
        return self.enrolment is not None


_enrolment_of: Prepared[Enrolment] = Prepared(
    lambda user, course: Enrolment.objects.select_related("course").filter(
        user=user, course__slug=course
    ),
    user=int,
    course=str,
)


def membership_for(user: User, course_slug: str) -> Membership:
    """Give a person's membership, in one query for the enrolled. Raises CourseNotYours."""
    enrolment = _enrolment_of.first(user=user.pk, course=course_slug)
    if enrolment is not None:
        return Membership(course=enrolment.course, user=user, enrolment=enrolment)
    course = Course.objects.filter(slug=course_slug).first() if user.is_superuser else None
    if course is None:
        raise CourseNotYours(course_slug)
    return Membership(course=course, user=user, enrolment=None)
