"""Traces that go on in a newer segment: the newest row of a trace is the one that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lms.observatory.store.sqlite.trace_row import COLUMNS, TraceRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.observatory.store.sqlite.view import View

_CARRIED: Final = f"SELECT {COLUMNS} FROM trace WHERE tenant = ? AND carried > 0"  # noqa: S608


class Carried:
    """The rows that continue older ones, of a tenant, in a snapshot. They are few."""

    def __init__(self, views: Sequence[View], tenant: str) -> None:
        self._rows: dict[bytes, list[tuple[int, TraceRow]]] = {}
        for place, view in enumerate(views):
            for row in view.rows(_CARRIED, view.number_of(tenant)):
                trace = TraceRow.read(row, view.word)
                self._rows.setdefault(trace.trace_id, []).append((place, trace))

    def newer(self, trace_id: bytes, place: int) -> TraceRow | None:
        """Give a trace's newest row when it stands in a newer segment than the one at a place."""
        rows = self._rows.get(trace_id)
        return rows[0][1] if rows and rows[0][0] < place else None

    def ids_newer_than(self, place: int) -> list[bytes]:
        return [trace_id for trace_id, rows in self._rows.items() if rows[0][0] < place]
