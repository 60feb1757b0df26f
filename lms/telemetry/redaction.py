"""What may leave this process: known keys, harmless values, exceptions as type and place.

A list of what is allowed, and not of what is forbidden: a key that nobody thought of is dropped,
not sent. Logs and spans share it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from traceback import walk_tb
from typing import Any, Final
from uuid import UUID

REMOVED: Final = "[removed]"
OWN_MODULES: Final = ("lms.", "exercises.")
LONGEST_VALUE: Final = 300
LONGEST_SQL: Final = 2000
MOST_FRAMES: Final = 30
MOST_CAUSES: Final = 5
MOST_ITEMS: Final = 20

# Keys of our own log lines, and of our own span attributes under the prefix "watchers.".
KEYS: Final = frozenset(
    {
        "attempt",
        "attempts",
        "batch",
        "check",
        "child_task_id",
        "child_task_name",
        "computed",
        "count",
        "counted",
        "counts",
        "course",
        "criteria",
        "delay_s",
        "duration_ms",
        "enrolment",
        "error_class",
        "exercise",
        "exercise_id",
        "exit_code",
        "from_state",
        "grade",
        "job",
        "job_id",
        "kind",
        "limit",
        "method",
        "minutes",
        "module",
        "number",
        "outcome",
        "owner",
        "parent_task_id",
        "part",
        "parts",
        "person",
        "pid",
        "port",
        "process",
        "pseudonym",
        "published",
        "reason",
        "receipt",
        "request_id",
        "retry_after_s",
        "revision",
        "role",
        "route",
        "run",
        "signal",
        "since",
        "size_bytes",
        "span_id",
        "sql_count",
        "sql_ms",
        "state",
        "status",
        "submission",
        "submission_id",
        "task",
        "task_id",
        "thread",
        "trace_id",
        "tries",
        "try_number",
        "version",
        "wait_ms",
        "wait_s",
        "work_item",
    }
)
# Keys that the log chain sets itself, over whatever a caller gave.
CHAIN_KEYS: Final = frozenset({"event", "exception", "level", "logger", "timestamp"})
# Keys of OpenTelemetry's conventions. Left out on purpose: url.*, client.*, network.peer.*,
# user_agent.*, server.* (the Host header), db.user, celery.delivery_info, celery.hostname.
STANDARD_KEYS: Final = frozenset(
    {
        "celery.action",
        "celery.retries",
        "celery.state",
        "celery.task_name",
        "db.namespace",
        "db.operation.name",
        "db.query.text",
        "db.system.name",
        "error.type",
        "exception.escaped",
        "exception.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.destination",
        "messaging.message.id",
        "network.protocol.version",
        "url.scheme",
    }
)
OWN_PREFIX: Final = "watchers."
# Recorded as a number or not at all: a criterion's name in a trace would give the answer away.
_COUNTS: Final = frozenset({"criteria", "parts"})
_ID_KEYS: Final = frozenset(
    {
        "child_task_id",
        "messaging.message.id",
        "parent_task_id",
        "request_id",
        "span_id",
        "task_id",
        "trace_id",
    }
)

_ID = re.compile(r"[0-9a-f-]{1,36}")
_SENSITIVE = re.compile(
    r"(?P<email>[^\s@<>\"']+@[^\s@<>\"']+\.\w+)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){3,7}(?![\w:]))"
    r"|(?P<token>(?=[A-Za-z_+=-]*\d)(?=[\d_+=-]*[A-Za-z])[A-Za-z0-9_+=-]{24,})"
)
_SQL_LITERAL = re.compile(r"'(?:[^']|'')*'")
# Django writes a NULL that is stored into the statement: whether points are known would show.
_SQL_STORED_NULL = re.compile(r"= NULL\b")
_WHITE_SPACE = re.compile(r"\s")


def scrub(text: str) -> str:
    """Give the text with e-mail and network addresses and long tokens taken out."""
    return _SENSITIVE.sub(lambda found: f"[{found.lastgroup}]", text)


def clean(key: str, value: Any) -> Any:
    """Give a value that may be recorded under an allowed key.

    A text with white space in it is prose, and prose (an answer, a message) is not recorded.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if key in _COUNTS:
        return REMOVED
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(key, item) for item in list(value)[:MOST_ITEMS]]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | UUID | Decimal | timedelta):
        return _clean_text(key, str(value))
    return f"[{type(value).__name__}]"


def _clean_text(key: str, text: str) -> str:
    if key in _ID_KEYS and _ID.fullmatch(text):
        return text
    if _WHITE_SPACE.search(text):
        return "[prose]"
    return scrub(text)[:LONGEST_VALUE]


@lru_cache(maxsize=512)
def clean_sql(statement: str) -> str:
    """Give a statement without its string literals; parameters were never in it.

    A NULL that is stored looks like any other stored value.
    """
    return _SQL_STORED_NULL.sub("= %s", _SQL_LITERAL.sub("?", statement))[:LONGEST_SQL]


def clean_attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the span attributes that may be exported."""
    kept: dict[str, Any] = {}
    for key, value in (attributes or {}).items():
        if key == "db.query.text":
            kept[key] = clean_sql(str(value))
        elif key in STANDARD_KEYS or (
            key.startswith(OWN_PREFIX) and key.removeprefix(OWN_PREFIX) in KEYS
        ):
            kept[key] = clean(key, value)
    return kept


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """What may be told of an exception.

    frames: module:function:line, outermost first. message: "" but for classes of our own, which
    never hold input. PostgreSQL's DETAIL, pydantic's input_value and an IntegrityError's values
    stand in foreign messages, and free text cannot be scrubbed.
    causes: types of the exceptions that led to it, nearest first.
    """

    type: str
    frames: tuple[str, ...]
    message: str
    causes: tuple[str, ...]


def facts_of(error: BaseException) -> ExceptionFacts:
    return ExceptionFacts(
        type=_name_of(error),
        frames=_frames_of(error),
        message=scrub(str(error))[:LONGEST_VALUE] if _is_own(error) else "",
        causes=_causes_of(error),
    )


def _name_of(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__
    return name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"


def _is_own(error: BaseException) -> bool:
    return type(error).__module__.startswith(OWN_MODULES)


def _frames_of(error: BaseException) -> tuple[str, ...]:
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_qualname}:{line}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return tuple(frames[-MOST_FRAMES:])


def _causes_of(error: BaseException) -> tuple[str, ...]:
    causes: list[str] = []
    seen = {id(error)}
    while True:
        nearer = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if nearer is None or id(nearer) in seen:
            return tuple(causes)
        seen.add(id(nearer))
        causes.append(_name_of(nearer))
        if len(causes) == MOST_CAUSES:
            return tuple(causes)
        error = nearer
