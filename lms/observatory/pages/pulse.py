"""The drawer of the pulse strip: how the page above it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lms.observatory.pages.drawing import waterfall_of
from lms.observatory.pages.trace import Statement, extent_of, statements_of
from lms.observatory.traces.waterfall import duration_words

if TYPE_CHECKING:
    from lms.observatory.store.base import Reader
    from lms.observatory.traces.waterfall import Waterfall
    from lms.observatory.viewing import Viewer

MOST_ROWS: Final = 40
# Spans leave their process in batches about a second apart. After the last look the drawer says so.
LOOK_AFTER_S: Final = (1, 1, 1, 2, 2, 3, 5)
MOST_LOOKS: Final = len(LOOK_AFTER_S)
NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PulsePage:
    """One request, as far as it has arrived. repeated: statements that ran more than once."""

    trace_id: str
    duration: str
    waterfall: Waterfall
    statements: tuple[Statement, ...]
    statement_count: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has arrived. again_s: when to look again, 0 when it was looked often enough."""

    trace_id: str
    look: int
    again_s: int


def pulse_page(store: Reader, viewer: Viewer, trace_id: str, *, look: int) -> PulsePage | Waiting:
    """Give the request's drawing, or when to look again. look: how often the page has looked.

    Until the request's own span has arrived there is nothing to draw it in.
    """
    trace = store.trace(viewer, trace_id)
    if trace is None or not trace.has_root:
        again_s = LOOK_AFTER_S[look] if look < MOST_LOOKS else 0
        return Waiting(trace_id, look + 1, again_s)
    statements = statements_of(trace.spans)
    return PulsePage(
        trace_id=trace_id,
        duration=duration_words(extent_of(trace)[1] / NS_PER_MS),
        waterfall=waterfall_of(trace, (), most=MOST_ROWS),
        statements=statements,
        statement_count=sum(one.group.count for one in statements),
        repeated=sum(one.group.count > 1 for one in statements),
    )
