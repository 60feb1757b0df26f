"""What a trace asked of its databases, grouped by statement."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lms.observatory.traces.places import is_statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lms.observatory.records import Span

_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w.$])-?\d+(?:\.\d+)?(?![\w.])")
_MARK: Final = re.compile(r"%s|%\(\w+\)s|\$\d+")
_LIST: Final = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_COLUMNS: Final = re.compile(r"^SELECT .{60,}? FROM\b")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class StatementGroup:
    """One statement however often it ran. text: without parameters. Nanoseconds."""

    text: str
    count: int
    total_ns: int
    longest_ns: int
    longest_id: str

    @property
    def short(self) -> str:
        """Give the text without quotation marks and without a long list of columns."""
        return _COLUMNS.sub("SELECT \N{HORIZONTAL ELLIPSIS} FROM", self.text).replace('"', "")


def statement_groups(spans: Iterable[Span]) -> tuple[StatementGroup, ...]:
    """Give the groups, the one that took longest in all first."""
    by_text: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        if is_statement(span):
            by_text[bare(str(span.attributes.get("db.query.text") or span.name))].append(span)
    groups = [_group(text, ran) for text, ran in by_text.items()]
    return tuple(sorted(groups, key=lambda group: (-group.total_ns, group.text)))


@lru_cache(maxsize=2048)
def bare(statement: str) -> str:
    """Give a statement with every value, mark and list of values as ?, on one line."""
    marked = _MARK.sub("?", _LITERAL.sub("?", statement))
    return _LIST.sub("(?)", _SPACE.sub(" ", marked)).strip()


def _group(text: str, ran: list[Span]) -> StatementGroup:
    longest = max(ran, key=lambda span: span.duration_ns)
    return StatementGroup(
        text=text,
        count=len(ran),
        total_ns=sum(span.duration_ns for span in ran),
        longest_ns=longest.duration_ns,
        longest_id=longest.span_id,
    )
