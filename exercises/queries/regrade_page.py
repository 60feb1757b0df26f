"""The regrades of a course, and one with what it found and did."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from exercises.models import Exercise, RegradeBatch, RegradeRow

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from exercises.models import Course

Outcome = RegradeRow.Outcome
# A list of its own beside the outcomes: what undo left alone.
NOT_UNDONE = "not_undone"
_TONES = {
    Outcome.RAISED: "okk",
    Outcome.LOWERED: "error",
    Outcome.KEPT: "warning",
    Outcome.PROPOSAL: "info",
}


@dataclass(frozen=True, slots=True)
class OutcomeSum:
    """The rows of one outcome. change: sum of points gained or lost on the exercise's scale."""

    outcome: str
    label: str | _StrPromise
    tone: str
    count: int
    change: Decimal
    todo: int
    handled: int
    written: int
    proposed: int
    undone: int
    not_undone: int


@dataclass(frozen=True)
class RegradePage:
    """A batch as its instructor sees it."""

    batch: RegradeBatch
    sums: list[OutcomeSum]

    @property
    def title(self) -> str:
        version = self.batch.exercise.current_version
        return version.title if version else self.batch.exercise.slug

    @property
    def standings(self) -> list[str]:
        """The standings that were chosen, in words."""
        return [str(RegradeBatch.Standing(each).label) for each in self.batch.standings]

    @property
    def done(self) -> int:
        """Answers that the present or last step of the batch has dealt with."""
        state = self.batch.state
        if state == RegradeBatch.State.PREVIEWING:
            return self.batch.looked_at
        if state in (RegradeBatch.State.UNDOING, RegradeBatch.State.UNDONE):
            return self._sum("undone")
        return self._sum("handled")

    @property
    def to_do(self) -> int:
        """Answers that the present step has to deal with in all, at least 1."""
        state = self.batch.state
        if state == RegradeBatch.State.PREVIEWING:
            return max(self.batch.total, self.batch.looked_at, 1)
        if state in (RegradeBatch.State.UNDOING, RegradeBatch.State.UNDONE):
            return max(self.written + self.proposed, 1)
        return max(self._sum("todo"), 1)

    @cached_property
    def rows_count(self) -> int:
        return self._sum("count")

    @property
    def to_write(self) -> int:
        """Grades that apply would write."""
        return self._of(*RegradeRow.WRITABLE)

    @property
    def to_propose(self) -> int:
        return self._of(Outcome.PROPOSAL)

    @property
    def written(self) -> int:
        return self._sum("written")

    @property
    def proposed(self) -> int:
        return self._sum("proposed")

    @property
    def not_undone(self) -> int:
        return self._sum("not_undone")

    @property
    def may_apply(self) -> bool:
        return self.batch.state == RegradeBatch.State.READY and bool(
            self.to_write + self.to_propose
        )

    @property
    def may_undo(self) -> bool:
        at_rest = not self.batch.is_active and self.batch.state != RegradeBatch.State.UNDONE
        return at_rest and self.written + self.proposed > self._sum("undone")

    def _of(self, *outcomes: str) -> int:
        return sum(each.count for each in self.sums if each.outcome in outcomes)

    def _sum(self, name: str) -> int:
        return sum(getattr(each, name) for each in self.sums)


def batches_of(course: Course) -> QuerySet[RegradeBatch]:
    """Give the regrades of a course, the newest first."""
    return (
        RegradeBatch.objects.filter(exercise__course=course)
        .select_related("exercise__current_version", "version", "enrolment")
        .defer("exercise__current_version__content", "version__content")
        .order_by("-pk")
    )


def batch_of(course: Course, pk: int) -> RegradeBatch | None:
    """Give one regrade of a course with its exercise; None when there is no such one in it."""
    batch = batches_of(course).filter(pk=pk).first()
    if batch is not None:
        batch.exercise.course = course
    return batch


def regrade_page(batch: RegradeBatch) -> RegradePage:
    """Sum up a batch's rows, in one query."""
    waiting = Q(outcome__in=[*RegradeRow.WRITABLE, Outcome.PROPOSAL])
    gained = F("new_points") - Coalesce(F("old_points"), Decimal(0))
    sums = (
        batch.rows.order_by()
        .values("outcome")
        .annotate(
            count=Count("pk"),
            change=Sum(gained),
            todo=Count("pk", filter=waiting | Q(handled_at__isnull=False)),
            handled=Count("handled_at"),
            written=Count("written"),
            proposed=Count("proposal"),
            undone=Count("undone_at"),
            not_undone=Count("pk", filter=~Q(undo_skip="")),
        )
    )
    found = {
        each["outcome"]: OutcomeSum(
            label=Outcome(each["outcome"]).label,
            tone=_TONES.get(Outcome(each["outcome"]), "none"),
            **each | {"change": each["change"] or Decimal(0)},
        )
        for each in sums
    }
    return RegradePage(batch, [found[outcome] for outcome in Outcome if outcome in found])


def rows_of(batch: RegradeBatch, *, outcome: str = "") -> QuerySet[RegradeRow]:
    """Give a batch's rows with whose answer each is about, by pseudonym.

    outcome: an Outcome value or NOT_UNDONE; anything else shows all.
    """
    rows = (
        RegradeRow.objects.filter(batch=batch)
        .select_related("submission__work_item__enrolment")
        .defer("items", "kind_versions", "submission__answers", "submission__policy")
    )
    if outcome == NOT_UNDONE:
        rows = rows.exclude(undo_skip="")
    elif outcome in Outcome:
        rows = rows.filter(outcome=outcome)
    return rows.order_by("submission__work_item__enrolment__pseudonym", "pk")


def tone_of(row: RegradeRow) -> str:
    """Give the severity class that shows a row's outcome."""
    return _TONES.get(Outcome(row.outcome), "none")


def regradable(course: Course) -> list[Exercise]:
    """Give the published exercises of a course in its order."""
    return list(
        Exercise.objects.filter(course=course, current_version__isnull=False)
        .select_related("current_version", "course")
        .defer("current_version__content")
        .order_by("module__position", "position", "pk")
    )
