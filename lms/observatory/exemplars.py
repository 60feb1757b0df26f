"""Which traces stand for a metric's slowest: exemplars, taken from spans.

Several processes write one exposition, and that mode of prometheus_client knows no exemplars.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lms.observatory.samples import Exemplar, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lms.observatory.records import Span
    from lms.observatory.samples import Labels

REQUESTS: Final = "http_server_request_duration_seconds"
TASKS: Final = "celery_task_duration_seconds"
_MINUTE_NS: Final = 60_000_000_000
# As lms.telemetry.middleware writes the metric's labels.
_METHODS: Final = {"": "other", "_OTHER": "other"}
_ANCHORS: Final = re.compile(r"^\^|\$$|\\Z$")


def exemplars_of(spans: Iterable[Span]) -> list[Exemplar]:
    """Give the slowest request and task run of each label set and minute, by their span's end.

    The labels are those of the metric, so that a number on a board finds its exemplars. Spans that
    nobody ran but that were worked out from rows are none.
    """
    slowest: dict[tuple[str, Labels, int], Exemplar] = {}
    for span in spans:
        found = None if span.is_computed else _series_of(span)
        if found is None:
            continue
        minute_ms = span.end_ns // _MINUTE_NS * 60_000
        known = slowest.get((*found, minute_ms))
        if known is None or span.duration_ns > known.duration_ns:
            one = Exemplar(*found, minute_ms, span.trace_id, span.duration_ns)
            slowest[*found, minute_ms] = one
    return list(slowest.values())


def _series_of(span: Span) -> tuple[str, Labels] | None:
    held = span.attributes
    status = held.get("http.response.status_code")
    if span.kind == "server" and isinstance(status, int):
        return REQUESTS, labels_of({
            "method": _METHODS.get(method := str(held.get("http.request.method", "")), method),
            "route": _route(span), "status_class": f"{status // 100}xx",
        })  # fmt: skip
    if span.kind == "consumer" and "celery.task_name" in held:
        return TASKS, labels_of({
            "task": str(held["celery.task_name"]),
            "outcome": str(held.get("celery.state", "unknown")).lower(),
        })  # fmt: skip
    return None


def _route(span: Span) -> str:
    """Give the address's template. The site's root has an empty one, which no span records: its
    name then says the address's, where that of an address without any says the method alone."""
    shown = _ANCHORS.sub("", str(span.attributes.get("http.route", "")))
    return shown or ("/" if " " in span.name else "unmatched")
