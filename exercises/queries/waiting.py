"""What waits for a person: one union of five reasons, filtered, ordered and cut by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exercises.models import (
    Exercise,
    ExerciseVersion,
    Grade,
    GradeProposal,
    GradingJob,
    Policy,
    PolicyOverride,
    ReleaseAudit,
    ReviewRequest,
    Submission,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from exercises.models import Course
    from lms.accounts.models import User

REASONS: dict[str, _StrPromise] = {
    "doubtful": _("The machine was not sure"),
    "audit": _("A blind check"),
    "asked": _("The student asked for a person"),
    "dead": _("The machine failed"),
    "proposal": _("Two results, one to choose"),
}
_COLUMNS = ("w_submission", "w_receipt", "w_reason", "w_since", "w_wrapped")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reviewer wants to see: a key of REASONS and slugs, "" for all."""

    reason: str = ""
    exercise: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission that waits. reason: a key of REASONS. since: when it began to, aware."""

    submission_id: int
    receipt: str
    reason: str
    since: datetime

    @property
    def reason_label(self) -> str | _StrPromise:
        return REASONS[self.reason]


class Waiting:
    """What waits in a course, oldest first; of one submission mostly one entry.

    Of one student's provisional submissions only the one with most proposed points waits, and
    only once no attempt is left, the exercise has closed for her, she revealed or she asked.
    What is to be judged blind waits as "audit" and for nothing else, whether the machine released
    or doubted it; without that reason, as for the student, nothing is blind. exercises: those of
    the course where the caller has read them. not_of: leaves out what this person handed in
    herself. reasons: which are looked at, all without it.
    """

    def __init__(
        self,
        course: Course,
        *,
        exercises: Iterable[Exercise] | None = None,
        filters: Filters | None = None,
        not_of: User | None = None,
        at: datetime | None = None,
        reasons: Collection[str] = tuple(REASONS),
    ) -> None:
        self.course = course
        self._exercises = exercises
        self.filters = filters or Filters()
        self.not_of = not_of
        self.at = at or timezone.now()
        self.reasons = reasons

    def count(self) -> int:
        return self._union(Q()).count()

    def count_blind(self) -> int:
        """Count what of it is to be judged blind."""
        arms = [rows for reason, rows in self._arms if reason == "audit"]
        return self._union(Q(), arms=arms).count() if arms else 0

    def part_of(self, start: int, stop: int) -> list[Entry]:
        """Give a stretch of the queue, the longest waiting first."""
        return self._entries(self._union(Q())[start:stop])

    def entry_of(self, submission: Submission) -> Entry | None:
        """Give a submission's place, None when nobody waits for it."""
        found = self._entries(self._union(Q(w_submission=submission.pk))[:1])
        return found[0] if found else None

    def position_of(self, place: Entry) -> int:
        """Give how many entries stand up to a place, itself included."""
        before = Q(w_since__lt=place.since) | Q(
            w_since=place.since, w_submission__lt=place.submission_id
        )
        return self._union(before).count() + 1

    def after(self, place: Entry | None, *, most: int) -> list[Entry]:
        """Give the entries that follow a place, round the end to the beginning; without its own."""
        if place is None:
            return self.part_of(0, most)
        is_later = Q(w_since__gt=place.since) | Q(
            w_since=place.since, w_submission__gt=place.submission_id
        )
        wrapped = Case(When(is_later, then=0), default=1, output_field=IntegerField())
        rows = self._union(~Q(w_submission=place.submission_id), wrapped=wrapped)
        return self._entries(rows[:most])

    def doubtful_where(self, condition: Q) -> QuerySet[Grade]:
        """Give the provisional grades that wait for their doubts, also blind, without filters."""
        return self._narrowed(self._doubtful, "submission__", filtered=False).filter(condition)

    def doubtful_beside(self, submission: Submission, *, most: int) -> list[Grade]:
        """Give what waits for its doubts in the same exercise, with all that shows it."""
        exercise = submission.work_item.exercise_id
        rows = self._narrowed(self._doubtful, "submission__", filtered=False)
        rows = rows.filter(~_blind(), submission__work_item__exercise=exercise)
        rows = rows.exclude(submission=submission)
        with_work = rows.select_related(
            "submission__version", "submission__work_item__enrolment"
        ).defer("submission__version__content")
        return list(with_work.order_by("created_at", "pk")[:most])

    def _entries(self, rows: Any) -> list[Entry]:
        return [
            Entry(row["w_submission"], row["w_receipt"], row["w_reason"], row["w_since"])
            for row in rows
        ]

    def _union(
        self, condition: Q, *, wrapped: Any = None, arms: list[QuerySet[Any]] | None = None
    ) -> QuerySet[Any]:
        wrapped = wrapped or Value(0, output_field=IntegerField())
        first, *others = (
            arm.annotate(w_wrapped=wrapped).filter(condition).values(*_COLUMNS)
            for arm in arms or [rows for _reason, rows in self._arms]
        )
        rows: QuerySet[Any] = first.union(*others, all=True)
        return rows.order_by("w_wrapped", "w_since", "w_submission")

    @cached_property
    def _arms(self) -> list[tuple[str, QuerySet[Any]]]:
        """Give the rows of each wanted reason. Made once: it costs as much as a query."""
        builders: list[tuple[str, Callable[[], QuerySet[Any]], str, Any]] = [
            ("doubtful", self._open_doubts, "submission__", F("created_at")),
            ("audit", self._audits, "grade__submission__", F("drawn_at")),
            ("audit", self._decoys, "submission__", F("created_at")),
            ("asked", self._asked, "submission__", Coalesce("provisional_since", "created_at")),
            ("dead", self._dead, "submission__", Coalesce("finished_at", "created_at")),
            ("proposal", self._proposals, "submission__", F("created_at")),
        ]
        return [
            (
                reason,
                rows()
                .order_by()
                .annotate(
                    w_submission=F(f"{path}pk"),
                    w_receipt=F(f"{path}receipt"),
                    w_reason=Value(reason, output_field=CharField()),
                    w_since=since,
                ),
            )
            for reason, rows, path, since in builders
            if reason in self.reasons and self.filters.reason in ("", reason)
        ]

    def _narrowed(self, rows: QuerySet[Any], path: str, *, filtered: bool = True) -> QuerySet[Any]:
        kept: dict[str, Any] = {
            f"{path}work_item__exercise__course": self.course,
            f"{path}counted": True,
        }
        if filtered and self.filters.exercise:
            kept[f"{path}work_item__exercise__slug"] = self.filters.exercise
        rows = rows.filter(**kept)
        if self.not_of is not None:
            rows = rows.filter(~Q(**{f"{path}work_item__enrolment__user": self.not_of}))
        return rows

    @property
    def _doubtful(self) -> QuerySet[Grade]:
        return (
            _provisional()
            .alias(w_worth=_worth())
            .filter(self._over, _may_be_best(), submission__review_request=None)
            .filter(~Exists(_better()))
        )

    @property
    def _sees_blind(self) -> bool:
        return "audit" in self.reasons

    def _open_doubts(self) -> QuerySet[Grade]:
        """Give the doubtful grades that are shown with their proposals, under the filters."""
        rows = self._narrowed(self._doubtful, "submission__").filter(self._part_is_open)
        return rows.filter(~_blind()) if self._sees_blind else rows

    def _audits(self) -> QuerySet[ReleaseAudit]:
        rows = ReleaseAudit.objects.waiting().filter(
            ~Exists(_released_looks().filter(grade=OuterRef("grade"), pk__lt=OuterRef("pk"))),
            is_decoy=False,
        )
        if self.filters.part:
            rows = rows.filter(Exists(self._looks_at_part().filter(grade=OuterRef("grade"))))
        return self._narrowed(rows, "grade__submission__")

    def _decoys(self) -> QuerySet[Grade]:
        """Give the doubtful grades that are shown blind, but for those that an audit shows."""
        looks = self._looks_at_part() if self.filters.part else ReleaseAudit.objects.waiting()
        return self._narrowed(self._doubtful, "submission__").filter(
            ~Exists(_released_looks().filter(grade=OuterRef("pk"))),
            pk__in=looks.order_by().values("grade"),
        )

    def _looks_at_part(self) -> QuerySet[ReleaseAudit]:
        return ReleaseAudit.objects.waiting().filter(part=self.filters.part)

    def _asked(self) -> QuerySet[ReviewRequest]:
        grades = Grade.objects.filter(submission=OuterRef("submission"))
        provisional = _provisional().filter(submission=OuterRef("submission"))
        rows = ReviewRequest.objects.filter(Exists(grades), answered_at=None)
        if self._sees_blind:
            rows = rows.filter(~_blind())
        rows = rows.alias(provisional_since=Subquery(provisional.values("created_at")[:1]))
        return self._narrowed(rows, "submission__")

    def _dead(self) -> QuerySet[GradingJob]:
        rows = GradingJob.objects.filter(
            state=GradingJob.State.DEAD, submission__grades__isnull=True
        )
        return self._narrowed(rows, "submission__")

    def _proposals(self) -> QuerySet[GradeProposal]:
        undecided = GradeProposal.objects.filter(decision="")
        earlier = undecided.filter(submission=OuterRef("submission"), pk__lt=OuterRef("pk"))
        return self._narrowed(undecided.filter(~Exists(earlier)), "submission__")

    @cached_property
    def _over(self) -> Q:
        """Claim that the student is done with the exercise: nothing better can come from her."""
        item = "submission__work_item__"
        over = Q(**{f"{item}attempts_used__gte": F(f"{item}attempts_max")})
        over |= Q(**{f"{item}revealed_at__isnull": False})
        for exercise in self._exercises or exercises_of(self.course):
            over |= self._closed(exercise)
        return over

    def _closed(self, exercise: Exercise) -> Q:
        """Claim that an exercise has closed for the student, her extra time worked in."""
        closes_at = Policy.of(exercise, extension=_NO_TIME).closes_at
        if closes_at is None or closes_at >= self.at:
            return Q(pk__in=[])
        item, past = "submission__work_item__", self.at - closes_at
        still_open = [
            override.enrolment_id
            for override in self._extra_times
            if override.exercise_id == exercise.pk
            and override.enrolment.extension + override.extra_time >= past
        ]
        return Q(**{f"{item}exercise": exercise.pk, f"{item}enrolment__extension__lt": past}) & ~Q(
            **{f"{item}enrolment__in": still_open}
        )

    @cached_property
    def _extra_times(self) -> list[PolicyOverride]:
        overrides = PolicyOverride.objects.filter(
            exercise__course=self.course, extra_time__gt=_NO_TIME
        )
        return list(overrides.select_related("enrolment"))

    @cached_property
    def _part_is_open(self) -> Q:
        """Claim that a grade's verdict on the wanted part is uncertain.

        An item stands at its part's place in the grade's version.
        """
        if not self.filters.part:
            return Q()
        versions = ExerciseVersion.objects.filter(exercise__course=self.course).defer("content")
        if self.filters.exercise:
            versions = versions.filter(exercise__slug=self.filters.exercise)
        is_open = Q(pk__in=[])
        for version in versions:
            for place, part in enumerate(version.specification.parts):
                if part.slug == self.filters.part:
                    is_open |= Q(version=version.pk, **{f"items__{place}__certain": False})
        return is_open


