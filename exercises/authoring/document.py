"""A YAML text as plain JSON values, each with the line on which it stands.

Authors' texts come through a web form too: what can be expanded or nested without end is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exercises.specification import Path

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 30
MAX_VALUES = 50_000  # counted after aliases are expanded

# Control characters but tab and line feed, and halves of characters.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """One thing wrong with a file. line: from 1. field: dotted keys, "" for the file as a whole."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field or 'file'}: {self.message}"


class UnreadableFiles(Exception):
    """Files that cannot be used. problems: everything that is wrong, by file and line."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Document:
    """One file's values. lines: from 1, by path of keys and indexes; () is the first line."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def problem(self, path: Path, message: str) -> FileProblem:
        """Give a problem at a path, or at the nearest value above it that is in the file."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        named = path[: len(known) + 1]
        return FileProblem(self.file, self.lines[known], ".".join(map(str, named)), message)


def parse(raw: bytes, *, file: str) -> Document:
    """Give the document of one file's bytes. Raises UnreadableFiles."""
    if len(raw) > MAX_BYTES:
        raise _refusal(file, 1, f"the file is longer than {MAX_BYTES // 1024} KiB; shorten it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refusal(file, line, "this line is not UTF-8; save the file as UTF-8") from None
    return _Builder(file).document(_root(text, file))


def _root(text: str, file: str) -> MappingNode:
    try:
        _refuse_depth(text, file)
        node = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refusal(file, line, "this line holds a control character; remove it") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal(file, mark.line + 1 if mark else 1, _sentence(error)) from None
    except YAMLError:
        raise _refusal(file, 1, "this is no YAML; check the first lines") from None
    if not isinstance(node, MappingNode):
        raise _refusal(file, 1, "keys with values are expected, such as `title: Log levels`")
    return node


def _refuse_depth(text: str, file: str) -> None:
    """Refuse deep nesting before a recursive reader meets it."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} deep; flatten them"
            raise _refusal(file, event.start_mark.line + 1, message)
        if getattr(event, "tag", None) and not isinstance(event, AliasEvent):
            message = f"the tag {event.tag} is not taken; write a plain value"
            raise _refusal(file, event.start_mark.line + 1, message)


def _sentence(error: MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "it cannot be read")
    if "\\t" in problem or "'\t'" in problem:
        return "a tab stands where YAML takes spaces only; indent with spaces"
    return f"this is no YAML: {problem}; check the quotes, colons and indentation here"


def _refusal(file: str, line: int, message: str, name: str = "") -> UnreadableFiles:
    return UnreadableFiles([FileProblem(file, line, name, message)])


@dataclass(slots=True)
class _Builder:
    """Turns nodes into values and remembers where they stood."""

    file: str
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    problems: list[FileProblem] = field(default_factory=list)
    values: int = 0
    open: list[int] = field(default_factory=list)  # ids of the nodes around the current one

    def document(self, root: MappingNode) -> Document:
        data = self._value(root, ())
        if self.problems:
            raise UnreadableFiles(self.problems)
        return Document(self.file, data, self.lines)

    def _value(self, node: Node, path: Path) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or id(node) in self.open:
            message = "the aliases here expand without end; write the values out"
            raise _refusal(self.file, self.lines[path], message, _dotted(path))
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self.open.append(id(node))
        value: dict[str, Any] | list[Any]
        if isinstance(node, MappingNode):
            value = self._mapping(node, path)
        else:
            value = self._sequence(node, path)
        self.open.pop()
        return value

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._add(line, path, "a key must be a plain word; quote it or rename it")
                continue
            key = key_node.value
            if key in mapping:
                self._add(line, (*path, key), "this key is written twice; keep one")
                continue
            self.lines[*path, key] = line
            if _UNREADABLE.search(key):
                self._add(line, path, "a control character stands in this key; remove it")
            mapping[key] = self._value(value_node, (*path, key))
        return mapping

    def _sequence(self, node: Node, path: Path) -> list[Any]:
        values = []
        for index, item in enumerate(node.value):
            self.lines[*path, index] = item.start_mark.line + 1
            values.append(self._value(item, (*path, index)))
        return values

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind = node.tag.removeprefix(_TAG) if isinstance(node.tag, str) else str(node.tag)
        kind = kind.rpartition(":")[2]
        try:
            return _PLAIN.get(kind, _text)(node.value)
        except ValueError as error:
            self._add(node.start_mark.line + 1, path, str(error))
            return None

    def _add(self, line: int, path: Path, message: str) -> None:
        self.problems.append(FileProblem(self.file, line, _dotted(path), message))


def _text(value: str) -> str:
    """Give a text. Times stay texts too: wall times have no zone yet."""
    if _UNREADABLE.search(value):
        raise ValueError("a control character stands in this text; remove it")
    return value


def _integer(value: str) -> int:
    digits = value.replace("_", "")
    try:
        return int(digits, 10 if digits.lstrip("+-").isdigit() else 0)
    except ValueError:
        raise ValueError("this number is too long; quote it if it is a text") from None


def _float(value: str) -> float:
    try:
        number = float(value.replace("_", ""))
    except ValueError:  # .inf and .nan
        number = float("inf")
    if number in (float("inf"), float("-inf")):
        raise ValueError("this is no finite number; quote it if it is a text")
    return number


def _boolean(value: str) -> bool | str:
    """Give true and false; `yes` stays a text, whatever YAML version a file declares."""
    return {"true": True, "false": False}.get(value.lower(), value)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


_PLAIN = {
    "bool": _boolean,
    "null": lambda _value: None,
    "int": _integer,
    "float": _float,
}
