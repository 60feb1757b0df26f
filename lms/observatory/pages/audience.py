"""Whose telemetry a page shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from lms.observatory.viewing import Viewer


def audience_words(viewer: Viewer) -> str:
    """Say what a person sees here, and who else sees what is hers."""
    if viewer.sees_all:
        return _("You see everything that this site recorded of itself, people as pseudonyms.")
    if viewer.courses:
        return _(
            "You see what the courses that you teach caused, what is nobody's, and your own. "
            "People appear as pseudonyms."
        )
    return _(
        "You see what your own visits and submissions caused. No other student sees it; your "
        "course's instructors and the site's operator see it under your pseudonym."
    )
