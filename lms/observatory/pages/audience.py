"""Whose telemetry a page shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from lms.observatory.records import Trace
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


def sees_site(viewer: Viewer) -> bool:
    """Claim that she teaches or runs the site: she sees its health, not only her own requests."""
    return viewer.sees_all or viewer.sees_unowned


def whose_words(trace: Trace, viewer: Viewer) -> str:
    """Say whose a trace is: hers, a pseudonym's and in which course, or nobody's."""
    if not trace.owner:
        whose = _("nobody's")
    elif trace.owner == viewer.owner:
        whose = _("yours")
    else:
        whose = _("of %(pseudonym)s") % {"pseudonym": trace.owner}
    return f"{whose}, {trace.course}" if trace.course else whose
