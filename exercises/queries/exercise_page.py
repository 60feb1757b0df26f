"""The page on which an exercise is read and answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery

from exercises.holding import held_for
from exercises.models import Exercise, Grade, GradingJob, Policy, Submission
from exercises.queries import pills
from exercises.revealing import hides_result
from exercises.status import Status, status_of
from exercises.summaries import worth
from lms.database.prepared import Prepared

if TYPE_CHECKING:
    from datetime import datetime

    from exercises.access import Membership
    from exercises.models import (
        Draft,
        Enrolment,
        ExerciseVersion,
        HeldPost,
        PolicyOverride,
        WorkItem,
    )
    from exercises.specification import Specification


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exercise stands in its module: number 1 of `of`; next_slug "" after the last."""

    number: int
    of: int
    next_slug: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One earlier submission. points: None unless they may be shown."""

    submission: Submission
    status: Status
    points: Decimal | None

    @property
    def pill(self) -> pills.Pill:
        return pills.OF_STATUS[self.status]


@dataclass(frozen=True, slots=True)
class Assignment:
    """An exercise with what holds for one person. item: None before its first opening."""

    exercise: Exercise
    enrolment: Enrolment | None
    policy: Policy
    item: WorkItem | None
    draft: Draft | None

    @property
    def version(self) -> ExerciseVersion:
        version = self.exercise.current_version
        if version is None:  # the query leaves unpublished exercises out
            raise Exercise.DoesNotExist
        return version

    @property
    def needs_opening(self) -> bool:
        """Claim that the work item is missing or does not follow the limit that now holds."""
        if self.item is None:
            return True
        return self.item.attempts_max != max(self.policy.attempts, self.item.attempts_used)


@dataclass(frozen=True, slots=True)
class ExercisePage:
    """What the exercise page shows beside the form. now: the page's one clock."""

    membership: Membership
    assignment: Assignment
    version: ExerciseVersion
    place: Place
    attempts: list[Attempt]
    held: HeldPost | None
    now: datetime

    @property
    def exercise(self) -> Exercise:
        return self.assignment.exercise

    @property
    def policy(self) -> Policy:
        return self.assignment.policy

    @property
    def item(self) -> WorkItem | None:
        return self.assignment.item

    @property
    def draft(self) -> Draft | None:
        return self.assignment.draft

    @property
    def specification(self) -> Specification:
        return self.version.specification

    @property
    def has_newer_draft(self) -> bool:
        """Claim that something was typed after the last hand-in."""
        if self.draft is None or not self.attempts:
            return self.draft is not None
        return self.draft.updated_at > self.attempts[-1].submission.stored_at

    @property
    def newest(self) -> Submission:
        """The last submission. Raises IndexError where there is none."""
        return self.attempts[-1].submission

    @property
    def is_carried_over(self) -> bool:
        """Claim that the draft in the form was typed into an older version."""
        return (
            self.draft is not None
            and self.has_newer_draft
            and self.draft.version_id != self.version.pk
        )

    @property
    def is_before(self) -> bool:
        return self.policy.is_before(self.now)

    @property
    def has_grace(self) -> bool:
        return self.item is not None and self.item.has_grace(self.now)

    @property
    def is_closed(self) -> bool:
        return self.policy.is_closed(self.now) and not self.has_grace

    @property
    def is_practice(self) -> bool:
        return self.item is not None and self.item.is_practice

    @property
    def is_used_up(self) -> bool:
        return not self.is_practice and self.item is not None and self.item.attempts_left <= 0

    @property
    def may_hand_in(self) -> bool:
        if self.item is None or self.is_before:
            return False
        return self.is_practice or not (self.is_closed or self.is_used_up)

    @property
    def shows_statement(self) -> bool:
        """Staff read an exercise before it opens."""
        return not self.is_before or self.membership.is_staff

    @property
    def next_number(self) -> int:
        """The number on the hand-in button. An attempt that was given back keeps its number."""
        return max((each.submission.number or 0 for each in self.attempts), default=0) + 1

    @property
    def last_number(self) -> int:
        """The number that her last counted attempt will have."""
        return self.next_number - 1 + (self.item.attempts_left if self.item else 0)

    @property
    def is_late(self) -> bool:
        due = self.policy.due_at
        return due is not None and due < self.now and not self.is_closed

    @property
    def kept_fraction(self) -> Decimal:
        """What an answer handed in now keeps of its points."""
        return Decimal(1) if self.has_grace else self.policy.fraction_at(self.now)

    def on_version(self, version: ExerciseVersion) -> ExercisePage:
        """Give the page of the version that a form showed, which may not be the newest."""
        return replace(self, version=version)


