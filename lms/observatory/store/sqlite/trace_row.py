"""What a segment says of a whole trace."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from lms.observatory.records import TraceSummary
from lms.observatory.store.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lms.observatory.records import Span

COLUMNS: Final = (
    "id, trace_id, tenant, start_ns, end_ns, span_count, error_count, name, service, named_ns, "
    "named_by, owner, course, has_root, carried"
)


_CHUNK: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{32}")
_NOBODYS: Final = Ownership()


@dataclass(slots=True)
class TraceRow:
    """A row of `trace` with its words; the table's comment says what the columns mean.

    id: 0 before it has a place in the segment that is being written.
    """

    id: int
    trace_id: bytes
    tenant: str
    start_ns: int = 0
    end_ns: int = 0
    span_count: int = 0
    error_count: int = 0
    name: str = ""
    service: str = ""
    named_ns: int = 0
    named_by: bytes = b""
    whose: Ownership = _NOBODYS
    carried: bool = False

    @classmethod
    def read(cls, row: tuple[Any, ...], word: Callable[[int], str]) -> TraceRow:
        """Give the row of COLUMNS."""
        return cls(
            id=row[0], trace_id=row[1], tenant=word(row[2]), start_ns=row[3], end_ns=row[4],
            span_count=row[5], error_count=row[6], name=word(row[7]), service=word(row[8]),
            named_ns=row[9], named_by=row[10],
            whose=Ownership(word(row[11]), word(row[12]), has_root=bool(row[13])),
            carried=bool(row[14]),
        )  # fmt: skip

    def values(self, number: Callable[[str], int]) -> tuple[Any, ...]:
        """Give what COLUMNS hold."""
        return (
            self.id, self.trace_id, number(self.tenant), self.start_ns, self.end_ns,
            self.span_count, self.error_count, number(self.name), number(self.service),
            self.named_ns, self.named_by, number(self.whose.owner), number(self.whose.course),
            self.whose.has_root, self.carried,
        )  # fmt: skip

    def carried_over(self, number: int) -> TraceRow:
        """Give the row that continues this one in a newer segment."""
        return replace(self, id=number, carried=True)

    def add(self, span: Span, span_id: bytes) -> None:
        """Count a span that was not stored before."""
        is_root = not span.parent_id
        is_first = not self.span_count
        if is_first or self._is_named_better_by(span, span_id):
            self.name, self.service = span.name, span.service
            self.named_ns, self.named_by = span.start_ns, span_id
        self.start_ns = span.start_ns if is_first else min(self.start_ns, span.start_ns)
        self.end_ns = max(self.end_ns, span.end_ns)
        self.span_count += 1
        self.error_count += span.status == "error"
        if is_root or span.owner or span.course:
            self.whose |= Ownership(span.owner, span.course, has_root=is_root)

    def _is_named_better_by(self, span: Span, span_id: bytes) -> bool:
        """Claim that it is a root and the namer is not, or else as much of one and earlier."""
        is_root = not span.parent_id
        if is_root != self.whose.has_root:
            return is_root
        return (span.start_ns, span_id) < (self.named_ns, self.named_by)

    def summary(self) -> TraceSummary:
        return TraceSummary(
            trace_id=self.trace_id.hex(), name=self.name, service=self.service,
            start_ns=self.start_ns, end_ns=self.end_ns, span_count=self.span_count,
            error_count=self.error_count, owner=self.whose.owner, course=self.whose.course,
            has_root=self.whose.has_root,
        )  # fmt: skip


def rows_of(
    keys: Sequence[tuple[str, bytes]], read: Callable[[str, Sequence[Any]], list[TraceRow]]
) -> Iterable[TraceRow]:
    """Give the rows of these traces, some hundred at a time."""
    wanted = set(keys)
    for at in range(0, len(keys), _CHUNK):
        ids = [trace_id for _, trace_id in keys[at : at + _CHUNK]]
        found = read(f"trace_id IN ({', '.join('?' * len(ids))})", ids)
        yield from (row for row in found if (row.tenant, row.trace_id) in wanted)


def key_of(trace_id: str) -> bytes:
    """Give the id as rows hold it, b"" (which no row has) when it is none."""
    return bytes.fromhex(trace_id) if _ID.fullmatch(trace_id) else b""
