"""What a reviewer reads of one submission, laid out for grading."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from exercises.claiming import others_claims
from exercises.group_reviewing import MOST_COMPARED, alike_of
from exercises.models import FeedbackSnippet, Grade, GradingJob, ReviewRequest, Submission
from exercises.part_sheets import ComparedLine, PartSheet, against, compared, sheets_of
from exercises.proposal_deciding import may_decide, undecided
from exercises.queue_sheets import queue_rows
from exercises.release_auditing import decided_audits, replaceable
from exercises.reviewing import head_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exercises.access import Membership
    from exercises.group_reviewing import Alike
    from exercises.models import GradeProposal, ReleaseAudit, ReviewClaim
    from exercises.queries.waiting import Entry, Waiting
    from exercises.queue_sheets import QueueRow
    from lms.accounts.models import User

ROWS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class ProposalSheet:
    """A result that waits beside the grade that holds, line by line; may_decide: the viewer."""

    proposal: GradeProposal
    lines: list[ComparedLine]
    may_decide: bool


@dataclass(frozen=True, slots=True)
class CheckedSheet:
    """A part that was judged blind beside the machine's verdict.

    is_decoy: the machine had doubted it. is_replaceable: hers may take the released one's place.
    """

    sheet: PartSheet
    lines: list[ComparedLine]
    agrees: bool
    is_decoy: bool
    is_replaceable: bool


class ReviewSheet:
    """One submission laid out for a reviewer, and what she may do with it.

    head: the grade that it is laid out on; for a posted form the one that the form was made on.
    waiting: the queue as she has filtered it. audits: what she shall judge blind; then nothing of
    the verdict is on the sheet, and nothing that tells a released part from a doubtful one.
    """

    def __init__(
        self,
        submission: Submission,
        *,
        viewer: Membership,
        head: Grade | None,
        waiting: Waiting,
        audits: Sequence[ReleaseAudit] = (),
    ) -> None:
        self.submission = submission
        self.viewer = viewer
        self.head = head
        self.waiting = waiting
        self.audits = audits

    @cached_property
    def wish(self) -> ReviewRequest | None:
        return ReviewRequest.objects.filter(submission=self.submission).first()

    @property
    def is_blind(self) -> bool:
        return bool(self.audits)

    @cached_property
    def parts(self) -> tuple[PartSheet, ...]:
        if not self.is_blind:
            return sheets_of(self.submission, self.head)
        audited = {audit.part for audit in self.audits}
        blank = sheets_of(self.submission, None)
        return tuple(sheet for sheet in blank if sheet.part.slug in audited)

    @cached_property
    def entry(self) -> Entry | None:
        """The submission's place in the queue, None when nobody waits for it."""
        return self.waiting.entry_of(self.submission)

    @property
    def is_asked(self) -> bool:
        """True when the student asked for a person and none has answered."""
        return self.wish is not None and self.wish.is_open

    def may_reopen(self, part: PartSheet) -> bool:
        """Claim that a decided part may be decided again: a certain machine's by an instructor."""
        return part.is_by_person or self.is_asked or self.viewer.is_instructor

    def decides(self, part: PartSheet) -> bool:
        """Claim that the form asks for a part's levels. A filter by part leaves others open."""
        if self.is_blind or self.head is None:
            return True
        wanted = self.waiting.filters.part
        if any(each.part.slug == wanted and each.is_open for each in self.parts):
            return part.part.slug == wanted
        return part.is_open or self.may_reopen(part)

    @cached_property
    def numbers(self) -> dict[str, dict[str, int]]:
        """Give each criterion's number on the page, by part slug and id: open parts come first."""
        asked = sorted(filter(self.decides, self.parts), key=lambda part: not part.is_open)
        pairs = [(part.part.slug, each.criterion.id) for part in asked for each in part.criteria]
        numbers: dict[str, dict[str, int]] = {}
        for number, (slug, criterion) in enumerate(pairs, start=1):
            numbers.setdefault(slug, {})[criterion] = number
        return numbers

    @cached_property
    def alike(self) -> dict[str, list[Alike]]:
        """Give the answers that wait like this one, by the slug of each part that does."""
        if self.is_blind or self.head is None or self.refusal:
            return {}
        asked = [part for part in self.parts if part.is_open and part.text and self.decides(part)]
        if not asked:
            return {}
        heads = self.waiting.doubtful_beside(self.submission, most=MOST_COMPARED)
        return {part.part.slug: alike_of(self.submission, part.part, heads) for part in asked}

    @cached_property
    def snippets(self) -> list[FeedbackSnippet]:
        """Give the course's phrases for the parts that are decided here."""
        if self.is_blind:
            return []
        slugs = [part.part.slug for part in self.parts if self.decides(part)]
        return list(
            FeedbackSnippet.objects.filter(
                exercise=self.submission.work_item.exercise_id, part__in=slugs
            )
        )

    @cached_property
    def proposals(self) -> list[ProposalSheet]:
        """Give what waits beside the grade that holds."""
        return [
            ProposalSheet(
                proposal=each,
                lines=against(self.parts, sheets_of(self.submission, each)),
                may_decide=may_decide(self.viewer, each, head=self.head),
            )
            for each in ([] if self.is_blind else undecided(self.submission))
        ]

    @cached_property
    def refusal(self) -> str:
        """Why nothing can be saved here, "" when it can."""
        if not self.submission.counted:
            return _("This is practice: it earns no points, and no person grades it.")
        if self.head is None and not self.is_blind and self._is_moving():
            return _("The machine is still grading this. Come back in a minute.")
        if not any(part.is_open or self.may_reopen(part) for part in self.parts):
            return _("The machine was certain of every part. An instructor can grade it anew.")
        return ""

    @cached_property
    def rows(self) -> list[QueueRow]:
        """Give this entry, where it waits, and those that follow, without the viewer's own."""
        ahead = self.waiting.after(self.entry, most=ROWS_AHEAD)
        here = [self.entry] if self.entry else []
        return queue_rows([*here, *ahead], viewer=self.viewer)

    @property
    def next_receipt(self) -> str:
        """The receipt of the entry to go on to: the first that nobody else looks at."""
        ahead = [row for row in self.rows if row.submission.pk != self.submission.pk]
        free = [row for row in ahead if not row.claims]
        return next((row.entry.receipt for row in free or ahead), "")

    @cached_property
    def claims(self) -> Sequence[ReviewClaim]:
        """Who else looks at this now."""
        if self.entry:
            return next((r.claims for r in self.rows if r.submission.pk == self.submission.pk), ())
        found = others_claims([self.submission.pk], viewer=self.viewer.user)
        return found.get(self.submission.pk, ())

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


def is_own(submission: Submission, viewer: Membership) -> bool:
    """Claim that the viewer handed this in herself. The enrolment must be loaded."""
    return submission.work_item.enrolment.user_id == viewer.user.pk


def checked_sheets(submission: Submission, *, by: User) -> list[CheckedSheet]:
    """Lay out what a person judged blind of the grade that holds, or that hers replaced."""
    audits = decided_audits(submission, by=by)
    open_to_hers = replaceable(audits, head=head_of(submission))
    return [
        CheckedSheet(
            sheet=sheet,
            lines=compared([sheet], {audit.part: _decimals(audit.levels)}),
            agrees=bool(audit.agrees),
            is_decoy=audit.is_decoy,
            is_replaceable=audit in open_to_hers,
        )
        for audit in audits
        for sheet in sheets_of(submission, audit.grade)
        if sheet.part.slug == audit.part
    ]


def _decimals(levels: Mapping[str, float]) -> dict[str, Decimal]:
    return {criterion: Decimal(str(level)) for criterion, level in levels.items()}