_assigned: Prepared[Exercise] = Prepared(
    lambda course, slug, hers: (
        Exercise.objects.filter(course=course, slug=slug, current_version__isnull=False)
        .annotate(
            mine=FilteredRelation("work_items", condition=Q(work_items__enrolment=hers)),
            more=FilteredRelation("overrides", condition=Q(overrides__enrolment=hers)),
        )
        .select_related("current_version", "module", "mine__draft", "more")  # type: ignore[misc]
        .defer("current_version__content")  # parsed and kept by each process
    ),
    course=int,
    slug=str,
    hers=int,
)
_slugs_of: Prepared[str] = Prepared(
    lambda module: (
        Exercise.objects.filter(module=module, current_version__isnull=False)
        .order_by("position", "pk")
        .values_list("slug", flat=True)
    ),
    module=int,
)


def assignment_for(membership: Membership, exercise_slug: str) -> Assignment:
    """Give a published exercise as it stands for a person, in one query.

    Raises Exercise.DoesNotExist.
    """
    hers = membership.enrolment.pk if membership.enrolment else 0
    exercise = _assigned.first(course=membership.course.pk, slug=exercise_slug, hers=hers)
    if exercise is None:
        raise Exercise.DoesNotExist
    exercise.course = membership.course
    item: WorkItem | None = getattr(exercise, "mine", None)  # unset where there is none
    return assignment_of(
        exercise,
        enrolment=membership.enrolment,
        item=item,
        draft=getattr(item, "draft", None),
        override=getattr(exercise, "more", None),
    )


def assignment_of(
    exercise: Exercise,
    *,
    enrolment: Enrolment | None,
    item: WorkItem | None,
    override: PolicyOverride | None,
    draft: Draft | None = None,
) -> Assignment:
    """Give an assignment from rows that are already read."""
    policy = (
        Policy.for_enrolment(exercise, enrolment, override)
        if enrolment
        else Policy.of(exercise, extension=timedelta(0))
    )
    return Assignment(exercise, enrolment, policy, item, draft)


def place_of(exercise: Exercise) -> Place:
    """Give an exercise's place among the published ones of its module. One query."""
    slugs = _slugs_of.all(module=exercise.module_id)
    index = slugs.index(exercise.slug)
    following = slugs[index + 1] if index + 1 < len(slugs) else ""
    return Place(number=index + 1, of=len(slugs), next_slug=following)


_heads = Grade.objects.heads().filter(submission=OuterRef("submission"))
_jobs_of: Prepared[Any] = Prepared(
    lambda item: (
        GradingJob.objects.filter(submission__work_item=item, reason=GradingJob.Reason.SUBMIT)
        .select_related("submission")
        .defer("submission__answers", "submission__policy")
        .annotate(
            head_released=Subquery(_heads.values("released")[:1]),
            head_points=Subquery(_heads.values("points")[:1]),
            head_possible=Subquery(_heads.values("possible")[:1]),
        )
        .order_by("submission", F("run").desc())
    ),
    item=int,
)


def attempts_of(item: WorkItem, *, hides_result: bool, at: datetime) -> list[Attempt]:
    """Give the submissions of a work item, oldest first. One query."""
    jobs = _jobs_of.all(item=item.pk)
    seen: dict[int, Attempt] = {}
    for job in jobs:
        if job.submission_id not in seen:
            seen[job.submission_id] = _attempt(item, job, hides_result=hides_result, at=at)
    return list(seen.values())


def _attempt(item: WorkItem, job: Any, *, hides_result: bool, at: datetime) -> Attempt:
    head = None
    if job.head_released is not None:
        head = Grade(
            submission=job.submission,
            released=job.head_released,
            points=job.head_points,
            possible=job.head_possible,
        )
    status = status_of(job=job, head=head, hides_result=hides_result, at=at)
    shown = head is not None and status == Status.GRADED
    points = worth(head, exercise_points=item.exercise.points) if head and shown else None
    return Attempt(job.submission, status, points)


def exercise_page(
    membership: Membership, assignment: Assignment, *, opened: WorkItem | None, at: datetime
) -> ExercisePage:
    """Read what the page shows around the form, in three queries, rarely four.

    opened: the work item that was just made or changed, None where the assignment's holds.
    """
    exercise = assignment.exercise
    item = opened or assignment.item
    is_fresh = assignment.item is None
    if item is not None:
        item.exercise = exercise
        item.enrolment = membership.enrolment  # type: ignore[assignment]
    return ExercisePage(
        membership=membership,
        assignment=replace(assignment, item=item),
        version=assignment.version,
        place=place_of(exercise),
        attempts=[]
        if item is None or is_fresh
        else attempts_of(item, hides_result=hides_result(exercise, at), at=at),
        held=None if item is None or is_fresh else held_for(item),
        now=at,
    )


def last_answers(page: ExercisePage) -> dict[str, Any] | None:
    """Give the answers of the newest submission, to go on from; one query where there is one."""
    if not page.attempts:
        return None
    newest = page.attempts[-1].submission
    answers: dict[str, Any] = Submission.objects.only("answers").get(pk=newest.pk).answers
    return answers
