"""Where one person stands in every exercise of a course."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import (
    DurationField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    Subquery,
)

from exercises.models import (
    Draft,
    Enrolment,
    Exercise,
    ExerciseVersion,
    Grade,
    GradingJob,
    Policy,
    PolicyOverride,
    Submission,
    WorkItem,
)
from exercises.queries import pills
from exercises.status import Status, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from exercises.models import Course

NO_TIME = timedelta(0)

# The first-grade job with its submission, and whether the grade that holds is released, if any.
_Latest = tuple[GradingJob, bool | None]


@dataclass(frozen=True, slots=True)
class Handed:
    """A person's latest submission of one exercise, with its status."""

    receipt: str
    number: int | None
    received_at: datetime
    stored_at: datetime
    status: Status


@dataclass(frozen=True, slots=True)
class Standing:
    """One exercise as one person sees it.

    points: of the official grade, on the exercise's scale; None before one is released and shown.
    proposed: points that wait for a person, counted nowhere. number: place in its module, from 1.
    action: what the row's button does: start, continue, again, or look.
    """

    exercise: Exercise
    number: int
    policy: Policy
    item: WorkItem | None
    handed: Handed | None
    has_draft: bool
    pill: pills.Pill
    points: Decimal | None
    proposed: Decimal | None
    action: str

    @property
    def title(self) -> str:
        return self._version.title

    @property
    def summary(self) -> str:
        return self._version.summary

    @property
    def kinds(self) -> str:
        """The kinds of its parts, each once: "Choice + Text"."""
        labels = [str(part.kind.label) for part in self._version.specification.parts]
        return " + ".join(dict.fromkeys(labels))

    @property
    def is_moving(self) -> bool:
        return self.handed is not None and self.handed.status.is_moving

    @property
    def is_ours(self) -> bool:
        """Claim that we failed, and that the attempt was given back."""
        return self.handed is not None and self.handed.status in (Status.DEAD, Status.INVALID)

    @property
    def attempts_left(self) -> int:
        return self.item.attempts_left if self.item else self.policy.attempts

    @property
    def _version(self) -> ExerciseVersion:
        version = self.exercise.current_version
        if version is None:  # the query leaves unpublished exercises out
            raise ExerciseVersion.DoesNotExist
        return version


