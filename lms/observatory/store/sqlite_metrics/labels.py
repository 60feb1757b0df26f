"""Label sets as the tables hold them: JSON with the names in order, so that equal is equal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lms.observatory.samples import Labels


def to_text(labels: Labels) -> str:
    return json.dumps(dict(labels), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Labels:
    return cast("Labels", tuple(json.loads(text).items()))
