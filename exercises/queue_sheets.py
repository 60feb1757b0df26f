"""The lines of the review queue, as the queue's page and the list beside an answer show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exercises.alike import prose_of
from exercises.claiming import others_claims
from exercises.models import Grade, ReleaseAudit, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exercises.access import Membership
    from exercises.models import ReviewClaim
    from exercises.queries.waiting import Entry
    from exercises.specification import Part

LONGEST_WORDS = 140


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. A blind one says the same whether the machine was sure or not.

    parts: those that wait. words: the beginning of the first waiting answer in the student's own
    words. is_own: the viewer handed it in. claims: of others who look at it now.
    """

    entry: Entry
    submission: Submission
    parts: tuple[Part, ...]
    words: str
    is_own: bool
    claims: tuple[ReviewClaim, ...]

    @property
    def is_blind(self) -> bool:
        return self.entry.reason == "audit"


def queue_rows(entries: Iterable[Entry], *, viewer: Membership) -> list[QueueRow]:
    """Give the lines of some entries, in four queries."""
    entries = list(entries)
    ids = [entry.submission_id for entry in entries]
    submissions = (
        Submission.objects.select_related(
            "version", "work_item__enrolment__user", "work_item__exercise"
        )
        .defer("version__content")
        .in_bulk(ids)
    )
    waiting = _waiting_parts(ids)
    claims = others_claims(ids, viewer=viewer.user)
    # An entry whose submission was erased since has no line.
    return [
        _row(entry, submissions[entry.submission_id], waiting, claims, viewer)
        for entry in entries
        if entry.submission_id in submissions
    ]


def _row(  # noqa: PLR0917 - one caller, right above
    entry: Entry,
    submission: Submission,
    waiting: dict[int, Any],
    claims: dict[int, list[ReviewClaim]],
    viewer: Membership,
) -> QueueRow:
    slugs = waiting.get(submission.pk)
    every = submission.version.specification.parts
    parts = tuple(part for part in every if slugs is None or part.slug in slugs)
    return QueueRow(
        entry=entry,
        submission=submission,
        parts=parts,
        words=_words(submission, parts),
        is_own=submission.work_item.enrolment.user_id == viewer.user.pk,
        claims=tuple(claims.get(submission.pk, ())),
    )


def _waiting_parts(ids: list[int]) -> dict[int, set[str]]:
    """Give the slugs of the parts that wait, by submission id; none for a whole submission."""
    heads = Grade.objects.heads().filter(submission__in=ids, released=False)
    waiting = {
        head.submission_id: {item["part"] for item in head.items if not item["certain"]}
        for head in heads
    }
    looks = ReleaseAudit.objects.waiting().filter(grade__submission__in=ids)
    blind: dict[int, set[str]] = {}
    for submission, part in looks.values_list("grade__submission", "part"):
        blind.setdefault(submission, set()).add(part)
    return waiting | blind


def _words(submission: Submission, parts: Iterable[Part]) -> str:
    for part in parts:
        text = prose_of(submission.answers.get(part.slug))
        if text:
            return text[:LONGEST_WORDS]
    return ""
