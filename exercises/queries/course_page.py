"""The course page and the Grades page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from exercises.models import Course, Module
from exercises.queries.standing import Standing, standings

if TYPE_CHECKING:
    from datetime import datetime

    from exercises.access import Membership
    from lms.accounts.models import User

ZERO = Decimal(0)
# Width of the progress drawing in its own units, and the gap between two exercises in it.
BAR_WIDTH = 1000
BAR_GAP = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """One exercise in the progress drawing; x, width and earned in units of BAR_WIDTH."""

    x: float
    width: float
    earned: float
    is_moving: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Points over some exercises. waiting: worth of what is being graded, of which none counts.

    earned: None before anything is graded, because a 0 would frighten for nothing.
    proposed: points that a person has yet to confirm; they count only where the course says so.
    """

    earned: Decimal | None
    possible: Decimal
    waiting: Decimal
    proposed: Decimal
    proposed_counts: bool

    @classmethod
    def of(cls, rows: list[Standing], *, proposed_counts: bool) -> Totals:
        """Add up. A proposal counts for what it is above the released points."""
        released = sum((row.points or ZERO for row in rows), ZERO)
        above = sum(
            (max((row.proposed or ZERO) - (row.points or ZERO), ZERO) for row in rows), ZERO
        )
        counted = released + above if proposed_counts else released
        is_graded = any(row.points is not None for row in rows) or bool(counted)
        return cls(
            earned=counted if is_graded else None,
            possible=sum((row.exercise.points for row in rows), ZERO),
            waiting=sum((row.exercise.points for row in rows if row.is_moving), ZERO),
            proposed=above,
            proposed_counts=proposed_counts,
        )


@dataclass(frozen=True, slots=True)
class ModuleSection:
    """One module with its exercises as one person sees them."""

    module: Module
    rows: list[Standing]


@dataclass(frozen=True, slots=True)
class CoursePage:
    """Everything that the course page and the Grades page show. now: the page's one clock."""

    course: Course
    sections: list[ModuleSection]
    totals: Totals
    segments: list[Segment]
    now: datetime

    @property
    def rows(self) -> list[Standing]:
        return [row for section in self.sections for row in section.rows]

    @property
    def only_module(self) -> Module | None:
        """The module when there is but one: its title then heads the page."""
        return self.sections[0].module if len(self.sections) == 1 else None

    @property
    def still_open(self) -> int:
        """Exercises that she can hand in for the first time."""
        return sum(row.handed is None and row.policy.is_open(self.now) for row in self.rows)

    @property
    def deadlines(self) -> list[Standing]:
        return [row for row in self.rows if row.policy.due_at is not None]


def course_page(membership: Membership, *, at: datetime) -> CoursePage:
    """Read a course for one person, in four queries, five where results are withheld."""
    course = membership.course
    rows = standings(course, membership.enrolment, at)
    modules = Module.objects.filter(course=course).order_by("position")
    return CoursePage(
        course=course,
        sections=[
            ModuleSection(module, [row for row in rows if row.exercise.module_id == module.pk])
            for module in modules
        ],
        totals=Totals.of(rows, proposed_counts=course.provisional_counts),
        segments=_segments(rows),
        now=at,
    )


def _above(row: Standing) -> Decimal:
    return max((row.proposed or ZERO) - (row.points or ZERO), ZERO)


def _segments(rows: list[Standing]) -> list[Segment]:
    worth = sum((row.exercise.points for row in rows), ZERO)
    room = BAR_WIDTH - BAR_GAP * (len(rows) - 1)
    segments: list[Segment] = []
    x = 0.0
    for row in rows:
        width = room * float(row.exercise.points / worth)
        share = float((row.points or ZERO) / row.exercise.points)
        segments.append(
            Segment(round(x, 2), round(width, 2), round(width * share, 2), row.is_moving)
        )
        x += width + BAR_GAP
    return segments


def courses_of(user: User) -> list[Course]:
    """Give the courses a person is in, all of them for an operator. One query."""
    courses = Course.objects.order_by("title")
    return list(courses if user.is_superuser else courses.filter(enrolments__user=user))
