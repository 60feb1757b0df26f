"""Why a recording, or a part of it, is not there: explained, not hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from django.conf import settings

from lms.observatory.store.base import LogQuery
from lms.observatory.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lms.observatory.store.base import Reader

# Processes send each second, the collector writes at once; past this, nothing comes any more.
ON_THE_WAY: Final = timedelta(seconds=30)
# How far a note of the collector's life may lie from the moment it speaks for.
_SLACK_NS: Final = 15_000_000_000
# A process says what it dropped once the way is free again.
_TOLD_WITHIN: Final = timedelta(minutes=10)
_DROPPED: Final = "telemetry.dropped"
# What the site says of itself outside any trace: nobody's, and read here on everybody's behalf.
_SITE: Final = Viewer(sees_unowned=True)


class Reason(Enum):
    """Why something is missing, in the order in which it is looked for."""

    UNTRACED = "untraced"
    UNDER_WAY = "under_way"
    ON_THE_WAY = "on_the_way"
    EXPIRED = "expired"
    NOT_RUNNING = "not_running"
    DROPPED = "dropped"
    SWITCHED_OFF = "switched_off"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"

    @property
    def may_come(self) -> bool:
        """Claim that looking again soon may help."""
        return self in (Reason.UNDER_WAY, Reason.ON_THE_WAY)


class Part(Enum):
    """What is missing."""

    ALL = "all"
    HAND_IN = "hand_in"
    GRADING = "grading"


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing and why. oldest: of what is kept, for EXPIRED. count: of DROPPED spans."""

    part: Part
    reason: Reason
    oldest: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """When something was recorded, if it was. end: None while it goes on."""

    start: datetime
    end: datetime | None


def why_missing(store: Reader, part: Part, stretch: Stretch, *, now: datetime) -> Missing:
    """Give the first reason that holds. Raises StoreUnavailable."""
    is_off = settings.OTEL_SDK_DISABLED or not settings.OTEL_EXPORTER_OTLP_ENDPOINT
    if not is_off:
        if stretch.end is None:
            return Missing(part, Reason.UNDER_WAY)
        if now - stretch.end < ON_THE_WAY:
            return Missing(part, Reason.ON_THE_WAY)
    found = next(_by_state(store, part, stretch, now), None)
    if found is not None:
        return found
    return Missing(part, Reason.SWITCHED_OFF if is_off else Reason.UNKNOWN)


def _by_state(store: Reader, part: Part, stretch: Stretch, now: datetime) -> Iterator[Missing]:
    """Give what the store's own state explains, the likeliest first."""
    start_ns, end_ns = _ns(stretch.start), _ns(stretch.end or now)
    state = store.state()
    if state.spans.oldest_ns > start_ns:
        yield Missing(part, Reason.EXPIRED, oldest=_moment(state.spans.oldest_ns))
    if not _was_up(state.up, start_ns, end_ns):
        yield Missing(part, Reason.NOT_RUNNING)
    dropped = sum(
        drop.count
        for drop in state.drops
        if drop.signal == "traces"
        and drop.since_ns <= end_ns + _SLACK_NS
        and drop.until_ns >= start_ns
    )
    dropped += _told_dropped(store, stretch.start, (stretch.end or now) + _TOLD_WITHIN)
    if dropped:
        yield Missing(part, Reason.DROPPED, count=dropped)


def _was_up(runs: Sequence[tuple[int, int]], start_ns: int, end_ns: int) -> bool:
    return any(since - _SLACK_NS <= start_ns and seen + _SLACK_NS >= end_ns for since, seen in runs)


def _told_dropped(store: Reader, since: datetime, until: datetime) -> int:
    """Give how many spans the site's processes say they dropped around a time."""
    query = LogQuery(since_ns=_ns(since), until_ns=_ns(until), event=_DROPPED)
    told = [line.attributes for line in store.logs(_SITE, query).lines]
    counts = [one.get("count") for one in told if one.get("signal") == "traces"]
    return sum(count for count in counts if isinstance(count, int))


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns / 1e9, UTC)
