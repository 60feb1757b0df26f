"""An exercise as the text of the authors' file, which read_exercise gives back as it was."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exercises.models import Exercise, ExerciseVersion

# Texts that a literal block (|) carries unchanged: printable lines that neither begin nor end in
# white space. All other texts with line ends go between quotes, with escapes.
_BLOCK = re.compile(r"(?:[!-~\u00a1-\u024f](?:[ -~\u00a1-\u024f]*[!-~\u00a1-\u024f])?\n|(?<!^)\n)+")
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .,;()/*_-]*[A-Za-z0-9.)*])?")
# The writer breaks long lines within quotes, and next to a backslash it breaks them wrongly.
_UNBROKEN = 1_000_000_000


def write_exercise(exercise: Exercise, content: dict[str, Any]) -> str:
    """Give the file's text for an exercise's policy and a version's content."""
    head: dict[str, Any] = {
        "format": "exercise/1",
        "slug": exercise.slug,
        "points": _number(exercise.points),
        "attempts": exercise.attempts,
        "opens": exercise.opens_wall,
        "due": exercise.due_wall,
        "late": [
            {"until": step["until_wall"], "fraction": str(step["fraction"])}
            for step in exercise.late_steps
        ],
        "reveal": exercise.reveal,
        "release": exercise.release,
    }
    written = {key: value for key, value in head.items() if value not in ("", [])}
    return dump({**written, **content})


def write_version(version: ExerciseVersion) -> str:
    """Give the file's text for a version, with the exercise's policy as it now is."""
    return write_exercise(version.exercise, version.content)


def dump(data: dict[str, Any]) -> str:
    """Give JSON values as YAML: long texts as blocks, no aliases."""
    yaml = YAML()
    yaml.width = _UNBROKEN
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda _data: True
    out = StringIO()
    yaml.dump(_styled(data), out)
    return out.getvalue()


def _styled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_quoted(key): _styled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return _list(value)
    if not isinstance(value, str):
        return value
    return LiteralScalarString(value) if _BLOCK.fullmatch(value) else _quoted(value)


def _list(values: Sequence[Any]) -> CommentedSeq:
    """Write a list of words on one line, as authors write the alternatives of a pattern."""
    styled = CommentedSeq([_styled(each) for each in values])
    if all(isinstance(each, str) and "\n" not in each for each in values):
        styled.fa.set_flow_style()
    return styled


def _quoted(text: str) -> str:
    """Quote what is not plainly words, with escapes only where they are needed."""
    if _PLAIN.fullmatch(text):
        return text
    if text.isascii() and text.isprintable() and ("'" not in text or "\\" in text):
        return SingleQuotedScalarString(text)
    return DoubleQuotedScalarString(text)


def _number(points: Any) -> int | float:
    return int(points) if points == int(points) else float(points)
