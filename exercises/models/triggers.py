"""The rows of learning that never change, frozen after each migrate run."""

from typing import Any

from lms.database.freezing import Frozen, freeze

_FROZEN = (
    Frozen(
        "exercises_exerciseversion",
        "a published version never changes",
        condition="OLD.published_at IS NOT NULL",
        erasable="created_by_id",
    ),
    Frozen("exercises_submission", "a submission never changes"),
    Frozen("exercises_grade", "a grade never changes", erasable="grader_id"),
    Frozen("exercises_auditevent", "an audit event never changes", erasable="actor_id"),
    Frozen(
        "exercises_releasechange", "a change of a switch never changes", erasable="changed_by_id"
    ),
)


def install(using: str = "default", **_kwargs: Any) -> None:
    """Make the triggers where they are missing. May be repeated."""
    freeze(_FROZEN, using=using)
