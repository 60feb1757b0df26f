"""Names behind pseudonyms: shown when an instructor asks, and each asking is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exercises import auditing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exercises.models import Course, Enrolment
    from lms.accounts.models import User


def name_of(person: User) -> str:
    """Give what people call a person: her name, else her user name."""
    return person.get_full_name() or person.username


@transaction.atomic
def reveal(enrolments: Iterable[Enrolment], *, course: Course, actor: User) -> dict[int, str]:
    """Give the names of some people of a course by enrolment id, and note each; their users loaded.

    The caller has checked that the actor is an instructor of the course.
    """
    people = {enrolment.pk: enrolment for enrolment in enrolments}
    for enrolment in people.values():
        auditing.record(
            "name.revealed", enrolment, course=course, actor=actor,
            after={"pseudonym": enrolment.pseudonym},
        )  # fmt: skip
    return {pk: name_of(enrolment.user) for pk, enrolment in people.items()}
