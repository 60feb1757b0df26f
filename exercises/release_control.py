"""Whether the machine may go on releasing grades: blind looks at some, and a switch per part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from exercises import auditing
from exercises.agreement import Agreement
from exercises.models import Grade, ReleaseAudit, ReleaseChange, ReleaseSwitch
from lms.telemetry import metrics, traces
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from exercises.models import Exercise
    from exercises.specification import Part, Specification
    from lms.accounts.models import User

log = get_logger(__name__)

Cause = ReleaseChange.Cause

# The flag of a verdict that was certain while the release of its part was off.
OFF = "release_off"
AUDITED_FIRST = 20
AUDITED_OF_100 = 5
DISAGREEMENTS_MAX, OF_LAST = 3, 20


PartKey = tuple[str, str, str]


def switched_off(*, exercise_id: int) -> frozenset[PartKey]:
    """Give what is not released in an exercise: part, version of its kind, hash of its content.

    One statement, the same whatever a verdict says: a student can read it in her trace.
    """
    off = ReleaseSwitch.objects.filter(exercise=exercise_id, is_on=False)
    return frozenset(off.values_list("part", "kind_version", "content_hash"))


def held_back(
    items: list[dict[str, Any]], *, specification: Specification, off: frozenset[PartKey]
) -> list[dict[str, Any]]:
    """Give a machine's items with those of switched-off parts made provisional, flagged as such."""
    audited = {part.slug: part for part in specification.parts if part.kind.is_audited}
    return [
        _provisional(item) if _key_of(audited.get(item["part"])) in off else item for item in items
    ]


def draw(grade: Grade) -> list[ReleaseAudit]:
    """Choose which parts of a machine's fresh grade a person judges blind.

    In the caller's transaction, under its work item's lock; the grade's version and submission are
    loaded. May be repeated. What is drawn tells that the part was released, so it stands in a
    trace of its own and never in the student's.
    """
    if grade.source != Grade.Source.AUTO or not grade.submission.counted:
        return []
    released = {item["part"] for item in grade.items if item["certain"]}
    parts = [
        part
        for part in grade.version.specification.parts
        if part.kind.is_audited and part.slug in released
    ]
    with traces.own_trace("draw audits"):
        # In one order everywhere, because the switches are locked.
        drawn = [_draw(grade, part) for part in sorted(parts, key=lambda part: part.slug)]
    return [audit for audit in drawn if audit is not None]


@transaction.atomic
def after_decision(audit: ReleaseAudit) -> ReleaseChange | None:
    """Switch release of the audit's part off when the looks speak against it; give that change.

    Called once a look is decided, in the caller's transaction.
    """
    switch = locked_switch(audit.switch_id)
    looks = _looks(switch)
    cause = _cause_against(looks)
    if not switch.is_on or cause is None:
        return None
    return _turn(switch, is_on=False, cause=cause, agreement=_agreement(looks))


@transaction.atomic
def set_release(
    *, exercise: Exercise, part: Part, is_on: bool, reason: str, by: User
) -> ReleaseChange | None:
    """Switch release of a part, as it stands now, on or off at a person's wish; audited.

    Switched on, its evidence begins anew. None when it stands so already. reason: never "".
    """
    switch = locked_switch(switch_of(exercise_id=exercise.pk, part=part).pk)
    if switch.is_on == is_on:
        return None
    agreement = _agreement(_looks(switch))
    if is_on:
        switch.evidence_since = timezone.now()
    return _turn(switch, is_on=is_on, cause=Cause.PERSON, agreement=agreement, reason=reason, by=by)


def switch_of(*, exercise_id: int, part: Part) -> ReleaseSwitch:
    """Give the switch of a part as it stands, made when it has none."""
    return ReleaseSwitch.objects.get_or_create(
        exercise_id=exercise_id,
        part=part.slug,
        kind_version=part.kind.version,
        content_hash=part.content_hash,
        defaults={"evidence_since": timezone.now()},
    )[0]


