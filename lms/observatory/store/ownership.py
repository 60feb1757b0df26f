"""Whose a trace is, worked out from what its spans say; the rules stand in base.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lms.observatory.records import LogRecord, Span
    from lms.observatory.viewing import Viewer

# An owner, or course, that stands for two: no pseudonym and no slug has such a sign.
DISPUTED: Final = "?"


@dataclass(frozen=True, slots=True)
class Ownership:
    """owner, course: "" for nobody's, DISPUTED where spans disagree. has_root: see Trace."""

    owner: str = ""
    course: str = ""
    has_root: bool = False

    def __or__(self, other: Ownership) -> Ownership:
        """Give what both together say."""
        return Ownership(
            owner=_agreed(self.owner, other.owner),
            course=_agreed(self.course, other.course),
            has_root=self.has_root or other.has_root,
        )

    @property
    def is_disputed(self) -> bool:
        return DISPUTED in {self.owner, self.course}

    def is_visible_to(self, viewer: Viewer) -> bool:
        if self.is_disputed:
            return viewer.sees_all
        return viewer.may_see(owner=self.owner, course=self.course, is_known=self.has_root)


def ownership_of(spans: Iterable[Span]) -> Ownership:
    together = Ownership()
    for span in spans:
        together |= Ownership(span.owner, span.course, has_root=not span.parent_id)
    return together


def is_line_visible(line: LogRecord, trace: Ownership | None, viewer: Viewer) -> bool:
    """Claim that she may see a line. trace: of the line's trace, None when none has arrived."""
    own = Ownership(line.owner, line.course, has_root=not line.trace_id)
    return (own if trace is None else own | trace).is_visible_to(viewer)


def _agreed(one: str, other: str) -> str:
    if not one or not other or one == other:
        return one or other
    return DISPUTED
