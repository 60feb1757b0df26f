"""A state in one word, with the colour and the shape that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from exercises.status import Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Pill:
    """tone: a severity class of mockup.css. icon: an id of static/img/icons.svg."""

    label: str | _StrPromise
    tone: str
    icon: str


NOT_STARTED = Pill(_("Not started"), "none", "circle-dashed")
DRAFT = Pill(_("Draft, not handed in"), "none", "pen-line")
NOT_OPEN = Pill(_("Not open yet"), "none", "clock")
CLOSED = Pill(_("Closed"), "none", "lock")

OF_STATUS = {
    Status.QUEUED: Pill(_("In line"), "info", "clock"),
    Status.GRADING: Pill(_("Grading"), "info", "loader"),
    Status.RETRYING: Pill(_("Trying again"), "warning", "rotate-cw"),
    Status.GRADED: Pill(_("Graded"), "okk", "circle-check"),
    Status.PROVISIONAL: Pill(_("A person will look"), "warning", "eye"),
    Status.HELD: Pill(_("Handed in"), "none", "lock"),
    Status.INVALID: Pill(_("We could not read it"), "error", "circle-x"),
    Status.DEAD: Pill(_("We could not grade it"), "error", "circle-x"),
}