def locked_switch(pk: int) -> ReleaseSwitch:
    """Give a switch, locked against whoever draws its looks or turns it."""
    # Audits that name the switch may be stored meanwhile: its key does not change.
    return ReleaseSwitch.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _key_of(part: Part | None) -> PartKey | None:
    return (part.slug, part.kind.version, part.content_hash) if part else None


def _provisional(item: dict[str, Any]) -> dict[str, Any]:
    if not item["certain"]:
        return item
    return {**item, "certain": False, "flags": [*item["flags"], OFF]}


def _draw(grade: Grade, part: Part) -> ReleaseAudit | None:
    switch = switch_of(exercise_id=grade.version.exercise_id, part=part)
    rule = "first" if _is_among_first(switch) else "share"
    if rule == "share" and not _is_in_share(grade, switch):
        return None
    audit, made = ReleaseAudit.objects.get_or_create(
        grade=grade, part=part.slug, defaults={"switch": switch, "drawn_at": timezone.now()}
    )
    if made:
        metrics.RELEASE_AUDITS_DRAWN.labels(rule=rule).inc()
    return audit


def _is_among_first(switch: ReleaseSwitch) -> bool:
    """Claim that fewer than the first ones are drawn; the lock is held only while they are."""
    if _count_drawn(switch) >= AUDITED_FIRST:
        return False
    return _count_drawn(locked_switch(switch.pk)) < AUDITED_FIRST


def _count_drawn(switch: ReleaseSwitch) -> int:
    drawn = switch.audits.filter(is_decoy=False, drawn_at__gte=switch.evidence_since)
    return drawn.count()


def _is_in_share(grade: Grade, switch: ReleaseSwitch) -> bool:
    """Draw by a keyed hash: nobody without the key can tell, and a repeated run draws the same."""
    drawn = salted_hmac("exercises.release_control", f"{switch.pk}:{grade.submission_id}")
    return int.from_bytes(drawn.digest()[:8]) % 100 < AUDITED_OF_100


def _looks(switch: ReleaseSwitch) -> list[bool]:
    """Give whether each decided look at a released part agreed, the newest first."""
    decided = switch.audits.filter(is_decoy=False, decided_at__gte=switch.evidence_since)
    return [
        bool(a) for a in decided.order_by("-decided_at", "-pk").values_list("agrees", flat=True)
    ]


def _agreement(looks: list[bool]) -> Agreement:
    return Agreement(agreed=sum(looks), decided=len(looks))


def _cause_against(looks: list[bool]) -> ReleaseChange.Cause | None:
    if looks[:OF_LAST].count(False) >= DISAGREEMENTS_MAX:
        return Cause.DISAGREEMENTS
    agreement = _agreement(looks)
    # One look that disagrees has an upper bound of 79 %: below ENOUGH the interval says nothing.
    if agreement.is_enough and agreement.high * 100 < settings.RELEASE_AGREEMENT_TARGET:
        return Cause.INTERVAL
    return None


def _turn(
    switch: ReleaseSwitch,
    *,
    is_on: bool,
    cause: ReleaseChange.Cause,
    agreement: Agreement,
    reason: str = "",
    by: User | None = None,
) -> ReleaseChange:
    switch.is_on = is_on
    switch.save(update_fields=["evidence_since", "is_on"])
    change = ReleaseChange.objects.create(
        switch=switch,
        is_on=is_on,
        cause=cause,
        reason=reason,
        agreed=agreement.agreed,
        decided=agreement.decided,
        changed_at=timezone.now(),
        changed_by=by,
    )
    _tell(switch, change, by)
    return change


def _tell(switch: ReleaseSwitch, change: ReleaseChange, by: User | None) -> None:
    state = "on" if switch.is_on else "off"
    auditing.record(
        f"release.switched_{state}",
        switch,
        course=switch.exercise.course,
        actor=by,
        before={"is_on": not switch.is_on},
        after={
            "is_on": switch.is_on,
            "part": switch.part,
            "cause": change.cause,
            "agreed": change.agreed,
            "decided": change.decided,
        },
    )
    metrics.RELEASE_SWITCHED.labels(state=state).inc()
    tell = log.info if by else log.warning
    tell("release.switched", exercise=switch.exercise.slug, part=switch.part, state=state)
