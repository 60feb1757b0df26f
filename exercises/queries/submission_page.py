"""The receipt of a submission, which becomes its result."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from exercises.contract import UnreadableAnswer, Variant
from exercises.models import (
    Grade,
    GradingJob,
    PolicyOverride,
    RegradeRow,
    ReviewRequest,
    SelfMark,
    Submission,
)
from exercises.queries import pills
from exercises.queries.exercise_page import ExercisePage, assignment_of, place_of
from exercises.queries.submission_steps import Step, steps_of
from exercises.revealing import hides_result
from exercises.status import Status, status_of
from exercises.summaries import worth

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from exercises.access import Membership
    from exercises.contract import Answer
    from exercises.models import WorkItem
    from exercises.specification import Part, Specification


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """What one criterion earned; points on the part's scale. tone, icon: as in pills.Pill.

    points: None where criteria are alternatives, because then they do not add up.
    """

    title: str
    points: Decimal | None
    possible: Decimal
    feedback: str
    quotes: tuple[str, ...]
    tone: str
    icon: str
    word: str | _StrPromise


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part: the answer that was given, and, once they may be shown, its points and reasons.

    shown: None when the stored answer cannot be read. points: None before a grade may be shown.
    model_answer: Markdown, "" before the reveal.
    """

    number: int
    part: Part
    shown: dict[str, Any] | None
    points: Decimal | None
    possible: Decimal
    is_certain: bool
    feedback: str
    criteria: tuple[CriterionResult, ...]
    model_answer: str

    @property
    def template(self) -> str:
        return f"kinds/{self.part.kind.slug}/shown.html"


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """A submission as its author sees it. exercise_page: attempts and policy around it.

    points: on the exercise's scale after lateness; None before they may be shown. head: the grade
    that holds, None where it may not be shown. wish: her request for a second look, None without
    one and where its answer may not be shown.
    """

    exercise_page: ExercisePage
    submission: Submission
    status: Status
    job: GradingJob | None
    head: Grade | None
    points: Decimal | None
    parts: list[PartResult]
    marks: dict[tuple[str, str], Decimal]
    wish: ReviewRequest | None
    now: datetime

    @property
    def item(self) -> WorkItem:
        return self.submission.work_item

    @property
    def specification(self) -> Specification:
        return self.submission.version.specification

    @property
    def pill(self) -> pills.Pill:
        return pills.OF_STATUS[self.status]

    @property
    def steps(self) -> list[Step]:
        return steps_of(self.submission, self.job, self.head, self.status)

    @property
    def is_final(self) -> bool:
        return not self.status.is_moving

    @property
    def is_ours(self) -> bool:
        """Claim that we failed to grade it."""
        return self.status in (Status.DEAD, Status.INVALID)

    @property
    def is_late(self) -> bool:
        return self.kept_fraction < 1

    @property
    def kept_fraction(self) -> Decimal:
        """What lateness leaves of the points, 0 to 1, by the grade that holds if it says so."""
        return self.head.kept if self.head else self.submission.kept_fraction

    @property
    def is_scaled(self) -> bool:
        """Claim that the parts' points add up to another sum than the exercise is worth."""
        return self.specification.possible != self.item.exercise.points

    @property
    def may_reveal(self) -> bool:
        """Claim that she may ask for the discussion; the use case decides again."""
        exercise = self.item.exercise
        return (
            not self.item.is_revealed
            and exercise.reveal == exercise.Reveal.EARNED
            and exercise.release != exercise.Release.CLOSE
        )

    @property
    def is_asked(self) -> bool:
        return self.wish is not None

    @property
    def may_ask(self) -> bool:
        """Claim that she may ask for a second look: once, at less than certain full marks."""
        if self.head is None or self.is_asked or not self.submission.counted:
            return False
        return not self.head.released or self.head.points < self.head.possible

    @property
    def is_regraded(self) -> bool:
        """Claim that a regrade, or its undo, wrote the grade that holds."""
        return self.head is not None and self.head.batch_id is not None

    @property
    def is_taken_back(self) -> bool:
        return bool(getattr(self.head, "is_undo", False))

    @property
    def graded_by(self) -> str | _StrPromise:
        return Grade.Source(self.head.source).label if self.head else ""

    @property
    def kept_percent(self) -> int:
        return round(self.kept_fraction * 100)


def submission_for(membership: Membership, receipt: str) -> Submission:
    """Give one of this person's own submissions, in one query. Raises Submission.DoesNotExist."""
    if membership.enrolment is None:
        raise Submission.DoesNotExist
    submission = (
        Submission.objects.select_related(
            "version", "work_item__exercise__current_version", "work_item__exercise__module"
        )
        .defer("version__content", "work_item__exercise__current_version__content")
        .get(
            receipt=receipt,
            work_item__enrolment=membership.enrolment,
            work_item__exercise__course=membership.course,
        )
    )
    submission.work_item.enrolment = membership.enrolment
    submission.work_item.exercise.course = membership.course
    return submission


def status_for(submission: Submission, *, at: datetime) -> Status:
    """Give the status alone, for the polled fragment: two queries, rarely three."""
    is_hidden = hides_result(submission.work_item.exercise, at)
    job, head = first_job(submission), _head(submission)
    return status_of(job=job, head=head, hides_result=is_hidden, at=at)


