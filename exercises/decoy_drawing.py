"""Which doubtful answers are judged blind, so that a blind sheet does not tell its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from exercises.models import ExerciseVersion, Grade, ReleaseAudit, ReleaseSwitch
from exercises.release_control import locked_switch
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from exercises.models import Course
    from exercises.queries.waiting import Waiting

log = get_logger(__name__)

# Version id, and the part's place among its version's parts, from 0.
_Place = tuple[int, int]


def draw_decoys(waiting: Waiting) -> None:
    """Give each released answer's look a doubtful answer to the same part that is as blind.

    Drawn from what waits in the course now, as far as there is enough, once for each look; so a
    page that is opened again shows the same. May be repeated.
    """
    lonely = _lonely(waiting.course)
    switches = ReleaseSwitch.objects.filter(Exists(lonely.filter(switch=OuterRef("pk"))))
    places = _places(list(switches.select_related("exercise")))
    candidates = _candidates(waiting, places.values()) if places else []
    for switch, found in places.items():
        fitting = [each for each in candidates if _fits(each, switch, found)]
        if fitting:
            _pair(switch, lonely.filter(switch=switch), fitting)


def _lonely(course: Course) -> QuerySet[ReleaseAudit]:
    """Give the looks at released parts that wait without a decoy of their own."""
    mine = ReleaseAudit.objects.filter(decoy_for=OuterRef("pk"))
    decided, waits = mine.filter(decided_at__isnull=False), mine.waiting()
    return ReleaseAudit.objects.waiting().filter(
        ~Exists(decided),
        ~Exists(waits),
        is_decoy=False,
        grade__submission__work_item__exercise__course=course,
    )


def _places(switches: list[ReleaseSwitch]) -> dict[ReleaseSwitch, list[_Place]]:
    """Give where in the versions of its exercise each switch's part stands."""
    if not switches:
        return {}
    exercises = {switch.exercise_id for switch in switches}
    versions = list(ExerciseVersion.objects.filter(exercise__in=exercises).defer("content"))
    return {
        switch: [
            (version.pk, index)
            for version in versions
            if version.exercise_id == switch.exercise_id
            for index, part in enumerate(version.specification.parts)
            if (part.slug, part.content_hash) == (switch.part, switch.content_hash)
        ]
        for switch in switches
    }


def _candidates(waiting: Waiting, places: Iterable[list[_Place]]) -> list[Grade]:
    """Give the machine's doubtful grades that wait with one of the parts open, in drawing order.

    The order is by a keyed hash of the submission alone: one answer's parts are drawn together, as
    they are released together. What somebody looks at is left: she has seen its proposal.
    """
    is_open = Q(pk__in=[])
    for version, index in (place for found in places for place in found):
        is_open |= Q(version=version, **{f"items__{index}__certain": False})
    rows = waiting.doubtful_where(is_open).filter(source=Grade.Source.AUTO)
    free = rows.exclude(submission__claims__until__gt=Now())
    return sorted(free, key=lambda grade: _order(grade.submission_id))


def _order(submission: int) -> bytes:
    return salted_hmac("exercises.decoy_drawing", str(submission)).digest()


def _fits(grade: Grade, switch: ReleaseSwitch, places: list[_Place]) -> bool:
    return any(
        grade.version_id == version and _is_doubtful(grade.items[index], switch)
        for version, index in places
    )


def _is_doubtful(item: dict[str, Any], switch: ReleaseSwitch) -> bool:
    graded_by = item.get("kind_version", switch.kind_version)
    return not item["certain"] and graded_by == switch.kind_version


@transaction.atomic
def _pair(switch: ReleaseSwitch, lonely: QuerySet[ReleaseAudit], candidates: list[Grade]) -> None:
    locked_switch(switch.pk)  # two who open the queue at once draw no two for one look
    drawn = set(switch.audits.filter(grade__in=candidates).values_list("grade", flat=True))
    free = (grade for grade in candidates if grade.pk not in drawn)
    made = ReleaseAudit.objects.bulk_create(_decoys(lonely.order_by("pk"), free))
    if made:
        log.info("decoys.drawn", exercise=switch.exercise.slug, part=switch.part, count=len(made))


def _decoys(lonely: Iterable[ReleaseAudit], free: Iterator[Grade]) -> list[ReleaseAudit]:
    return [
        ReleaseAudit(
            grade=grade,
            part=look.part,
            switch_id=look.switch_id,
            drawn_at=timezone.now(),
            is_decoy=True,
            decoy_for=look,
        )
        for look, grade in zip(lonely, free, strict=False)
    ]
