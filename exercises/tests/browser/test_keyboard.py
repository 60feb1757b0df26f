"""The whole loop by keyboard alone; at every stop the focus is seen, in order and under no bar."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from exercises.models import Grade, SelfMark, Submission
from exercises.tests.browser.conftest import PASSWORD
from exercises.tests.browser.states import UNSURE

# What has the focus now: its name, where it stands, how it shows, and what covers it.
_STOP = """() => {
  const e = document.activeElement;
  if (e === document.body || e === document.documentElement) return null;
  const seen = e.matches("[type=radio], [type=checkbox]") ? e.closest("label") ?? e : e;
  const rings = [e, seen].map((x) => getComputedStyle(x));
  const ring = rings.some((s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2));
  const box = seen.getBoundingClientRect();
  const corners = [[box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2]];
  const covered = corners.some(([x, y]) => {
    const bar = document.elementFromPoint(x, y)?.closest(".top, .pulse");
    return bar && !bar.contains(e);
  });
  const label = e.labels?.[0]?.innerText;
  const name = (label || e.getAttribute("aria-label") || e.innerText || e.name || "").trim();
  return {
    name, ring, covered, radio: e.type === "radio",
    y: Math.round(box.top + scrollY), inBar: !!e.closest(".top, .skip, .pulse"),
    isOn: box.bottom > 0 && box.top < innerHeight && box.width > 0,
  };
}"""


class Walker:
    """Presses Tab and looks at each stop."""

    def __init__(self, page):
        self.page, self.wrong, self.count = page, [], 0

    def to(self, name, most=80):
        """Go on until the thing of that name has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            stop = self._look()
            if stop and re.search(name, stop["name"]):
                return
        pytest.fail(f"Tab never reached {name} on {self.page.url}")

    def press(self, name, key="Enter"):
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def through(self, most=150):
        """Walk the page from its top to its end and give where the stops stand."""
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        stops = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            stop = self._look()
            if stop is None or stops[:1] == [stop]:
                return stops
            stops.append(stop)
        pytest.fail(f"Tab found no end on {self.page.url}")

    def _look(self):
        stop = self.page.evaluate(_STOP)
        if stop is None:
            return None
        self.count += 1
        for sign, sentence in (("ring", "has no ring"), ("isOn", "is off the screen")):
            if not stop[sign]:
                self.wrong.append(f"{stop['name']!r} {sentence} on {self.page.url}")
        if stop["covered"]:
            self.wrong.append(f"{stop['name']!r} is under a bar on {self.page.url}")
        return stop


def test_the_whole_loop_by_keyboard(site, quiet):
    site.person("mara")
    site.person("ines", role="instructor")
    page, walk = quiet, Walker(quiet)
    page.set_viewport_size({"width": 1280, "height": 620})

    _sign_in(site, walk, "mara")
    walk.press("^The log level strategy$")
    walk.to("DEBUG")
    page.keyboard.press("Space")
    walk.to("Your answer")
    page.keyboard.type(UNSURE)
    walk.press("^Save draft$")
    walk.press("^Hand in attempt")
    site.grade_all()
    page.reload()
    expect(page.locator("main")).to_contain_text("Provisional")
    walk.to("^Show the discussion$")
    page.keyboard.press("Enter")
    walk.press("^Show it and end my attempts$")
    walk.to("^Yes$")
    page.keyboard.press("Space")
    walk.press("^Save my marks$")
    expect(page.get_by_text("Your marks are saved")).to_be_visible()
    _sign_out(walk, "mara")

    _sign_in(site, walk, "ines")
    walk.press("^Review$")
    walk.press("^Heron")
    for _ in range(2):
        walk.to("^None")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
    walk.to("Feedback to the student")
    page.keyboard.type("Name the disk next time.")
    walk.press("^Save")
    _sign_out(walk, "ines")

    assert walk.wrong == []
    assert Submission.objects.get().answers["level"] == {"chosen": ["debug"]}
    assert SelfMark.objects.exists()
    assert Grade.objects.heads().get().source == "human"


def test_a_span_is_chosen_with_the_arrow_keys(site, quiet):
    page, walk = quiet, Walker(quiet)
    site.let_in(page.context, site.person("mara").user)
    page.goto(site.url("exercise", "trace-interpreter"))

    walk.to("GET /stream")
    page.keyboard.press("ArrowDown")

    assert walk.wrong == []
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)


def test_the_order_of_the_stops_follows_the_page_and_never_ends_in_a_trap(site, quiet):
    page, walk = quiet, Walker(quiet)
    page.set_viewport_size({"width": 1280, "height": 620})
    who = site.person("ines", role="instructor")
    site.let_in(page.context, who.user)

    for address in (
        site.url("course"), site.url("exercise", "red-metrics"), site.url("grades"),
        site.url("people"), site.url("person", who.pk), site.base + "/account/",
    ):  # fmt: skip
        page.goto(address)
        stops = [stop for stop in walk.through() if not stop["inBar"]]
        assert stops, address
        back = [b["name"] for a, b in itertools.pairwise(stops) if _goes_back(a, b, page)]
        assert len(back) <= 1, (address, back)  # once, from the text to the column beside it

    assert walk.wrong == []


def _goes_back(a, b, page):
    return b["y"] < a["y"] - 40


def _sign_in(site, walk, username):
    walk.page.goto(site.base + "/")
    for name, text in (("User name", username), ("Password", PASSWORD)):
        walk.to(name)
        walk.page.keyboard.type(text)
    with walk.page.expect_navigation():
        walk.page.keyboard.press("Enter")
    walk.page.wait_for_url(re.compile("/courses/"))


def _sign_out(walk, username):
    walk.page.reload()
    walk.to(f"Account of {username}")
    walk.page.keyboard.press("Enter")
    walk.press("^Sign out$")
    walk.page.wait_for_url(re.compile("sign-in"))
