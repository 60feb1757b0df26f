"""Students who read, hand in and press again, and the book of what they saw."""

import http.client
import random
import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

COURSE = "/courses/backend-operations"
PROSE = "Logs fill the disk, and raw login data holds passwords that must not be kept."
ANSWERS = {
    "log-levels": ("why_info-text", {"level-chosen": "info"}),
    "red-metrics": ("rate-text", {"errors-text": PROSE, "duration-text": PROSE}),
}
# Words of our pages that tell what to do next.
TELLS = ("hand it in again", "load this page again", "press the button again", "Go back and")
TIMEOUT_S = 30.0
PRESS_AGAIN_AFTER_S = 1.0
_HIDDEN = re.compile(r'name="(key|version|revision|csrfmiddlewaretoken)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Receipt:
    """An acknowledged hand-in. mark: the word in its text that no other has."""

    number: str
    mark: str
    at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """What a student saw instead of the page. status 0: nobody answered.

    told: the page said what to do. gave_back: it held the text that was being handed in.
    """

    at: float
    status: int
    is_hand_in: bool
    told: bool = False
    gave_back: bool = False


@dataclass
class Book:
    """What the whole class saw. Written by many threads."""

    receipts: list[Receipt] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    refused: int = 0
    posted: set[str] = field(default_factory=set)
    changed_receipts: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def receipts_since(self, at: float) -> list[Receipt]:
        return [one for one in list(self.receipts) if one.at >= at]

    def failures_since(self, at: float) -> list[Failure]:
        return [one for one in list(self.failures) if one.at >= at]


class Student:
    """One browser, signed in. patience_s: how long she presses the same button again."""

    def __init__(self, number: int, *, session: str, address: str, book: Book) -> None:
        self._number = number
        self._host = address.removeprefix("http://")
        self._cookies = {"sessionid": session}
        self._book = book
        self._forms = 0
        self._chance = random.Random(number)

    def live(self, *, think_s: float, stop: threading.Event) -> None:
        """Work until told to stop: think, open, hand in, now and then twice or look at it."""
        while not stop.wait(self._chance.expovariate(1 / think_s)):
            exercise = self._chance.choice(tuple(ANSWERS))
            # Two windows of the same exercise: their second hand-in may meet the limit.
            forms = [self._open(exercise) for _ in range(1 + (exercise == "red-metrics"))]
            for form in filter(None, forms):
                self._hand_in(exercise, form, stop=stop)

    def _open(self, exercise: str) -> dict[str, str] | None:
        reply = self._ask("GET", f"{COURSE}/exercises/{exercise}/")
        if reply is None or "key" not in (form := _hidden(reply[1])):
            return None
        return form

    def _hand_in(self, exercise: str, form: dict[str, str], *, stop: threading.Event) -> None:
        self._forms += 1
        mark = f"mark-{self._number}-{self._forms}"
        name, others = ANSWERS[exercise]
        filled = {**form, **others, name: f"{PROSE} {mark}."}
        path = f"{COURSE}/exercises/{exercise}/hand-in/"
        self._book.posted.add(mark)
        while (reply := self._ask("POST", path, filled, mark=mark)) is None:
            # Even when the class is over: who pressed wants her receipt.
            if stop.wait(PRESS_AGAIN_AFTER_S):
                time.sleep(PRESS_AGAIN_AFTER_S)
                if self._ask("GET", "/healthz") is None:
                    return
        self._note(reply, mark)
        if self._chance.random() < 0.1 and reply[0] == http.client.FOUND:
            again = self._ask("POST", path, filled, mark=mark)
            if again and again[2] != reply[2]:
                self._book.changed_receipts.append(mark)
        if self._chance.random() < 0.3 and reply[0] == http.client.FOUND:
            self._ask("GET", reply[2])

    def _note(self, reply: tuple[int, str, str], mark: str) -> None:
        status, _body, location = reply
        if status == http.client.FOUND and "/submissions/" in location:
            number = location.rstrip("/").rsplit("/", 1)[-1]
            self._book.receipts.append(Receipt(number, mark, time.monotonic()))
        elif status in {409, 422, 429}:
            self._book.refused += 1
        else:
            self._book.broken.append(f"{status} {location}")

    def _ask(
        self, method: str, path: str, form: dict[str, str] | None = None, *, mark: str = ""
    ) -> tuple[int, str, str] | None:
        """Give (status, body, location), or None after noting a failure."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            reply = connection.getresponse()
            body = reply.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            self._book.failures.append(Failure(time.monotonic(), 0, is_hand_in=form is not None))
            return None
        finally:
            connection.close()
        for header in reply.headers.get_all("Set-Cookie") or ():
            name, _equals, rest = header.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        if reply.status >= http.client.INTERNAL_SERVER_ERROR:
            self._see_error_page(reply.status, body, mark)
            return None
        return reply.status, body, reply.headers.get("Location", "")

    def _see_error_page(self, status: int, body: str, mark: str) -> None:
        failure = Failure(
            time.monotonic(),
            status,
            is_hand_in=bool(mark),
            told=any(words in body for words in TELLS),
            gave_back=f"{mark}." in body,
        )
        self._book.failures.append(failure)


class ClassAtWork:
    """All students at once, each in a thread, from start() to stop()."""

    def __init__(self, sessions: list[str], *, address: str, rate_per_s: float) -> None:
        self.book = Book()
        self._stop = threading.Event()
        think_s = len(sessions) / rate_per_s
        students = [
            Student(number, session=session, address=address, book=self.book)
            for number, session in enumerate(sessions)
        ]
        self._threads = [
            threading.Thread(
                target=one.live, kwargs={"think_s": think_s, "stop": self._stop}, daemon=True
            )
            for one in students
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> int:
        """End the class; give how many students were still waiting for an answer."""
        self._stop.set()
        until = time.monotonic() + TIMEOUT_S + 5
        for thread in self._threads:
            thread.join(timeout=max(until - time.monotonic(), 0))
        return sum(thread.is_alive() for thread in self._threads)


def _hidden(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}