def standings(course: Course, enrolment: Enrolment | None, at: datetime) -> list[Standing]:
    """Give every published exercise of a course in reading order.

    Three queries whatever their number; a fourth where results are withheld until the close.
    """
    exercises = _exercises(course, enrolment)
    allowances = _allowances(course, enrolment)
    handed_in = _latest(course, enrolment)
    withheld = _withheld(course, exercises, allowances, at)
    numbers: dict[int, int] = defaultdict(int)
    rows = []
    for exercise in exercises:
        numbers[exercise.module_id] += 1
        allowance = allowances.get(exercise.pk)
        rows.append(
            _standing(
                exercise,
                number=numbers[exercise.module_id],
                policy=Policy.of(
                    exercise,
                    extension=enrolment.extension if enrolment else NO_TIME,
                    override=allowance.override if allowance else None,
                ),
                latest=handed_in.get(exercise.pk),
                is_withheld=exercise.pk in withheld,
                at=at,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class _Allowance:
    """override: this person's, unsaved, None for none. longest: the most extra time of anybody."""

    override: PolicyOverride | None
    longest: timedelta


def _exercises(course: Course, enrolment: Enrolment | None) -> list[Exercise]:
    """Give exercises with `mine`: this person's work item, with its draft, or None."""
    mine = Q(work_items__enrolment=enrolment.pk if enrolment else 0)
    return list(
        Exercise.objects.filter(course=course, current_version__isnull=False)
        .annotate(mine=FilteredRelation("work_items", condition=mine))
        .select_related("current_version", "mine__draft")  # type: ignore[misc]
        .order_by("module__position", "position", "pk")
    )


def _allowances(course: Course, enrolment: Enrolment | None) -> dict[int, _Allowance]:
    extra = ExpressionWrapper(
        F("extra_time") + F("enrolment__extension"), output_field=DurationField()
    )
    hers = Q(enrolment=enrolment.pk if enrolment else 0)
    rows = (
        PolicyOverride.objects.filter(exercise__course=course)
        .values("exercise")
        .annotate(
            longest=Max(extra),
            time=Max("extra_time", filter=hers),
            attempts=Max("extra_attempts", filter=hers),
        )
    )
    return {row["exercise"]: _allowance(row) for row in rows}


def _allowance(row: Mapping[str, Any]) -> _Allowance:
    if row["time"] is None:
        return _Allowance(None, row["longest"])
    override = PolicyOverride(extra_time=row["time"], extra_attempts=row["attempts"])
    return _Allowance(override, row["longest"])


def _latest(course: Course, enrolment: Enrolment | None) -> dict[int, _Latest]:
    """Give the newest submission by exercise."""
    if enrolment is None:
        return {}
    newest = (
        Submission.objects.filter(
            work_item__enrolment=enrolment, work_item__exercise__course=course
        )
        .values("work_item")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    head = Grade.objects.heads().filter(submission=OuterRef("submission"))
    jobs = (
        GradingJob.objects.filter(submission__in=newest, reason=GradingJob.Reason.SUBMIT)
        .select_related("submission__work_item")
        .defer("submission__answers", "submission__policy")
        .annotate(is_head_released=Subquery(head.values("released")[:1]))
        .order_by("run")
    )
    return {job.submission.work_item.exercise_id: (job, job.is_head_released) for job in jobs}


def _withheld(
    course: Course, exercises: list[Exercise], allowances: Mapping[int, _Allowance], at: datetime
) -> set[int]:
    """Give the exercises whose results nobody may see before they close for everyone."""
    late = [each for each in exercises if each.release == Exercise.Release.CLOSE]
    if not late:
        return set()
    longest = Enrolment.objects.filter(course=course).aggregate(most=Max("extension"))["most"]
    hidden = set()
    for exercise in late:
        special = allowances[exercise.pk].longest if exercise.pk in allowances else NO_TIME
        last = Policy.of(exercise, extension=max(longest or NO_TIME, special))
        if not last.is_closed(at):
            hidden.add(exercise.pk)
    return hidden


def _standing(
    exercise: Exercise,
    *,
    number: int,
    policy: Policy,
    latest: _Latest | None,
    is_withheld: bool,
    at: datetime,
) -> Standing:
    item: WorkItem | None = getattr(exercise, "mine", None)  # unset where there is none
    handed = _handed(latest, is_withheld=is_withheld, at=at) if latest else None
    has_draft = item is not None and _has_draft(item, handed)
    shows = item is not None and not is_withheld
    return Standing(
        exercise=exercise,
        number=number,
        policy=policy,
        item=item,
        handed=handed,
        has_draft=has_draft,
        pill=_pill(policy, item=item, handed=handed, has_draft=has_draft, at=at),
        points=item.best_points if item and shows else None,
        proposed=item.proposed_points if item and shows else None,
        action=_action(policy, item=item, handed=handed, has_draft=has_draft, at=at),
    )


def _handed(latest: _Latest, *, is_withheld: bool, at: datetime) -> Handed:
    job, is_released = latest
    # Only whether a head exists and is released decides the status, so the row is not read.
    head = None if is_released is None else Grade(released=is_released)
    return Handed(
        receipt=job.submission.receipt,
        number=job.submission.number,
        received_at=job.submission.received_at,
        stored_at=job.submission.stored_at,
        status=status_of(job=job, head=head, hides_result=is_withheld, at=at),
    )


def _has_draft(item: WorkItem, handed: Handed | None) -> bool:
    """Claim that something was typed after the last hand-in."""
    draft: Draft | None = getattr(item, "draft", None)
    if draft is None or not any(text.strip() for texts in draft.fields.values() for text in texts):
        return False
    return handed is None or draft.updated_at > handed.stored_at


def _action(
    policy: Policy, *, item: WorkItem | None, handed: Handed | None, has_draft: bool, at: datetime
) -> str:
    has_grace = item is not None and item.has_grace(at)
    if policy.is_before(at) or (policy.is_closed(at) and not has_grace):
        return "look"
    if handed is None:
        return "continue" if has_draft else "start"
    can_go_on = item is not None and item.attempts_left > 0 and not item.is_revealed
    if can_go_on and handed.status in (Status.DEAD, Status.INVALID):
        return "again"
    return "continue" if can_go_on and has_draft else "look"


def _pill(
    policy: Policy, *, item: WorkItem | None, handed: Handed | None, has_draft: bool, at: datetime
) -> pills.Pill:
    is_closed = policy.is_closed(at) and not (item and item.has_grace(at))
    if handed is not None and (handed.status.is_moving or is_closed or not has_draft):
        return pills.OF_STATUS[handed.status]
    if is_closed:
        return pills.CLOSED
    if policy.is_before(at):
        return pills.NOT_OPEN
    return pills.DRAFT if has_draft else pills.NOT_STARTED
