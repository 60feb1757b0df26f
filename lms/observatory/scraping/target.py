"""What is scraped: an address, and the labels that its series get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFAULT_PATH: Final = "/metrics"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """job: what kind of process it is. address: http(s)://host[:port][/path], given by the
    operator; without a path it is /metrics."""

    job: str
    address: str

    @property
    def instance(self) -> str:
        """Give host:port, as Prometheus labels it."""
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"

    @property
    def name(self) -> str:
        return f"{self.job} {self.instance}"

    @property
    def path(self) -> str:
        parts = urlsplit(self.address)
        path = parts.path if parts.path not in {"", "/"} else _DEFAULT_PATH
        return f"{path}?{parts.query}" if parts.query else path


def targets_of(words: Iterable[str]) -> list[Target]:
    """Read "job=address" each. Raises ValueError with what was expected."""
    targets = [_target(word) for word in words]
    names = [target.name for target in targets]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"each target once, got {doubled!r} twice")
    return targets


def _target(word: str) -> Target:
    job, _, address = word.partition("=")
    try:
        parts = urlsplit(address)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:  # a port that is no number
        port = None
    if not job or port is None or not parts.hostname:
        raise ValueError(f"job=http://host:port/path, got {word!r}")
    return Target(job, address)
