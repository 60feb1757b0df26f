"""How far people agree with what the machine released, part by part, from rows alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Q, Subquery

from exercises.agreement import Agreement
from exercises.models import (
    Enrolment,
    Exercise,
    ExerciseVersion,
    Grade,
    GradeProposal,
    ReleaseChange,
    ReleaseSwitch,
)
from exercises.registry import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exercises.models import Course
    from exercises.specification import Part

# The newest pairs of two people's decisions that are read.
PAIRS_READ = 1000

# Exercise id, part slug, kind version, content hash; then without the kind's version.
_Key = tuple[int, str, str, str]
_Text = tuple[int, str, str]
# Version id, and the part's place among its version's parts, from 0.
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PartAgreement:
    """One audited part of a published exercise, as it stands.

    looks: since its evidence began. earlier: all others of this exercise's part. waiting: drawn and
    not decided. decoys: doubtful answers that were decided blind since then, and of how many a
    person gave the points that the machine proposed. people: how often two people gave the same
    points for the same answer. graded, released: counted submissions. changes: turns of the
    switch, the newest first.
    """

    exercise: Exercise
    part: Part
    is_on: bool
    looks: Agreement
    earlier: Agreement
    waiting: int
    decoys: Agreement
    people: Agreement
    graded: int
    released: int
    changes: list[ReleaseChange]

    @property
    def title(self) -> str:
        version = self.exercise.current_version
        return version.title if version else self.exercise.slug

    @property
    def anchor(self) -> str:
        return f"{self.exercise.slug}.{self.part.slug}"

    @property
    def last_change(self) -> ReleaseChange | None:
        return self.changes[0] if self.changes else None

    @property
    def released_share(self) -> Agreement:
        return Agreement(agreed=self.released, decided=self.graded)


def part_agreements(course: Course) -> list[PartAgreement]:
    """Give every audited part of a course's published exercises in reading order, in six queries.

    A change has `pseudonym`: of whoever made it, None where the looks did or she is not enrolled.
    """
    exercises = _exercises(course)
    read = _Read(course)
    return [
        read.row(exercise, part)
        for exercise in exercises
        for part in _audited_parts(exercise.current_version)
    ]


class _Read:
    """What the page reads of a course, each once."""

    def __init__(self, course: Course) -> None:
        self._places = _places(course)
        self._switches = _switches(course)
        self._changes = _changes(course)
        self._coverage = _coverage(course, width=_width(self._places))
        self._pairs = _pairs(course)

    def row(self, exercise: Exercise, part: Part) -> PartAgreement:
        switch = self._switches.get((exercise.pk, part.slug, part.kind.version, part.content_hash))
        places = self._places[exercise.pk, part.slug, part.content_hash]
        counted = [self._coverage.get(place, (0, 0)) for place in places]
        return PartAgreement(
            exercise=exercise,
            part=part,
            is_on=switch.is_on if switch else True,
            looks=_looks_of(switch),
            earlier=_earlier(self._switches.values(), exercise, part, switch),
            waiting=switch.waiting if switch else 0,
            decoys=_decoys_of(switch),
            people=_people(self._pairs, {version for version, _index in places}, part.slug),
            graded=sum(graded for graded, _released in counted),
            released=sum(released for _graded, released in counted),
            changes=self._changes.get(switch.pk, []) if switch else [],
        )


def _exercises(course: Course) -> list[Exercise]:
    return list(
        Exercise.objects.filter(course=course, current_version__isnull=False)
        .select_related("current_version")
        .order_by("module__position", "position", "pk")
    )


def _audited_parts(version: ExerciseVersion | None) -> list[Part]:
    parts = version.specification.parts if version else ()
    return [part for part in parts if part.kind.is_audited]


def _places(course: Course) -> dict[_Text, list[_Place]]:
    """Give where in which published versions a part stands that says the same."""
    places: dict[_Text, list[_Place]] = defaultdict(list)
    for version in ExerciseVersion.objects.filter(
        exercise__course=course, published_at__isnull=False
    ):
        for index, part in enumerate(version.specification.parts):
            places[version.exercise_id, part.slug, part.content_hash].append((version.pk, index))
    return places


def _width(places: dict[_Text, list[_Place]]) -> int:
    return 1 + max((index for found in places.values() for _version, index in found), default=0)


def _switches(course: Course) -> dict[_Key, Any]:
    """Give each switch with the counts of its looks."""
    released, doubted = Q(audits__is_decoy=False), Q(audits__is_decoy=True)
    decided = released & Q(audits__decided_at__isnull=False)
    since = Q(audits__decided_at__gte=F("evidence_since"))
    counts = released & since
    switches = ReleaseSwitch.objects.filter(exercise__course=course).annotate(
        decided=Count("audits", filter=counts),
        agreed=Count("audits", filter=counts & Q(audits__agrees=True)),
        all_decided=Count("audits", filter=decided),
        all_agreed=Count("audits", filter=decided & Q(audits__agrees=True)),
        # A look at a grade that another one has replaced is asked of nobody.
        waiting=Count(
            "audits",
            filter=released
            & Q(audits__decided_at__isnull=True, audits__grade__superseded_by__isnull=True),
        ),
        decoys_decided=Count("audits", filter=doubted & since),
        decoys_agreed=Count("audits", filter=doubted & since & Q(audits__agrees=True)),
    )
    return {(s.exercise_id, s.part, s.kind_version, s.content_hash): s for s in switches}


def _changes(course: Course) -> dict[int, list[ReleaseChange]]:
    who = Enrolment.objects.filter(course=course, user=OuterRef("changed_by"))
    changes: dict[int, list[ReleaseChange]] = defaultdict(list)
    rows = ReleaseChange.objects.filter(switch__exercise__course=course)
    for change in rows.annotate(pseudonym=Subquery(who.values("pseudonym")[:1])).order_by("-pk"):
        changes[change.switch_id].append(change)
    return changes


def _coverage(course: Course, *, width: int) -> dict[_Place, tuple[int, int]]:
    """Count the graded and the released submissions of each place, by today's graders alone.

    A machine's items stand in the order of its version's parts. width: places of a version.
    """
    counts: dict[str, Any] = {}
    for index in range(width):
        graded = _by_an_audited_kind(index)
        released = graded & Q(**{f"items__{index}__certain": True})
        counts[f"graded{index}"] = Count("submission", filter=graded, distinct=True)
        counts[f"released{index}"] = Count("submission", filter=released, distinct=True)
    rows = (
        Grade.objects.filter(
            source=Grade.Source.AUTO,
            submission__counted=True,
            submission__work_item__exercise__course=course,
        )
        .order_by()
        .values("version")
        .annotate(**counts)
    )
    return {
        (row["version"], index): (row[f"graded{index}"], row[f"released{index}"])
        for row in rows
        for index in range(width)
    }


def _by_an_audited_kind(index: int) -> Q:
    alternatives = [
        Q(**{f"items__{index}__kind": kind.slug, f"items__{index}__kind_version": kind.version})
        for kind in kinds().values()
        if kind.is_audited
    ]
    return reduce(or_, alternatives, Q(pk__in=[]))


def _pairs(course: Course) -> list[Any]:
    """Give what two people said of the same answer, the one without having seen the other."""
    rows = GradeProposal.objects.filter(
        source=Grade.Source.HUMAN,
        against__source=Grade.Source.HUMAN,
        submission__work_item__exercise__course=course,
    ).order_by("-pk")
    return list(rows.values("version", "items", "against__items")[:PAIRS_READ])


def _people(pairs: list[Any], versions: set[int], slug: str) -> Agreement:
    """Compare two people's points for a part, where both decided it themselves."""
    said = [
        [_points_by_person(pair[name], slug) for name in ("items", "against__items")]
        for pair in pairs
        if pair["version"] in versions
    ]
    both = [pair for pair in said if None not in pair]
    return Agreement(agreed=sum(mine == theirs for mine, theirs in both), decided=len(both))


def _points_by_person(items: list[dict[str, Any]], slug: str) -> Decimal | None:
    item = next((item for item in items if item["part"] == slug), None)
    return Decimal(item["points"]) if item and item.get("by_person") else None


def _earlier(
    switches: Iterable[Any], exercise: Exercise, part: Part, current: Any | None
) -> Agreement:
    """Sum the looks that count no more: of earlier texts, and from before the last turn."""
    mine = [s for s in switches if (s.exercise_id, s.part) == (exercise.pk, part.slug)]
    counting = _looks_of(current)
    return Agreement(
        agreed=sum(s.all_agreed for s in mine) - counting.agreed,
        decided=sum(s.all_decided for s in mine) - counting.decided,
    )


def _looks_of(switch: Any | None) -> Agreement:
    return Agreement(switch.agreed, switch.decided) if switch else Agreement(0, 0)


def _decoys_of(switch: Any | None) -> Agreement:
    return Agreement(switch.decoys_agreed, switch.decoys_decided) if switch else Agreement(0, 0)
