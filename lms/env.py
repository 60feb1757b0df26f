"""Typed readers for the environment: a bad value stops the start with the variable's name."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

Number = TypeVar("Number", int, float)

# What a bearer token may be made of; source: RFC 6750, section 2.1.
_KEY = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class Env:
    """Reads variables from a mapping, os.environ unless another is given."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def text(self, name: str, *, default: str = "") -> str:
        """Give the variable as it stands; unset and empty both mean the default."""
        return self._source.get(name, "") or default

    def required(self, name: str, *, why: str) -> str:
        """Give the variable; raises ImproperlyConfigured when it is unset or empty."""
        value = self._source.get(name, "")
        if not value:
            raise ImproperlyConfigured(f"{name} must be set: {why}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Give a truth value: 1/0, true/false, yes/no, on/off in any case."""
        value = self.text(name).lower()
        if not value:
            return default
        if value in _TRUE | _FALSE:
            return value in _TRUE
        raise ImproperlyConfigured(f"{name} must be 1 or 0 (true or false), got {value!r}")

    def integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """Give a whole number from low to high, both included."""
        return self._number(name, default, (low, high), read=int)

    def seconds(self, name: str, *, default: float, low: float, high: float) -> float:
        """Give a number of seconds from low to high, both included."""
        return self._number(name, default, (low, high), read=float)

    def choice(self, name: str, *, default: str, options: tuple[str, ...]) -> str:
        """Give one of the options."""
        value = self.text(name, default=default)
        if value not in options:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, got {value!r}")
        return value

    def folder(self, name: str, *, default: Path) -> Path:
        """Give an absolute path; the folder need not exist yet."""
        value = Path(self.text(name, default=str(default))).expanduser().absolute()
        if value.exists() and not value.is_dir():
            raise ImproperlyConfigured(f"{name} must be a folder, but {value} is a file")
        return value

    def words(self, name: str, *, default: tuple[str, ...] = ()) -> list[str]:
        """Give a list split at commas, blanks dropped."""
        value = self.text(name)
        return [word.strip() for word in value.split(",") if word.strip()] or list(default)

    def networks(self, name: str) -> list[str]:
        """Give a list of IP addresses and networks split at commas, checked."""
        words = self.words(name)
        for word in words:
            try:
                ip_network(word)
            except ValueError:
                raise ImproperlyConfigured(
                    f"{name} must hold addresses or networks such as 10.0.0.0/8, got {word!r}"
                ) from None
        return words

    def url(self, name: str, *, schemes: tuple[str, ...]) -> str:
        """Give an address of one of the schemes, "" when unset. The value is never repeated."""
        value = self.text(name)
        if value and not re.match(rf"^(?:{'|'.join(map(re.escape, schemes))})://", value):
            wanted = " or ".join(f"{scheme}://..." for scheme in schemes)
            raise ImproperlyConfigured(f"{name} must look like {wanted}")
        return value

    def url_or_none(self, name: str, *, schemes: tuple[str, ...], default: str) -> str:
        """Give an address as url does, the default when unset, "" for the word none."""
        if self.text(name).lower() == "none":
            return ""
        return self.url(name, schemes=schemes) or default

    def secret(self, name: str) -> str:
        """Give a secret of at least 16 signs that fit into a header, "" when unset."""
        value = self.text(name)
        if value and not _KEY.fullmatch(value):
            raise ImproperlyConfigured(
                f"{name} must have 16 to 200 letters, digits or signs of -._~+/="
            )
        return value

    def headers(self, name: str) -> dict[str, str]:
        """Give `name=value,name=value` with percent-encoded values. The values are never repeated.

        As OTEL_EXPORTER_OTLP_HEADERS is written.
        """
        headers = {}
        for pair in filter(None, self.text(name).split(",")):
            key, is_there, value = pair.partition("=")
            key, value = key.strip(), unquote(value.strip())
            if not (is_there and _HEADER_NAME.fullmatch(key) and _HEADER_VALUE.fullmatch(value)):
                raise ImproperlyConfigured(
                    f"{name} must look like name=value,name=value with percent-encoded values"
                )
            headers[key] = value
        return headers

    def _number(
        self, name: str, default: Number, bounds: tuple[Number, Number], *, read: type[Number]
    ) -> Number:
        value = self.text(name)
        low, high = bounds
        if not value:
            return default
        try:
            number = read(value)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            what = "a whole number" if read is int else "a number"
            raise ImproperlyConfigured(f"{name} must be {what} from {low} to {high}, got {value!r}")
        return number
