"""The scraper within the collector: a thread that asks, and stores through the writer's."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Final, TypeVar

from lms.observatory.scraping.scraper import Scraper
from lms.observatory.store.base import StoreUnavailable
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lms.observatory.collector.writing import Writer
    from lms.observatory.samples import Exemplar, Scrape
    from lms.observatory.scraping.target import Target
    from lms.observatory.store.base import WholeKeeper
    from lms.observatory.store.metric_base import LastScrape, Written

log = get_logger(__name__)
R = TypeVar("R")
_BEGUN_WITHIN_S: Final = 10.0
"""How long a scrape waits for its turn in the writer's thread before it is given up."""
_TRIED_AGAIN_S: Final = 5.0
# The tree starts the collector first and the others after it.
_STARTED_WITHIN_S: Final = 60.0


class ThroughWriter:
    """A MetricKeeper whose work the writer's thread does. One thread uses it: one thing waits."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def append(self, scrape: Scrape) -> Written:
        return self._done(lambda keeper: keeper.append(scrape))

    def note_exemplars(self, tenant: str, exemplars: Sequence[Exemplar]) -> None:
        self._done(lambda keeper: keeper.note_exemplars(tenant, exemplars))

    def last_scrape(self, tenant: str, target: str) -> LastScrape | None:
        return self._done(lambda keeper: keeper.last_scrape(tenant, target))

    def _done(self, work: Callable[[WholeKeeper], R]) -> R:
        """Give what the work gave. What has begun is waited for: else nobody knew if it is stored.

        Raises StoreUnavailable.
        """
        done: Future[R] = Future()
        self._writer.do(work, done)
        wait([done], timeout=_BEGUN_WITHIN_S)
        if done.cancel():
            raise StoreUnavailable("the writer is busy with other things")
        return done.result()


class Scraping:
    """Scrapes from start() to stop(), whatever happens to the store or to a target."""

    def __init__(self, writer: Writer, targets: Sequence[Target], *, interval_s: float) -> None:
        self._writer = writer
        self._targets = targets
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scraper", daemon=True)

    def start(self) -> None:
        if self._targets:
            self._thread.start()

    def stop(self, until: float) -> None:
        """Begin no further scrape; wait for the one in hand until a time.monotonic()."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        """Begin anew after a failure that nobody foresaw: metrics must not end with one page."""
        while not self._stopping.is_set():
            try:
                self._scraper().run(self._stopping)
            except StoreUnavailable:  # the writer has said so in the log
                self._stopping.wait(_TRIED_AGAIN_S)
            except Exception:  # told, and tried again
                log.exception("scraper.failed")
                self._stopping.wait(max(self._interval_s, _TRIED_AGAIN_S))

    def _scraper(self) -> Scraper:
        """Give a scraper that goes on from what is stored. Raises StoreUnavailable."""
        return Scraper(
            self._targets,
            ThroughWriter(self._writer),
            note_drops=self._writer.note_drops,
            interval_s=self._interval_s,
            patience_s=_STARTED_WITHIN_S,
        )
