"""What a reviewer reads: the queue's rows, and one submission laid out for grading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.contract import Criterion, UnreadableAnswer, Variant
from exercises.models import Grade, GradingJob, ReviewRequest, Submission
from exercises.reviewing import review_queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from exercises.access import Membership
    from exercises.contract import Markdown
    from exercises.reviewing import QueueEntry
    from exercises.specification import Part

# Why the machine was unsure, by the part of its flag before the colon.
_DOUBTS = {
    "must_not": gettext_lazy("it has words that speak against the answer"),
    "instructions": gettext_lazy("it gives orders to the grader"),
    "copied_question": gettext_lazy("it repeats the question"),
    "stuffing": gettext_lazy("it lists words without a sentence"),
    "language": gettext_lazy("it is in another language"),
    "trivial": gettext_lazy("it says almost nothing"),
    "over_length": gettext_lazy("it is longer than asked"),
    "characters": gettext_lazy("it has odd or invisible characters"),
    "unfamiliar": gettext_lazy("it has words that the rubric does not account for"),
    "negation": gettext_lazy("it negates something that the rules cannot follow"),
    "release_off": gettext_lazy("a person looks at every answer to this question for now"),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. doubts: titles of the parts that wait. is_own: the viewer wrote it."""

    entry: QueueEntry
    doubts: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class CriterionSheet:
    """One criterion and what the grade that holds says of it.

    score: None without a grade. points: what full marks in it earn, two decimals.
    """

    criterion: Criterion
    score: float | None
    points: str
    feedback: str
    quotes: tuple[str, ...]

    @property
    def points_given(self) -> str:
        return f"{float(self.points) * (self.score or 0):.2f}"


@dataclass(frozen=True, slots=True)
class PartSheet:
    """One part's answer with what the grade that holds says of it.

    item: the part's entry in Grade.items, None without a grade. shown: context of the kind's
    shown.html, None where the kind cannot read the answer; raw is the answer as JSON then.
    """

    number: int
    part: Part
    item: Mapping[str, Any] | None
    shown: Mapping[str, Any] | None
    raw: str
    criteria: tuple[CriterionSheet, ...]
    model_answer: Markdown

    @property
    def template(self) -> str:
        return f"kinds/{self.part.kind.slug}/shown.html"

    @property
    def is_open(self) -> bool:
        """True when the part waits for a decision."""
        return self.item is None or not self.item["certain"]

    @property
    def is_by_person(self) -> bool:
        return self.item is not None and bool(self.item.get("by_person"))

    @property
    def doubts(self) -> list[str]:
        """Why the machine was unsure, in words, each once."""
        flags = self.item["flags"] if self.item and self.is_open else []
        return list(dict.fromkeys(_doubt(flag) for flag in flags))


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One criterion as two people decided it; yours is None where you left it alone."""

    title: str
    theirs: float | None
    yours: float | None

    @property
    def differs(self) -> bool:
        return self.yours is not None and self.yours != self.theirs


class ReviewSheet:
    """One submission laid out for a reviewer, and what she may do with it.

    head: the grade that it is laid out on; for a posted form the one that the form was made on.
    """

    def __init__(self, submission: Submission, *, viewer: Membership, head: Grade | None) -> None:
        self.submission = submission
        self.viewer = viewer
        self.head = head
        self.wish = ReviewRequest.objects.filter(submission=submission).first()
        self.queue = review_queue(viewer.course)

    @cached_property
    def parts(self) -> tuple[PartSheet, ...]:
        return sheets_of(self.submission, self.head)

    @cached_property
    def entry(self) -> QueueEntry | None:
        """The submission's place in the queue, None when nobody waits for it."""
        return next((e for e in self.queue if e.submission.pk == self.submission.pk), None)

    @property
    def is_asked(self) -> bool:
        """True when the student asked for a person and none has answered."""
        return self.wish is not None and self.wish.is_open

    def may_reopen(self, part: PartSheet) -> bool:
        """Claim that a decided part may be decided again: a certain machine's by an instructor."""
        return part.is_by_person or self.is_asked or self.viewer.is_instructor

    @cached_property
    def refusal(self) -> str:
        """Why nothing can be saved here, "" when it can."""
        if not self.submission.counted:
            return _("This is practice: it earns no points, and no person grades it.")
        if self.head is None and self._is_moving():
            return _("The machine is still grading this. Come back in a minute.")
        if not any(part.is_open or self.may_reopen(part) for part in self.parts):
            return _("The machine was certain of every part. An instructor can grade it anew.")
        return ""

    @cached_property
    def next_receipt(self) -> str:
        """The receipt of the longest waiting other submission that the viewer may grade."""
        waiting = (e.submission for e in self.queue if e.submission.pk != self.submission.pk)
        return next((s.receipt for s in waiting if not is_own(s, self.viewer)), "")

    def _is_moving(self) -> bool:
        return GradingJob.objects.filter(
            submission=self.submission, state__in=GradingJob.OPEN
        ).exists()


