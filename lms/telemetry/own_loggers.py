"""The loggers of our own code, and from which level on each has something to say."""

import ast
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

from lms.telemetry.redaction import OWN_MODULES

# `log` with no fixed level may write at any.
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "log": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
}


@cache
def own_loggers() -> Mapping[str, int]:
    """Give each logger's name with the lowest level at which the code writes to it.

    Read from the source, because no process has imported the modules of all: the web server does
    not know what the collector logs to.
    """
    found: dict[str, int] = {}
    for path, tree in _trees():
        for name in _names(tree, _module_of(path)):
            found[name] = min([*_levels(tree), found.get(name, logging.CRITICAL)])
    return dict(sorted(found.items()))


def is_own(name: str) -> bool:
    """Claim that a logger is of our code; at DEBUG, foreign ones tell what must not be told."""
    return name.startswith(OWN_MODULES)


def _trees() -> Iterator[tuple[Path, ast.AST]]:
    for package in OWN_MODULES:
        for path in (settings.BASE_DIR / package.rstrip(".")).rglob("*.py"):
            text = "" if "tests" in path.parts else path.read_text()
            if "get_logger(" in text:
                yield path, ast.parse(text)


def _module_of(path: Path) -> str:
    parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _names(tree: ast.AST, module: str) -> Iterator[str]:
    for call in _calls(tree):
        if _called(call) == "get_logger" and call.args:
            match call.args[0]:
                case ast.Name(id="__name__"):
                    yield module
                case ast.Constant(value=str(name)):
                    yield name


def _levels(tree: ast.AST) -> Iterator[int]:
    """Give the levels of `log.info`, called or handed on, and of `get_logger(...).info`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _LEVELS:
            match node.value:
                case ast.Name(id="log"):
                    yield _LEVELS[node.attr]
                case ast.Call() as call if _called(call) == "get_logger":
                    yield _LEVELS[node.attr]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
