"""Answers alike: which wait beside one, and one decision for those that are ticked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exercises.alike import SIMILAR_FROM, asks_the_same, likeness, normalised, prose_of
from exercises.models import Grade, ReleaseAudit, Submission
from exercises.reviewing import ChainMoved, review

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from exercises.access import Membership
    from exercises.specification import Part

MOST_COMPARED = 200
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Alike:
    """An answer that waits like the one in front. is_same: identical but for its spelling."""

    head: Grade
    text: str
    is_same: bool

    @property
    def token(self) -> str:
        """What the form posts for it: the receipt, and the grade that was seen."""
        return f"{self.head.submission.receipt}:{self.head.pk}"

    @property
    def pseudonym(self) -> str:
        return self.head.submission.work_item.enrolment.pseudonym


@dataclass(slots=True)
class GroupOutcome:
    """Pseudonyms of whom a decision reached, and of those left as they are: graded meanwhile."""

    saved: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def alike_of(submission: Submission, part: Part, heads: Iterable[Grade]) -> list[Alike]:
    """Give which of some waiting grades' answers to a part are alike: identical ones first.

    Empty where the answer is not in the student's own words, or has none.
    """
    mine = prose_of(submission.answers.get(part.slug))
    if mine is None or not normalised(mine):
        return []
    found = []
    for head in heads:
        text = _open_text(head, part)
        if text is None:
            continue
        share = 1.0 if normalised(text) == normalised(mine) else min(likeness(text, mine), 0.999)
        if share >= SIMILAR_FROM:
            found.append((share, Alike(head, text, is_same=share == 1.0)))
    found.sort(key=lambda each: -each[0])
    return [alike for _share, alike in found[:MOST_SHOWN]]


def review_group(
    *,
    tokens: Sequence[str],
    like: Submission,
    part: Part,
    scores: Mapping[str, Decimal | float],
    feedback: str,
    reviewer: Membership,
) -> GroupOutcome:
    """Write one decision on a part for each ticked answer, each under its own lock.

    tokens: as Alike gives them; who ticked read each. An answer whose chain moved since, or that
    is not graded by the same rule, is left as it is.
    """
    outcome = GroupOutcome()
    seen = dict(token.rpartition(":")[::2] for token in tokens[:MOST_SHOWN])
    for head in _heads(seen, like, reviewer):
        pseudonym = head.submission.work_item.enrolment.pseudonym
        is_seen = str(head.pk) == seen[head.submission.receipt]
        if (
            is_seen
            and _open_text(head, part) is not None
            and _review(head, part.slug, scores, feedback=feedback, reviewer=reviewer)
        ):
            outcome.saved.append(pseudonym)
        else:
            outcome.left.append(pseudonym)
    return outcome


def _review(
    head: Grade,
    part: str,
    scores: Mapping[str, Decimal | float],
    *,
    feedback: str,
    reviewer: Membership,
) -> bool:
    try:
        review(
            submission=head.submission,
            reviewer=reviewer.user,
            scores={part: scores},
            feedback="\n\n".join(filter(None, [head.feedback, feedback])),
            head_id=head.pk,
            leaves_open=True,
        )
    except ChainMoved:
        return False
    return True


def _heads(seen: Mapping[str, str], like: Submission, reviewer: Membership) -> list[Grade]:
    blind = ReleaseAudit.objects.waiting()
    return list(
        Grade.objects.heads()
        .filter(
            submission__receipt__in=list(seen),
            submission__counted=True,
            submission__work_item__exercise=like.work_item.exercise_id,
        )
        .exclude(submission=like)
        .exclude(submission__work_item__enrolment__user=reviewer.user)
        .exclude(pk__in=blind.order_by().values("grade"))
        .select_related("submission__version", "submission__work_item__enrolment")
        .order_by("created_at", "pk")
    )


def _open_text(head: Grade, part: Part) -> str | None:
    """Give the words that wait for a decision on the same question; None where there are none."""
    entry = next((item for item in head.items if item["part"] == part.slug), None)
    if entry is None or entry["certain"]:
        return None
    try:
        theirs = head.submission.version.specification.part(part.slug)
    except KeyError:
        return None
    if not asks_the_same(theirs, part):
        return None
    return prose_of(head.submission.answers.get(part.slug))
