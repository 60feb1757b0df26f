"""Which series a selection means: PromQL's matchers, with RE2, whose time is linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import re2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lms.observatory.samples import Labels

Operator = Literal["=", "!=", "=~", "!~"]
MOST_PATTERN: Final = 1_000
"""Characters of a pattern."""
_MOST_MEMORY_BYTES: Final = 1 << 20


class BadMatcher(ValueError):
    """A matcher that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Claims something of one label's value; "" stands for an absent label.

    Patterns are RE2's, match the whole value, and their dot matches a line's end, as in
    Prometheus 3. Source: prometheus/model/labels/matcher.go and regexp.go.
    """

    name: str
    operator: Operator
    value: str

    def test(self) -> Callable[[str], bool]:
        """Give the claim as a function of the label's value. Raises BadMatcher."""
        if self.operator == "=":
            return self.value.__eq__
        if self.operator == "!=":
            return self.value.__ne__
        matches = _compiled(self.value).fullmatch
        if self.operator == "=~":
            return lambda value: matches(value) is not None
        return lambda value: matches(value) is None


class Selection:
    """Matchers that hold all at once. Raises BadMatcher."""

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self._tests = [(matcher.name, matcher.test()) for matcher in matchers]
        # These a series can only fulfil with a label, so an index can find it.
        self.demanding = [
            (matcher, test)
            for matcher, (_, test) in zip(matchers, self._tests, strict=True)
            if not test("")
        ]
        if not self.demanding:
            raise BadMatcher("At least one matcher must demand a label, such as the metric's name.")

    def takes(self, labels: Labels) -> bool:
        held = dict(labels)
        return all(test(held.get(name, "")) for name, test in self._tests)


def _compiled(pattern: str) -> Any:
    if len(pattern) > MOST_PATTERN:
        raise BadMatcher(f"A pattern may have {MOST_PATTERN} characters, this has {len(pattern)}.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY_BYTES
    options.dot_nl = True
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        told = error.args[0] if error.args else b""
        why = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise BadMatcher(f"The pattern cannot be read: {why}") from error
