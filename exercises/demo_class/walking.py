"""One student's walk: sign in, read, type, save, hand in, wait for the grade, try again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from exercises.demo_class.answers import filled
from exercises.demo_class.client import Browser, NoAnswer, Page

if TYPE_CHECKING:
    from random import Random

    from exercises.demo_class.forms import Form

_OK: Final = 200
_LOOKS_MAX: Final = 60
_PAUSE_AFTER_FAILURE_S: Final = 1.0


class Stopped(Exception):
    """The run is over: the student leaves where she is."""


class Lost(Exception):
    """The site gave a page that a student cannot go on from. status: the page's."""

    def __init__(self, where: str, status: int) -> None:
        super().__init__(f"{where}: {status}")
        self.status = status


class Clock(Protocol):
    """Time as the run gives it. Every call raises Stopped once the run is over."""

    def think(self, seconds: float) -> None: ...

    def take_turn(self) -> None:
        """Wait until one more hand-in is within the rate."""


@dataclass(slots=True)
class Student:
    """A demo student with her browser. receipts: what she handed in. seen: how many she saw end."""

    username: str
    password: str = field(repr=False)
    browser: Browser = field(repr=False)
    course: str
    chance: Random = field(repr=False)
    receipts: list[str] = field(default_factory=list)
    seen: int = 0


def walk(student: Student, clock: Clock, *, think_s: float, good: float = 0.5) -> None:
    """Live as one student until the run stops her; a failure costs her a pause, not the walk."""
    while True:
        try:
            sign_in(student)
            while True:
                visit(student, clock, think_s=think_s, good=good)
        except (NoAnswer, Lost):
            clock.think(_PAUSE_AFTER_FAILURE_S)


def sign_in(student: Student) -> None:
    """Sign in through the form. Raises Lost, NoAnswer."""
    page = student.browser.get("/sign-in/", step="sign-in page")
    form = next((form for form in page.content.forms if "password" in form.fields), None)
    if form is None:
        # Somebody who is signed in is led on from the sign-in page.
        if page.status == _OK and page.path != "/sign-in/":
            return
        raise Lost("sign-in page", page.status)
    fields = form.fields | {"name": [student.username], "password": [student.password]}
    done = student.browser.post("/sign-in/", fields, step="sign in")
    if done.status != _OK or done.path.startswith("/sign-in/"):
        raise Lost("sign in", done.status)


def visit(student: Student, clock: Clock, *, think_s: float, good: float = 0.5) -> None:
    """Read the course page and work on one exercise; when none is left, read on."""
    course = f"/courses/{student.course}/"
    page = _sound(student.browser.get(course, step="course"))
    clock.think(think_s)
    open_to_her = sorted(
        {link for link in page.content.links if link.startswith(f"{course}exercises/")}
    )
    student.chance.shuffle(open_to_her)
    for address in open_to_her:
        if work(student, clock, address, think_s=think_s, good=good):
            return
    _sound(student.browser.get(f"{course}grades/", step="grades"))
    clock.think(max(think_s, 1.0))


def work(
    student: Student, clock: Clock, address: str, *, think_s: float, good: float = 0.5
) -> bool:
    """Open an exercise, type, hand in and see it graded; False where no attempt is left."""
    page = _sound(student.browser.get(address, step="exercise"))
    form = page.form_to("/hand-in/")
    if form is None or "/reveal" in page.path:
        return False
    clock.think(think_s)
    fields = filled(form, by=student.chance, good=good)
    if student.chance.random() < _DRAFTS:
        fields = save_draft(student, address, fields)
        clock.think(think_s)
    clock.take_turn()
    receipt = hand_in(student, address, fields, good=good)
    if receipt:
        follow(student, clock, receipt)
    clock.think(think_s)
    return bool(receipt)


_DRAFTS: Final = 0.7


def save_draft(
    student: Student, address: str, fields: dict[str, list[str]]
) -> dict[str, list[str]]:
    """Save what is typed by the plain button; give the fields as the page has them next."""
    page = student.browser.post(f"{address}draft/", fields, step="draft")
    form = page.form_to("/hand-in/")
    if form is None:
        raise Lost("draft", page.status)
    marks = {name: form.fields[name] for name in _MARKS if name in form.fields}
    return fields | marks


_MARKS: Final = ("csrfmiddlewaretoken", "key", "version", "revision")


def hand_in(
    student: Student, address: str, fields: dict[str, list[str]], *, good: float = 0.5
) -> str:
    """Hand in; correct what the form refuses once, as a student would. Give the receipt's address.

    Gives "" where the site did not take it and said why.
    """
    done = student.browser.post_only(f"{address}hand-in/", fields, step="hand in")
    if done.status == _REFUSED:
        form = done.form_to("/hand-in/")
        if form is None:
            raise Lost("hand in", done.status)
        again = _corrected(form, student, good)
        done = student.browser.post_only(f"{address}hand-in/", again, step="hand in")
    if done.status == _TO_RECEIPT and "/submissions/" in done.path:
        student.receipts.append(done.path)
        return done.path
    if done.status in _SAID_WHY:
        return ""
    raise Lost("hand in", done.status)


_REFUSED: Final = 422
_TO_RECEIPT: Final = 302
_SAID_WHY: Final = frozenset({409, 422, 429})


def _corrected(form: Form, student: Student, good: float) -> dict[str, list[str]]:
    return filled(form, by=student.chance, good=good, only_taken=True)


def follow(student: Student, clock: Clock, receipt: str) -> bool:
    """Look at the receipt as its page does until nothing moves; say whether it came to an end."""
    page = _sound(student.browser.get(receipt, step="receipt"))
    for _look in range(_LOOKS_MAX):
        if not page.content.look_at:
            student.seen += 1
            return True
        clock.think(page.content.look_after_s)
        page = _sound(student.browser.get(page.content.look_at, step="state"))
    return False


def _sound(page: Page) -> Page:
    if page.status != _OK or page.path.startswith("/sign-in/"):
        raise Lost(page.path, page.status)
    return page
