"""Who sees which telemetry. The stores ask here, so that no page can forget to."""

from __future__ import annotations

from dataclasses import dataclass

from lms.observatory.records import SITE


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one person, or one part of the site, may see of a tenant's traces and lines.

    owner: her own pseudonym, "" for nobody. courses: slugs of those whose telemetry she may see.
    sees_unowned: traces that are nobody's. sees_all: everything of the tenant.
    """

    tenant: str = SITE
    owner: str = ""
    courses: frozenset[str] = frozenset()
    sees_unowned: bool = False
    sees_all: bool = False

    def may_see(self, *, owner: str, course: str, is_known: bool) -> bool:
        """Claim that she may see a trace of this owner and course.

        is_known: its root has arrived, so that an empty owner means nobody's. Until then an
        ownerless trace may still turn out to be somebody's.
        """
        if self.sees_all:
            return True
        if owner and owner == self.owner:
            return True
        if course and course in self.courses:
            return True
        return self.sees_unowned and is_known and not owner and not course


NOBODY = Viewer()
"""Sees nothing."""
