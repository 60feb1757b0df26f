"""Work that was handed in and graded, written as rows by the hundred.

What is counted, kept, earned and revealed follows the site's own functions; an answer to a part
that was graded once is not graded again: kinds are pure, and no kind of the seed course has
variants.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from exercises.grading import Evaluation, evaluate
from exercises.models import (
    Enrolment,
    Exercise,
    ExerciseVersion,
    Grade,
    GradingJob,
    Policy,
    Submission,
    WorkItem,
)
from exercises.submitting import answers_hash
from exercises.summaries import summary_of

if TYPE_CHECKING:
    from exercises.contract import Answer
    from exercises.specification import Part

Answers = Mapping[str, "Answer"]
Share = tuple[Enrolment, Exercise, Sequence[Answers]]

_APART: Final = timedelta(minutes=10)
_WAITED: Final = timedelta(milliseconds=10)
_TOOK: Final = timedelta(milliseconds=40)
_SUMMARY: Final = ("best_points", "official_grade", "proposed_points")
_known: dict[tuple[str, str], Evaluation] = {}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One hand-in before it is written. number: None for practice."""

    item: WorkItem
    number: int | None
    at: datetime
    answers: Answers
    evaluation: Evaluation


def write_work(shares: Sequence[Share]) -> int:
    """Write fresh work items with their graded submissions; give the number of these.

    The caller holds the transaction. Each exercise and its current version must be loaded.
    """
    now = timezone.now()
    work = [_attempts(*share, now=now) for share in shares]
    WorkItem.objects.bulk_create([item for item, _attempts in work])
    attempts = [attempt for _item, made in work for attempt in made]
    submissions = Submission.objects.bulk_create(map(_submission, attempts))
    jobs = GradingJob.objects.bulk_create(map(_job, submissions, attempts))
    grades = Grade.objects.bulk_create(map(_grade, jobs, attempts))
    _summarise([item for item, _attempts in work], grades)
    return len(attempts)


def _attempts(
    enrolment: Enrolment, exercise: Exercise, answers: Sequence[Answers], *, now: datetime
) -> tuple[WorkItem, list[_Attempt]]:
    """Give a work item as its attempts leave it: what follows full marks is practice."""
    policy = Policy.for_enrolment(exercise, enrolment, None)
    item = WorkItem(enrolment=enrolment, exercise=exercise, attempts_max=policy.attempts)
    made = []
    for before, answer in enumerate(answers):
        at = now - _APART * (len(answers) - before)
        if not item.is_revealed:
            item.attempts_used += 1
        number = None if item.is_revealed else item.attempts_used
        attempt = _Attempt(item, number, at, answer, _evaluated(item, answer))
        made.append(attempt)
        _reveal(item, attempt)
    return item, made


def _reveal(item: WorkItem, attempt: _Attempt) -> None:
    """Reveal as revealing.settle does, which a test holds this to."""
    if item.is_revealed or item.exercise.reveal != Exercise.Reveal.EARNED:
        return
    if item.exercise.release == Exercise.Release.CLOSE:
        return
    result = attempt.evaluation
    if result.released and result.points == result.possible:
        item.reveal_reason = WorkItem.RevealReason.FULL_MARKS
    elif item.attempts_left <= 0:
        item.reveal_reason = WorkItem.RevealReason.NO_ATTEMPT_LEFT
    else:
        return
    item.revealed_at = attempt.at + _WAITED + _TOOK


def _evaluated(item: WorkItem, answers: Answers) -> Evaluation:
    """Give what evaluate would, put together from each part's own evaluation."""
    version = _version(item)
    specification = version.specification
    found = [_part_evaluated(version, part, answers[part.slug]) for part in specification.parts]
    return Evaluation(
        items=[item for one in found for item in one.items],
        points=sum((one.points for one in found), Decimal(0)),
        possible=specification.possible,
        released=all(one.released for one in found),
        kind_versions={kind: number for one in found for kind, number in one.kind_versions.items()},
    )


def _part_evaluated(version: ExerciseVersion, part: Part, answer: Answer) -> Evaluation:
    answers = {part.slug: answer}
    key = (version.sha256, answers_hash(answers))
    if key not in _known:
        alone = replace(version.specification, parts=(part,))
        _known[key] = evaluate(alone, answers, variant_seed="")
    return _known[key]


def _version(item: WorkItem) -> ExerciseVersion:
    version = item.exercise.current_version
    if version is None:
        raise ExerciseVersion.DoesNotExist
    return version


def _submission(attempt: _Attempt) -> Submission:
    item = attempt.item
    policy = Policy.for_enrolment(item.exercise, item.enrolment, None)
    return Submission(
        work_item=item,
        version=_version(item),
        number=attempt.number,
        counted=attempt.number is not None,
        key=secrets.token_hex(16),
        answers={part: dict(answer) for part, answer in attempt.answers.items()},
        answers_hash=answers_hash(attempt.answers),
        received_at=attempt.at,
        stored_at=attempt.at,
        kept_fraction=policy.fraction_at(attempt.at),
        policy=policy.snapshot(),
    )


def _job(submission: Submission, attempt: _Attempt) -> GradingJob:
    return GradingJob(
        submission=submission,
        state=GradingJob.State.DONE,
        kind_versions=attempt.evaluation.kind_versions,
        tries=1,
        created_at=attempt.at,
        available_at=attempt.at,
        started_at=attempt.at + _WAITED,
        finished_at=attempt.at + _WAITED + _TOOK,
    )


def _grade(job: GradingJob, attempt: _Attempt) -> Grade:
    result = attempt.evaluation
    return Grade(
        submission=job.submission,
        version=_version(attempt.item),
        source=Grade.Source.AUTO,
        job=job,
        items=result.items,
        points=result.points,
        possible=result.possible,
        released=result.released,
        created_at=attempt.at + _WAITED + _TOOK,
    )


def _summarise(items: Sequence[WorkItem], grades: Sequence[Grade]) -> None:
    heads: dict[int, list[Grade]] = {item.pk: [] for item in items}
    for grade in grades:
        if grade.submission.counted:
            heads[grade.submission.work_item_id].append(grade)
    for item in items:
        summary = summary_of(
            heads[item.pk],
            exercise_points=item.exercise.points,
            provisional_counts=item.exercise.course.provisional_counts,
        )
        for name in _SUMMARY:
            setattr(item, name, getattr(summary, name))
    WorkItem.objects.bulk_update(items, _SUMMARY)