def submission_of(viewer: Membership, receipt: str) -> Submission | None:
    """Give one submission of the viewer's course with what its sheet needs, None without."""
    return (
        Submission.objects.select_related(
            "version", "work_item__enrolment", "work_item__exercise__course"
        )
        .filter(receipt=receipt, work_item__exercise__course=viewer.course)
        .first()
    )


def grade_seen(submission: Submission, seen: str | None) -> Grade | None:
    """Give the grade that a posted form was made on, by its id as text; the head for seen=None."""
    grades = Grade.objects.filter(submission=submission)
    if seen is None:
        return grades.heads().first()
    return next((grade for grade in grades if str(grade.pk) == seen), None)


def is_own(submission: Submission, viewer: Membership) -> bool:
    """Claim that the viewer handed this in herself. The enrolment must be loaded."""
    return submission.work_item.enrolment.user_id == viewer.user.pk


def queue_rows(entries: Iterable[QueueEntry], *, viewer: Membership) -> list[QueueRow]:
    """Give the lines of one page of the queue, in one query."""
    entries = list(entries)
    heads = Grade.objects.heads().filter(submission__in=[e.submission.pk for e in entries])
    items = {head.submission_id: head.items for head in heads}
    return [
        QueueRow(
            entry=entry,
            doubts=_waiting_parts(entry.submission, items.get(entry.submission.pk)),
            is_own=is_own(entry.submission, viewer),
        )
        for entry in entries
    ]


def sheets_of(submission: Submission, grade: Grade | None) -> tuple[PartSheet, ...]:
    """Lay out every part of a submission beside a grade of it."""
    items = {item["part"]: item for item in grade.items} if grade else {}
    variant = Variant(seed=submission.work_item.variant_seed)
    return tuple(
        _part_sheet(number, part, submission.answers.get(part.slug), items.get(part.slug), variant)
        for number, part in enumerate(submission.version.specification.parts, start=1)
    )


def compared(
    theirs: Iterable[PartSheet], yours: Mapping[str, Mapping[str, Decimal]]
) -> list[ComparedLine]:
    """Lay two decisions side by side; yours: score by criterion id, by part slug."""
    return [
        ComparedLine(
            title=f"{part.part.title}: {each.criterion.title}",
            theirs=each.score,
            yours=float(mine[each.criterion.id]) if mine else None,
        )
        for part in theirs
        for mine in [yours.get(part.part.slug)]
        for each in part.criteria
    ]


def _part_sheet(  # noqa: PLR0917 - one caller, right above
    number: int, part: Part, answer: Any, item: Mapping[str, Any] | None, variant: Variant
) -> PartSheet:
    found = {each["id"]: each for each in item["criteria"]} if item else {}
    return PartSheet(
        number=number,
        part=part,
        item=item,
        shown=_shown(part, answer, variant),
        raw=json.dumps(answer, ensure_ascii=False, indent=2),
        criteria=tuple(
            _criterion_sheet(each, part.points, found.get(each.id))
            for each in part.kind.criteria(part.spec)
        ),
        model_answer=part.kind.model_answer(part.spec, variant=variant),
    )


def _criterion_sheet(
    criterion: Criterion, part_points: Decimal, found: Mapping[str, Any] | None
) -> CriterionSheet:
    if found is None:
        possible = f"{float(part_points) * criterion.weight:.2f}"
        return CriterionSheet(criterion, None, possible, "", ())
    return CriterionSheet(
        criterion, found["score"], found["possible"], found["feedback"], tuple(found["quotes"])
    )


def _shown(part: Part, answer: Any, variant: Variant) -> Mapping[str, Any] | None:
    if answer is None:
        return None
    try:
        return part.kind.shown(part.spec, answer, variant=variant)
    except UnreadableAnswer:
        return None


def _waiting_parts(submission: Submission, items: list[Any] | None) -> tuple[str, ...]:
    waiting = {item["part"] for item in items or () if not item["certain"]}
    parts = submission.version.specification.parts
    return tuple(part.title for part in parts if part.slug in waiting)


def _doubt(flag: str) -> str:
    name, _colon, rest = flag.partition(":")
    words = (rest or name).replace("_", " ")
    known = _DOUBTS.get(name)
    if known is None:
        return words
    return f"{known} ({words})" if rest else str(known)
