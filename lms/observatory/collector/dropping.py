"""What did not become a row and the store was not told yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from lms.observatory.records import Drop

if TYPE_CHECKING:
    from collections.abc import Iterable


class Drops:
    """Adds drops up by signal and reason, from any thread, until they are taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Drop] = {}

    def add(self, drops: Iterable[Drop]) -> None:
        with self._lock:
            for one in drops:
                known = self._kept.get((one.signal, one.reason), one)
                count = one.count + (known.count if known is not one else 0)
                self._kept[one.signal, one.reason] = Drop(
                    one.signal, one.reason, count,
                    min(one.since_ns, known.since_ns), max(one.until_ns, known.until_ns),
                )  # fmt: skip

    def take(self) -> list[Drop]:
        """Give all and forget them; who could not pass them on adds them again."""
        with self._lock:
            kept, self._kept = self._kept, {}
        return list(kept.values())
