"""One student's browser: cookies, one connection that stays open, redirects followed."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urljoin, urlsplit

from exercises.demo_class import forms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT_S: Final = 60.0
_REDIRECTS_MAX: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
# What a browser meets when the server closed a connection that had been idle: it asks once more.
_CLOSED: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. status: 0 when no answer came. queries: -1 when not told."""

    step: str
    status: int
    seconds: float
    queries: int


class NoAnswer(Exception):
    """The site did not answer a request."""


@dataclass(frozen=True)
class Page:
    """An answer. path: where the redirects led."""

    path: str
    status: int
    text: str

    @cached_property
    def content(self) -> forms.Content:
        return forms.read(self.text)

    def form_to(self, ending: str) -> forms.Form | None:
        """Give the page's form that a button posts to an address with that ending."""
        for form in self.content.forms:
            if any(address.endswith(ending) for address in form.posts_to):
                return form
        return None


class Browser:
    """Asks one site for pages; `watch` is told of every exchange."""

    def __init__(self, address: str, *, watch: Callable[[Exchange], None]) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.watch = watch
        self.cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str, *, step: str) -> Page:
        """Fetch a page. Raises NoAnswer."""
        return self._follow("GET", path, "", step=step)

    def post(self, path: str, fields: Mapping[str, list[str]], *, step: str) -> Page:
        """Post a form and follow where it leads. Raises NoAnswer."""
        return self._follow("POST", path, urlencode(fields, doseq=True), step=step)

    def post_only(self, path: str, fields: Mapping[str, list[str]], *, step: str) -> Page:
        """Post a form and stay: a redirect's target is the page's path. Raises NoAnswer."""
        return self._ask("POST", path, urlencode(fields, doseq=True), step=step)[0]

    def _follow(self, method: str, path: str, body: str, *, step: str) -> Page:
        for hop in range(_REDIRECTS_MAX):
            page, is_moved = self._ask(method, path, body, step=step if not hop else f"{step} >")
            if not is_moved:
                return page
            method, path, body = "GET", page.path, ""
        return page

    def _ask(self, method: str, path: str, body: str, *, step: str) -> tuple[Page, bool]:
        began = time.perf_counter()
        try:
            answer, text = self._exchange(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self.watch(Exchange(step, 0, time.perf_counter() - began, -1))
            raise NoAnswer(type(error).__name__) from None
        took = time.perf_counter() - began
        self.watch(Exchange(step, answer.status, took, _queries(answer)))
        self._keep_cookies(answer)
        is_moved = answer.status in _MOVED
        target = urljoin(path, answer.getheader("Location", "")) if is_moved else path
        parts = urlsplit(target)
        where = parts.path + (f"?{parts.query}" if parts.query else "")
        return Page(where, answer.status, text.decode("utf-8", "replace")), is_moved

    def _exchange(
        self, method: str, path: str, body: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        is_fresh = self._connection is None
        try:
            return self._send(method, path, body)
        except _CLOSED:
            self.close()
            if is_fresh:
                raise
        return self._send(method, path, body)

    def _send(self, method: str, path: str, body: str) -> tuple[http.client.HTTPResponse, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Accept": "text/html", "Cookie": cookies}
        if method == "POST":
            headers["Content-Type"] = _FORM
        self._connection.request(method, path, body.encode() if body else None, headers)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def _keep_cookies(self, answer: http.client.HTTPResponse) -> None:
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value


def _queries(answer: http.client.HTTPResponse) -> int:
    """Give the number of statements that Server-Timing tells a signed-in person, else -1."""
    for entry in answer.getheader("Server-Timing", "").split(","):
        name, *values = entry.strip().split(";")
        told = [value[6:-1] for value in values if value.startswith('desc="')]
        if name == "sql" and told and told[0].isdigit():
            return int(told[0])
    return -1
