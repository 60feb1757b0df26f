"""What the rows say of what students were promised, and the table of it."""

import contextlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.chaos.load import Failure, Receipt

_MARK = re.compile(r"mark-\d+-\d+")
_LOOK_AGAIN_S = 0.3
_STORED = """
    SELECT s.receipt, s.answers,
           (SELECT count(*) FROM exercises_grade g WHERE g.submission_id = s.id),
           (SELECT count(*) FROM exercises_gradingjob j WHERE j.submission_id = s.id),
           (SELECT count(*) FROM exercises_gradingjob j
             WHERE j.submission_id = s.id AND j.state = 'done')
      FROM exercises_submission s
"""
_OVER = """
    SELECT count(*) FROM exercises_workitem w WHERE w.attempts_max < (
        SELECT count(*) FROM exercises_submission s
         WHERE s.work_item_id = w.id AND s.counted
           AND NOT EXISTS (SELECT 1 FROM exercises_gradingjob j
                            WHERE j.submission_id = s.id AND j.attempt_returned))
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One submission's row. mark: the word by which the student's text is known."""

    mark: str
    grades: int
    jobs: int
    done: int

    @property
    def is_graded_once(self) -> bool:
        return self.grades == self.jobs == self.done == 1


class Rows:
    """The site's database, read past the site. Waits while the database is away."""

    def __init__(self, *, file: Path, url: str = "") -> None:
        self._file, self._url = file, url

    def stored(self) -> dict[str, Stored]:
        """Give each submission by its receipt."""
        found = {}
        for receipt, answers, *counts in self._read(_STORED):
            mark = _MARK.search(str(answers))
            found[receipt] = Stored(mark[0] if mark else "", *counts)
        return found

    def over_the_limit(self) -> int:
        """Count the work items with more counted attempts than they may have."""
        return int(self._read(_OVER)[0][0])

    def _read(self, query: str) -> list[Any]:
        until = time.monotonic() + 60
        while True:
            try:
                with self._connected() as database:
                    return list(database.execute(query).fetchall())
            except (sqlite3.OperationalError, psycopg.OperationalError):
                if time.monotonic() > until:
                    raise
                time.sleep(_LOOK_AGAIN_S)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        if self._url:
            with psycopg.connect(self._url, connect_timeout=5) as server:
                yield server
        else:
            address = f"file:{self._file}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
                yield database


@dataclass(frozen=True, slots=True)
class Line:
    """One fault's row. recovered_s: from its end until what was handed in after it is graded."""

    fault: str
    acknowledged: int
    stored: int
    graded_once: int
    is_verified: bool
    unanswered: int
    pages: int
    telling: int
    lost_texts: int
    recovered_s: float | None

    @property
    def is_good(self) -> bool:
        return (
            self.acknowledged == self.stored == self.graded_once
            and self.is_verified
            and self.pages == self.telling
            and not self.lost_texts
            and self.recovered_s is not None
        )


def line_of(
    fault: str,
    *,
    receipts: list[Receipt],
    failures: list[Failure],
    stored: dict[str, Stored],
    is_verified: bool,
    recovered_s: float | None,
) -> Line:
    mine = [stored[one.number] for one in receipts if one.number in stored]
    pages = [one for one in failures if one.status]
    return Line(
        fault=fault,
        acknowledged=len(receipts),
        stored=sum(
            one.number in stored and stored[one.number].mark == one.mark for one in receipts
        ),
        graded_once=sum(one.is_graded_once for one in mine),
        is_verified=is_verified,
        unanswered=len(failures) - len(pages),
        pages=len(pages),
        telling=sum(one.told for one in pages),
        lost_texts=sum(one.is_hand_in and not one.gave_back for one in pages),
        recovered_s=recovered_s,
    )


HEAD = (
    "| fault | acknowledged | stored | graded once | verified | nobody answered "
    "| error pages (said what to do) | recovered, s |\n|---|--:|--:|--:|---|--:|--:|--:|"
)


def as_text(line: Line) -> str:
    seconds = "never" if line.recovered_s is None else f"{line.recovered_s:.1f}"
    verified = "yes" if line.is_verified else "NO"
    pages = f"{line.pages} ({line.telling})"
    if line.lost_texts:
        pages += f", {line.lost_texts} WITHOUT THE TEXT"
    cells = [line.fault, line.acknowledged, line.stored, line.graded_once, verified,
             line.unanswered, pages, seconds]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def doubles(stored: dict[str, Stored]) -> list[str]:
    """Give the marks that were stored more than once."""
    counts = Counter(one.mark for one in stored.values() if one.mark)
    return [mark for mark, count in counts.items() if count > 1]


def wait_for(is_so: Callable[[], bool], *, within_s: float) -> bool:
    """Look again at a gentle pace; say whether it came true in time."""
    until = time.monotonic() + within_s
    while not (so := _calm(is_so)) and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_S)
    return so


def _calm(is_so: Callable[[], bool]) -> bool:
    with contextlib.suppress(OSError):
        return is_so()
    return False
