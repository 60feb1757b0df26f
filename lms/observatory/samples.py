"""Metrics that people look at: frozen records, the same whatever scraped or stored them."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import pack, unpack
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

Labels = tuple[tuple[str, str], ...]
"""Name and value, by name, the metric's name as NAME; none empty: empty and absent are the same."""

NAME: Final = "__name__"
_STALE_BITS: Final = pack("<Q", 0x7FF0000000000002)
STALE: Final[float] = unpack("<d", _STALE_BITS)[0]
"""Written where a series ends: one kind of NaN, told from others by is_stale alone.

Source: prometheus/model/value/value.go.
"""


def is_stale(value: float) -> bool:
    return value != value and pack("<d", value) == _STALE_BITS  # noqa: PLR0124 - NaN, fast


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """Give the one way to write these labels."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


@dataclass(frozen=True, slots=True)
class Series:
    """One series' samples, oldest first, each time once.

    times: Unix milliseconds, array("q"). values: array("d"), STALE where the series ended.
    """

    labels: Labels
    times: array[int]
    values: array[float]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a target says of a metric. metric: the family's name, without _total, _bucket or such.

    kind: counter, gauge, histogram, summary, info, stateset or unknown. unit: "" where not given.
    """

    metric: str
    kind: str
    help: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Minute:
    """How often something of the site's happened within a minute, and how long it took.

    metric: a histogram's name, or a counter's with _total. labels: its own, without NAME, job and
    instance. minute_ms: Unix milliseconds, a whole minute. minutes: how many it covers, 1 unless
    nobody looked for longer: when in them it happened is not known. total: the sum of what was
    observed, seconds as a rule. bounds: upper bounds of the buckets, +Inf last. buckets: how many
    fell into each, not cumulated. Both are empty for a counter.
    """

    metric: str
    labels: Labels
    minute_ms: int
    count: int
    total: float = 0.0
    bounds: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()
    minutes: int = 1


@dataclass(frozen=True, slots=True)
class Exemplar:
    """The slowest one of a minute, whose trace can be opened. metric, labels: as in Minute."""

    metric: str
    labels: Labels
    minute_ms: int
    trace_id: str
    duration_ns: int


NOTHING_SCRAPED: Final[Mapping[Labels, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scrape:
    """What one look at one target gave; it is stored whole or not at all.

    target: which, the same at each look. time_ms: of all its samples, Unix milliseconds.
    """

    tenant: str
    target: str
    time_ms: int
    samples: Mapping[Labels, float] = field(default_factory=lambda: NOTHING_SCRAPED)
    metadata: Sequence[Metadata] = ()
    minutes: Sequence[Minute] = ()