def submission_page(
    membership: Membership, submission: Submission, *, at: datetime
) -> SubmissionPage:
    """Read everything around a submission, in six queries, rarely seven."""
    item = submission.work_item
    is_hidden = hides_result(item.exercise, at)
    job, head = first_job(submission), _head(submission)
    status = status_of(job=job, head=head, hides_result=is_hidden, at=at)
    visible = None if is_hidden else head
    return SubmissionPage(
        exercise_page=_around(membership, item, at),
        submission=submission,
        status=status,
        job=job,
        head=visible,
        points=worth(visible, exercise_points=item.exercise.points) if visible else None,
        parts=_parts(submission, visible),
        marks=_marks(submission),
        wish=None if is_hidden else ReviewRequest.objects.filter(submission=submission).first(),
        now=at,
    )


def _around(membership: Membership, item: WorkItem, at: datetime) -> ExercisePage:
    override = PolicyOverride.objects.filter(
        exercise=item.exercise_id, enrolment=item.enrolment_id
    ).first()
    assignment = assignment_of(
        item.exercise, enrolment=membership.enrolment, item=item, override=override
    )
    return ExercisePage(
        membership=membership,
        assignment=assignment,
        version=assignment.version,
        place=place_of(item.exercise),
        attempts=[],
        held=None,
        now=at,
    )


def first_job(submission: Submission) -> GradingJob | None:
    """Give the job of its first grading: a regrade's is no business of its author's."""
    return submission.jobs.filter(reason=GradingJob.Reason.SUBMIT).order_by("-run").first()


def _head(submission: Submission) -> Grade | None:
    is_undo = Exists(RegradeRow.objects.filter(undo_grade=OuterRef("pk")))
    heads = Grade.objects.heads().select_related("version", "batch").defer("version__content")
    head = heads.filter(submission=submission).annotate(is_undo=is_undo).first()
    if head is not None:
        head.submission = submission
    return head


def _marks(submission: Submission) -> dict[tuple[str, str], Decimal]:
    if not submission.work_item.is_revealed:
        return {}
    return {(m.part, m.criterion): m.level for m in SelfMark.objects.filter(submission=submission)}


def _parts(submission: Submission, head: Grade | None) -> list[PartResult]:
    variant = Variant(seed=submission.work_item.variant_seed)
    items = {entry["part"]: entry for entry in head.items} if head else {}
    graded = head.version.specification if head else submission.version.specification
    # A regrade of one part leaves the others' items, whose parts a newer version may not have.
    titles = {
        key: title
        for version in (submission.version.specification, graded)
        for key, title in _titles(
            version, items, is_revealed=submission.work_item.is_revealed
        ).items()
    }
    return [
        _part(
            part,
            number=number,
            shown=_shown(part, submission.answers.get(part.slug), variant),
            item=items.get(part.slug),
            titles=titles,
            model_answer=str(part.kind.model_answer(part.spec, variant=variant))
            if submission.work_item.is_revealed
            else "",
        )
        for number, part in enumerate(submission.version.specification.parts, start=1)
    ]


def _titles(
    graded: Specification, items: Mapping[str, Mapping[str, Any]], *, is_revealed: bool
) -> dict[tuple[str, str], str]:
    """Name each criterion by part and id.

    A title says what earns the points: while attempts are left, one that is not met yet is named
    by what it asks.
    """
    met = {
        (slug, entry["id"])
        for slug, item in items.items()
        for entry in item["criteria"]
        if entry["score"] >= 1
    }
    return {
        key: criterion.title if is_revealed or key in met else criterion.asks or criterion.title
        for part in graded.parts
        for criterion in part.kind.criteria(part.spec)
        for key in [(part.slug, criterion.id)]
    }


def _part(
    part: Part,
    *,
    number: int,
    shown: dict[str, Any] | None,
    item: Mapping[str, Any] | None,
    titles: Mapping[tuple[str, str], str],
    model_answer: str,
) -> PartResult:
    found = _told(item) if item else ()
    return PartResult(
        number=number,
        part=part,
        shown=shown,
        points=Decimal(item["points"]) if item else None,
        possible=Decimal(item["possible"]) if item else part.points,
        is_certain=bool(item["certain"]) if item else False,
        feedback=item["feedback"] if item else "",
        criteria=tuple(
            _criterion(entry, titles.get((part.slug, entry["id"])), adds_up=_adds_up(item))
            for entry in found
        )
        if item
        else (),
        model_answer=model_answer,
    )


def _adds_up(item: Mapping[str, Any]) -> bool:
    """Claim that the criteria of a part share its points; else the best alternative earns them."""
    return sum(Decimal(entry["possible"]) for entry in item["criteria"]) <= Decimal(
        item["possible"]
    )


def _told(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the criteria worth telling: a missed alternative to a met one is no miss."""
    criteria: list[Mapping[str, Any]] = item["criteria"]
    return criteria if _adds_up(item) else [entry for entry in criteria if entry["score"] > 0]


def _criterion(entry: Mapping[str, Any], title: str | None, *, adds_up: bool) -> CriterionResult:
    tone, icon, word = _TONES[(entry["score"] > 0) + (entry["score"] >= 1)]
    return CriterionResult(
        title=title or entry["id"],
        points=Decimal(entry["points"]) if adds_up else None,
        possible=Decimal(entry["possible"]),
        feedback=entry["feedback"],
        quotes=tuple(entry["quotes"]),
        tone=tone,
        icon=icon,
        word=word,
    )


# Of a missed criterion, one met in part, and one met.
_TONES = (
    ("error", "circle-x", _("Missed")),
    ("warning", "circle-minus", _("Met in part")),
    ("okk", "circle-check", _("Met")),
)


def _shown(part: Part, answer: Answer | None, variant: Variant) -> dict[str, Any] | None:
    if answer is None:
        return None
    try:
        return part.kind.shown(part.spec, answer, variant=variant)
    except UnreadableAnswer:
        return None
