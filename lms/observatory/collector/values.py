"""Attribute values of a stranger, made harmless: bounded, flat, without control characters."""

from __future__ import annotations

import base64
import json
import math
import re
from typing import TYPE_CHECKING, Final

from lms.observatory.collector.limits import DEPTH_MAX, ITEMS_MAX, KEY_MAX, VALUE_MAX

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from lms.observatory.records import AttributeValue

# What OTLP's AnyValue can say; None is a value that was not set.
Raw = str | bool | int | float | bytes | None | list["Raw"] | dict[str, "Raw"]

TOO_DEEP: Final = "[too deep]"
# Controls but tab and line feed; signs that turn the reading direction; halves of surrogate pairs.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_IN_ITS_PLACE: Final = "\N{REPLACEMENT CHARACTER}"


class Cleaner:
    """Cleans the values of one request and counts, in notes, what it had to change."""

    def __init__(self, notes: Counter[str]) -> None:
        self._notes = notes

    def text(self, value: str, most: int) -> str:
        if len(value) > most:
            self._notes["cut"] += 1
            value = value[:most]
        # Nearly every text is printable, and asking that takes less time than searching.
        if value.isprintable() or not _UNSAFE.search(value):
            return value
        self._notes["cleaned"] += 1
        return _UNSAFE.sub(_IN_ITS_PLACE, value)

    def attributes(self, pairs: Iterable[tuple[str, Raw]], most: int) -> dict[str, AttributeValue]:
        """Give the first attributes under clean names; the last of one name stays."""
        kept: dict[str, AttributeValue] = {}
        for key, value in pairs:
            name = self.text(key, KEY_MAX)
            if name and (name in kept or len(kept) < most):
                kept[name] = self._flat(value)
            else:
                self._notes["left_out"] += 1
        return kept

    def body(self, value: Raw, most: int) -> str:
        """Give a line's text; what is no text is JSON."""
        flat = self._flat(value, most)
        if isinstance(flat, str):
            return flat
        return self.text(json.dumps(flat), most)

    def _flat(self, value: Raw, most: int = VALUE_MAX) -> AttributeValue:
        if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
            return self._list(value, most)
        return self._single(value, most)

    def _single(self, value: Raw, most: int) -> str | int | float | bool:
        if isinstance(value, bytes):
            value = _base64(value, most)
        elif isinstance(value, float):
            value = _finite(value)
        elif isinstance(value, list | dict):
            value = json.dumps(self._nested(value, 1), ensure_ascii=False)
        if isinstance(value, str):
            return self.text(value, most)
        return "" if value is None else value

    def _list(self, items: list[Raw], most: int) -> tuple[str | int | float | bool, ...]:
        if len(items) > ITEMS_MAX:
            self._notes["left_out"] += len(items) - ITEMS_MAX
        kept: list[str | int | float | bool] = []
        for item in items[:ITEMS_MAX]:
            kept.append(self._single(item, most))
            if isinstance(kept[-1], str):
                most -= len(kept[-1])
        return tuple(kept)

    def _nested(self, value: Raw, depth: int) -> Raw:
        """Give what JSON can hold."""
        if isinstance(value, list | dict) and depth > DEPTH_MAX:
            self._notes["cut"] += 1
            return TOO_DEEP
        if isinstance(value, list):
            return [self._nested(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {key: self._nested(item, depth + 1) for key, item in value.items()}
        if isinstance(value, bytes):
            return _base64(value, VALUE_MAX)
        return _finite(value) if isinstance(value, float) else value


def _finite(value: float) -> float | str:
    """Give the number, or the word for what JSON and SQLite have no number for."""
    return value if math.isfinite(value) else str(value)


def _base64(value: bytes, most: int) -> str:
    # One group more than fits: cutting is then seen and counted.
    return base64.b64encode(value[: (most // 4 + 1) * 3]).decode()
