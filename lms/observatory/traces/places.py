"""In which part of a system a span's time passed: what gives it its colour and its short name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from lms.observatory.records import Span

Hue = Literal["web", "db", "queue", "worker", "grader", "external"]

OWN_PREFIX: Final = "watchers-"
# Roles of the site's processes, as setup.resource_of names them, that have a colour.
_ROLES: Final[dict[str, Hue]] = {"web": "web", "worker": "worker"}
# A word in the names of the spans of waiting: "queue wait", "wait for write gate".
_WAIT: Final = "wait"
# The first table that a statement names: what it is about.
_TABLE: Final = re.compile(r'\b(?:INTO|FROM|UPDATE|JOIN)\s+["`]?([A-Za-z_][\w.]*)', re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True)
class Place:
    """hue: names a colour. label: a short name to read; two places may share a hue."""

    hue: Hue
    label: str


def is_wait(span: Span) -> bool:
    """Claim that nothing was done in a span: its name says so."""
    return _WAIT in span.name.lower().split()


def is_statement(span: Span) -> bool:
    """Claim that a database was asked."""
    return bool(span.attributes.get("db.system.name"))


def title_of(span: Span) -> str:
    """Give a span's name; of a statement that is named by its verb alone the table as well."""
    if is_statement(span) and _WORD.fullmatch(span.name):
        found = _TABLE.search(str(span.attributes.get("db.query.text", "")))
        if found is not None:
            return f"{span.name} {found[1]}"
    return span.name


def place_of(span: Span) -> Place:
    """Give where a span's time passed: a database, a queue, a grader, else its service."""
    service = span.service
    if span.kind == "producer" or (span.is_computed and is_wait(span)):
        return Place("queue", "queue")
    if is_statement(span):
        return Place("db", "db")
    own = service.removeprefix(OWN_PREFIX)
    if own != service and span.name.startswith("grader "):
        return Place("grader", "grader")
    return Place(_ROLES.get(own, "external") if own != service else "external", own)
