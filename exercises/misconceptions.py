"""The named misunderstandings that a wrong answer can show, by code.

A letter for the signal (L logs, M metrics, T traces) and a number that never changes its meaning:
grades store the code. docs/question-kinds.md carries the same table.
"""

from typing import Annotated

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator

MISCONCEPTIONS: dict[str, Promise] = {
    "L1": _("A log level protects secrets"),
    "L2": _("Everything at INFO, to be safe"),
    "L3": _("ERROR for an error that was handled"),
    "L7": _("DEBUG costs nothing"),
    "L8": _("Failed sign-ins only at DEBUG"),
    "M1": _("A counter is read without a rate"),
    "M2": _("First the sum, then the rate"),
    "M3": _("The average in place of a percentile"),
    "M4": _("An average of percentiles"),
    "M5": _("The bucket label `le` is dropped"),
    "M6": _("Each 4xx is an error, or none ever is"),
    "M7": _("A count where a ratio is asked, or percent for a ratio"),
    "M8": _("An id as a label"),
    "M9": _("Errors and successes in one duration"),
    "M10": _("A window shorter than two scrapes"),
    "M12": _("No traffic gives NaN"),
    "M13": _("CPU or memory offered as RED"),
    "T1": _("The slowest span is the cause"),
    "T2": _("The topmost red span is the cause"),
    "T3": _("A missing span was lost, or a lost one never started"),
    "T4": _("A green parent means that all is well"),
    "T5": _("Children add up to their parent"),
    "T11": _("Unset means ok"),
    "T12": _("An error that was retried is a failure"),
}


def _known(code: str) -> str:
    if code and code not in MISCONCEPTIONS:
        raise ValueError(f"this code is not known; choose one of: {', '.join(MISCONCEPTIONS)}")
    return code


MisconceptionCode = Annotated[str, AfterValidator(_known)]
