"""What of audits, switches and requests does not follow from the rows around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from exercises.models import Grade, ReleaseAudit, ReleaseChange, ReleaseSwitch, ReviewRequest
from exercises.specification import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The values of a verifying.Difference: check, row, stored, expected.
Misfit = tuple[str, str, str, str]

ROWS_AT_A_TIME = 50


def misfits() -> Iterator[Misfit]:
    """Give each, one after the other. Each is read in one statement, so no writer is half seen."""
    yield from _switches()
    yield from _audits()
    yield from _requests()


def _switches() -> Iterator[Misfit]:
    """Compare each switch with its last change; without one it is on."""
    last = ReleaseChange.objects.filter(switch=OuterRef("pk")).order_by("-pk")
    switches = ReleaseSwitch.objects.annotate(
        was_turned=Coalesce(Subquery(last.values("is_on")[:1]), True)
    )
    for switch in switches.order_by("pk").iterator(chunk_size=ROWS_AT_A_TIME):
        if switch.is_on != switch.was_turned:
            name = f"releaseswitch:{switch.pk}"
            yield "is_on", name, str(switch.is_on), str(switch.was_turned)


def _audits() -> Iterator[Misfit]:
    """Hold each audit against the machine's grade of its part: released, of a decoy doubted."""
    audits = ReleaseAudit.objects.select_related("switch", "grade__submission", "grade__version")
    for audit in audits.order_by("pk").iterator(chunk_size=ROWS_AT_A_TIME):
        try:
            key = _key_of(audit)
        except (LookupError, TypeError):
            continue  # the items themselves cannot be read: told as "points of items"
        stored = (audit.switch.kind_version, audit.switch.content_hash[:12])
        if key is None:
            wanted = "doubted" if audit.is_decoy else "released"
            row = f"releaseaudit:{audit.pk}"
            yield f"{wanted} part", row, audit.part, f"one that was {wanted}"
        elif key != stored or audit.switch.part != audit.part:
            yield "switch", f"releaseaudit:{audit.pk}", " ".join(stored), " ".join(key)


def _key_of(audit: ReleaseAudit) -> tuple[str, str] | None:
    """Give kind version and content hash that graded, None when there is nothing to audit."""
    grade = audit.grade
    item = next((item for item in grade.items if item["part"] == audit.part), None)
    if item is None or bool(item["certain"]) is audit.is_decoy or not grade.submission.counted:
        return None
    if grade.source != Grade.Source.AUTO:
        return None
    try:
        part = grade.version.specification.part(audit.part)
    except (KeyError, SpecificationError):
        return None
    return item.get("kind_version", part.kind.version), part.content_hash[:12]


def _requests() -> Iterator[Misfit]:
    """Find requests that still wait although a person has graded since."""
    later = Grade.objects.filter(
        submission=OuterRef("submission"),
        source=Grade.Source.HUMAN,
        created_at__gt=OuterRef("created_at"),
    )
    waiting = ReviewRequest.objects.filter(Exists(later), answered_at__isnull=True)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        yield "answered_at", f"reviewrequest:{pk}", "None", "the time of a person's grade"
