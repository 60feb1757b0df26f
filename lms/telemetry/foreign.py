"""Log records of other people's code, as events that carry no values.

Their messages hold paths, addresses, reprs and whole tracebacks. What is safe is what their author
wrote in the source: the template before its arguments are put in, or a constant text.
"""

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from lms.telemetry.redaction import scrub

if TYPE_CHECKING:
    from types import FrameType

SERVER_ERROR: Final = 500
# %s, %(name)s, %.3f: what logging's formatting replaces.
_FIELD: Final = re.compile(r"%(?:\((?P<name>\w+)\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z%]")
# From here through logging's own frames to the caller and a wrapper or two around it.
_MOST_FRAMES: Final = 14


def as_event(record: logging.LogRecord) -> dict[str, Any] | None:
    """Give the event for a record; None for one that a line of ours tells better."""
    if record.name == "django.request":
        return _request_event(record)
    if record.name.startswith("django.security"):
        # The message holds the host, path or reason; the kind is the logger's last word.
        return {"event": "security.suspected", "kind": record.name.rpartition(".")[2]}
    event: dict[str, Any] = {"event": "library.logged", "message": _message_of(record)}
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def _request_event(record: logging.LogRecord) -> dict[str, Any] | None:
    status = getattr(record, "status_code", 0)
    if status < SERVER_ERROR:
        return None  # request.finished carries route and status
    return {"event": "request.failed", "status": status, "exc_info": record.exc_info}


def _message_of(record: logging.LogRecord) -> str:
    template = str(record.msg)
    if record.args:
        return scrub(_filled(template, record.args))
    return template if _is_written_in_source(template) else "(text made at run time)"


def _filled(template: str, args: Any) -> str:
    """Put numbers into the template, and an ellipsis in the place of anything else."""
    by_name = args if isinstance(args, dict) else {}
    in_order = iter(() if isinstance(args, dict) else args)

    def shown(field: re.Match[str]) -> str:
        if field[0] == "%%":
            return "%"
        value = by_name.get(field["name"]) if field["name"] else next(in_order, None)
        return str(value) if isinstance(value, int | float) else "…"

    return _FIELD.sub(shown, template)


def _is_written_in_source(text: str) -> bool:
    """Say whether a caller holds the text as a constant: then no value was formatted into it."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - logging finds its caller so too
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return False
        if text in frame.f_code.co_consts:
            return True
        frame = frame.f_back
    return False
