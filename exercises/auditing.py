"""Noting who did what, with the values before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exercises.models import AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model

    from exercises.models import Course
    from lms.accounts.models import User


def record(
    action: str,
    row: Model,
    *,
    course: Course,
    actor: User | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit event about a row, in the caller's transaction.

    before, after: ids, pseudonyms and values. Reasons stay on their own rows: they are prose, and
    prose about people holds names.
    """
    AuditEvent.objects.create(
        course=course,
        actor=actor,
        action=action,
        target=f"{type(row).__name__.lower()}:{row.pk}",
        before=before or {},
        after=after or {},
    )
