"""Filling a database fast, with the rows that the class's own work would have left.

What decides is the site's code: the policy says what is kept and counted, the kinds grade, the
summary and the reveal are computed from the grades. Only the writing is different: rows go in by
the hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from django.contrib.auth.hashers import make_password
from django.db import transaction

from exercises.authoring.publish import publish_content
from exercises.demo_class import making
from exercises.demo_class.answers import typed_for
from exercises.demo_class.graded_rows import write_work
from exercises.enrolling import enrol
from exercises.models import Course, Enrolment, Exercise, Module, Submission, WorkItem
from lms.accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exercises.contract import Answer

COURSE_SLUG: Final = "demo-class"
_FIELD: Final = {"choice": "chosen", "span": "span", "text": "text"}
_ITEMS_PER_TRANSACTION: Final = 100
_PEOPLE_PER_TRANSACTION: Final = 50


class NotSeedable(Exception):
    """The numbers do not fit each other or the course; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Size:
    """students and exercises that the demo course has in the end, submissions to add."""

    students: int
    exercises: int
    submissions: int


_Share = tuple[Enrolment, Exercise, list[dict[str, "Answer"]]]


def seed(*, size: Size, seed_number: int, say: Callable[[str], None]) -> Course:
    """Fill the course `demo-class`: the same numbers and seed give the same work. May be repeated.

    Work items that have a submission are left alone, so a repetition adds nothing. Raises
    NotSeedable, and making.ServerRefused on a server.
    """
    making.refuse_server()
    course = _course(size.exercises)
    exercises = list(
        course.exercises.select_related("current_version", "course").order_by("position")
    )[: size.exercises]
    room = size.students * sum(exercise.attempts for exercise in exercises)
    if size.submissions > room:
        raise NotSeedable(
            f"{size.submissions} submissions do not fit: {size.students} students have {room} "
            f"attempts in {len(exercises)} exercises. Ask for more students or exercises."
        )
    enrolments = _people(course, size.students)
    say(f"{len(enrolments)} students and {len(exercises)} exercises are in {course.slug}.")
    chance = Random(seed_number)  # noqa: S311 - which answer is typed, no secret
    written = 0
    for batch in _batches(_shares(enrolments, exercises, size.submissions), chance):
        written += _write(batch)
        if written and written % 10_000 < len(batch):
            say(f"{written} submissions are written.")
    say(f"{written} submissions were added; {Submission.objects.count()} are stored in all.")
    return course


@transaction.atomic
def _course(exercises: int) -> Course:
    """Give the demo course with at least that many exercises, copies of the seed course's."""
    originals = list(
        Exercise.objects.filter(course__slug="backend-operations", current_version__isnull=False)
        .select_related("current_version")
        .order_by("position")
    )
    if not originals:
        raise NotSeedable("The course backend-operations is not here: start the site once first.")
    course, _made = Course.objects.get_or_create(slug=COURSE_SLUG, defaults={"title": "Demo class"})
    module, _made = Module.objects.get_or_create(
        course=course, slug="demo", defaults={"title": "Demo exercises", "position": 1}
    )
    for number in range(course.exercises.count(), exercises):
        _copy(originals[number % len(originals)], module, position=number + 1)
    return course


def _copy(original: Exercise, module: Module, *, position: int) -> None:
    version = original.current_version
    if version is None:
        return
    copy = Exercise(
        course=module.course, module=module, slug=f"{original.slug}-{position}",
        position=position, points=original.points, attempts=original.attempts,
    )  # fmt: skip
    copy.full_clean()
    copy.save()
    publish_content(exercise=copy, content=version.content, source="demo", by=None)


def _people(course: Course, count: int) -> list[Enrolment]:
    """Give the first `count` seeded students of the course, made where they are missing.

    Nobody knows their password: they cannot sign in.
    """
    names = [f"demo-seeded-{number:05}" for number in range(1, count + 1)]
    known = set(User.objects.filter(username__startswith="demo-seeded-").values_list(
        "username", flat=True))  # fmt: skip
    missing = [name for name in names if name not in known]
    for start in range(0, len(missing), _PEOPLE_PER_TRANSACTION):
        with transaction.atomic():
            for name in missing[start : start + _PEOPLE_PER_TRANSACTION]:
                user = User.objects.create(
                    username=name, password=make_password(None), is_demo=True, is_active=False
                )
                enrol(course=course, user=user)
    rows = Enrolment.objects.filter(course=course, user__username__startswith="demo-seeded-")
    return list(rows.select_related("user").order_by("user__username")[:count])


def _shares(
    enrolments: list[Enrolment], exercises: list[Exercise], submissions: int
) -> Iterator[tuple[Enrolment, Exercise, int]]:
    """Share the submissions out: everybody's first attempts, then the second ones, ..."""
    pairs = [(enrolment, exercise) for exercise in exercises for enrolment in enrolments]
    given = [0] * len(pairs)
    left, attempt = submissions, 0
    while left > 0:
        attempt += 1
        for at, (_enrolment, exercise) in enumerate(pairs):
            if left > 0 and exercise.attempts >= attempt:
                given[at] += 1
                left -= 1
    for (enrolment, exercise), attempts in zip(pairs, given, strict=True):
        if attempts:
            yield enrolment, exercise, attempts


def _batches(
    shares: Iterator[tuple[Enrolment, Exercise, int]], chance: Random
) -> Iterator[list[_Share]]:
    """Draw the answers and give them by the hundred; drawn for all, so that they stay the same."""
    batch: list[_Share] = []
    for enrolment, exercise, attempts in shares:
        batch.append((enrolment, exercise, [_drawn(exercise, chance) for _ in range(attempts)]))
        if len(batch) == _ITEMS_PER_TRANSACTION:
            yield batch
            batch = []
    if batch:
        yield batch


def _drawn(exercise: Exercise, chance: Random) -> dict[str, Answer]:
    version = exercise.current_version
    parts = version.specification.parts if version else ()
    return {part.slug: _answer(part.kind.slug, part.slug, chance) for part in parts}


def _answer(kind: str, part: str, chance: Random) -> Answer:
    text = typed_for(part, by=chance, only_taken=True).text
    return {_FIELD[kind]: [text] if kind == "choice" else text}


@transaction.atomic
def _write(batch: list[_Share]) -> int:
    """Write the work of a batch that is not there yet; give the number of submissions."""
    taken = set(
        WorkItem.objects.filter(
            enrolment__in={enrolment.pk for enrolment, _exercise, _answers in batch},
            exercise__in={exercise.pk for _enrolment, exercise, _answers in batch},
        ).values_list("enrolment", "exercise")
    )
    fresh = [share for share in batch if (share[0].pk, share[1].pk) not in taken]
    return write_work(fresh)
