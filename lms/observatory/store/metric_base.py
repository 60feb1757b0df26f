"""What a store of metrics promises. One contract test runs over all of them.

The tenant is an argument of every read. There is no viewer: samples name no person, and which of
them a role may see is for the pages to say (docs/metric-store.md). An exemplar's trace is shown
through the trace store alone, which asks who wants to see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lms.observatory.samples import Exemplar, Labels, Metadata, Minute, Scrape, Series
    from lms.observatory.store.matching import Matcher

MOST_SERIES: Final = 5_000
"""Of one selection."""
MOST_SAMPLES: Final = 3_000_000
"""Of one selection: 48 MB."""
MOST_EXEMPLARS: Final = 500
"""Of one answer."""


class TooMuch(Exception):
    """A selection is larger than a store gives; the message says what to narrow."""

    @classmethod
    def series(cls) -> TooMuch:
        return cls(
            f"The selection has more than {MOST_SERIES} series: name the metric, or add labels."
        )

    @classmethod
    def samples(cls) -> TooMuch:
        return cls(
            f"The selection has more than {MOST_SAMPLES} samples: "
            "take a shorter time, or add labels."
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How many different series a segment takes, of a tenant and of one target of it.

    New ones beyond that are refused and counted; known ones go on.
    """

    of_tenant: int = 20_000
    of_target: int = 5_000


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Written:
    """refused: how many samples were not stored, by reason: target_limit, tenant_limit, too_old."""

    samples: int
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LastScrape:
    """The newest samples of a target, those that ended at it left out."""

    time_ms: int
    samples: Mapping[Labels, float]


class MetricStore(Protocol):
    """Reads samples. Safe to use from several threads and while another process writes.

    Matchers hold all at once, as in PromQL. All reads raise base.StoreUnavailable.
    """

    keeps_stale_markers: bool
    """False for a server whose interface leaves them out: a series that ended looks alive then for
    as long as one looks back."""

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        """Give the series with samples of t0_ms <= time <= t1_ms, by labels.

        Raises TooMuch; and ValueError when no matcher refuses an absent label: that asks for all.
        """
        ...

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:
        """Give the names that series of about this time have; a store may give older ones too."""
        ...

    def label_values(self, tenant: str, name: str, t0_ms: int, t1_ms: int) -> list[str]:
        """As label_names, the values of one label."""
        ...

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        """Give what is known of each metric, by its name."""
        ...


class MinuteStore(Protocol):
    """Reads what was counted by the minute at ingest. Safe as a MetricStore."""

    def minutes(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, step_ms: int
    ) -> list[Minute]:
        """Give the sums by label set and step, t0_ms <= minute < t1_ms, by labels and time.

        step_ms: whole minutes; steps begin at t0_ms, which is a whole minute. Rows that cover
        several minutes stand apart, with their `minutes`, at their own time.
        """
        ...

    def exemplars(
        self, tenant: str, metric: str, *, t0_ms: int, t1_ms: int, labels: Labels = ()
    ) -> list[Exemplar]:
        """Give the slowest ones whose labels hold these, slowest first, MOST_EXEMPLARS at most."""
        ...


class MetricKeeper(Protocol):
    """The writing side; one process has one, used from one thread."""

    def append(self, scrape: Scrape) -> Written:
        """Store all in one transaction; on return it survives a kill -9 of this process.

        A scrape that is not newer than its target's last is refused whole, so repeating changes
        nothing. Raises base.StoreUnavailable, and then nothing of it is stored.
        """
        ...

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        """Keep the slowest of each minute and label set. Repeating it changes nothing."""
        ...

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None: ...