_NO_TIME = timedelta(0)


def exercises_of(course: Course) -> list[Exercise]:
    """Give a course's exercises in order, with their current versions but for the content."""
    return list(
        Exercise.objects.filter(course=course)
        .select_related("current_version")
        .defer("current_version__content")
        .order_by("module__position", "position", "pk")
    )


def _provisional() -> QuerySet[Grade]:
    return Grade.objects.heads().filter(released=False, submission__counted=True)


def _worth() -> Any:
    """Give a grade's share of its points after lateness, as a number to compare."""
    # Cast: SQLite keeps 3.00 as the whole number 3, and divides whole numbers by whole numbers.
    kept_now = Coalesce("kept_fraction", "submission__kept_fraction")
    points, kept, possible = (
        Cast(each, FloatField()) for each in (F("points"), kept_now, F("possible"))
    )
    return points * kept / possible


def _may_be_best() -> Q:
    """Claim that nothing in the work item's summary is better: cheap, and true of few.

    The summary is rounded, so what comes within a hundredth passes on to the exact comparison.
    """
    item = "submission__work_item__"
    exercise_points, proposed = (
        Cast(F(f"{item}{name}"), FloatField()) for name in ("exercise__points", "proposed_points")
    )
    return Q(**{f"{item}proposed_points": None}) | Q(
        w_worth__gte=(proposed - 0.01) / exercise_points
    )


def _better() -> QuerySet[Grade]:
    """Give the provisional grades of the same work item that stand before the outer one."""
    return (
        _provisional()
        .filter(submission__work_item=OuterRef("submission__work_item"))
        .alias(worth=_worth())
        .filter(
            Q(worth__gt=OuterRef("w_worth"))
            | Q(worth=OuterRef("w_worth"), submission__lt=OuterRef("submission"))
        )
    )


def _released_looks() -> QuerySet[ReleaseAudit]:
    return ReleaseAudit.objects.waiting().filter(is_decoy=False)


def _blind() -> Exists:
    """Claim that a blind look waits: until it is done, nothing else may show the verdict."""
    looks = ReleaseAudit.objects.waiting()
    return Exists(looks.filter(grade__submission=OuterRef("submission")))
