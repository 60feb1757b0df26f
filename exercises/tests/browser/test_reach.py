"""Forced colours, less motion: what a person's own settings do to the pages."""

import pytest

from exercises.tests.browser.looking import SCREENS
from exercises.tests.browser.states import UNSURE, Scene

# The computed colours that tell one thing from another where the system sets the palette.
_LOOKS = """([selector, names]) => {
  const style = getComputedStyle(document.querySelector(selector));
  return names.map((name) => style[name]).join(" ");
}"""
_DOT = "step => getComputedStyle(document.querySelector(step), '::after').backgroundColor"
_MOVING = """() => [...document.querySelectorAll("*")].filter((e) => {
  const style = getComputedStyle(e);
  const longest = (value) => Math.max(...value.split(",").map(parseFloat));
  return longest(style.transitionDuration) > 0 ||
    (style.animationName !== "none" && longest(style.animationDuration) > 0);
}).map((e) => `${e.tagName} .${e.className.baseVal ?? e.className}`)"""


@pytest.fixture
def scene(site, quiet):
    student = site.person("mara")
    site.let_in(quiet.context, student.user)
    return Scene(site=site, page=quiet, who=student, student=student)


@pytest.fixture
def forced(scene):
    """Open a page in forced colours, light and dark; give its computed looks by selector."""

    def _open(path, name):
        scene.open(path)
        for theme in ("light", "dark"):
            scene.page.emulate_media(forced_colors="active", color_scheme=theme)
            if SCREENS:
                picture = f"{SCREENS}/forced.{name}.{theme}.png"
                scene.page.screenshot(path=picture, full_page=True)
        return lambda selector, *names: scene.page.evaluate(_LOOKS, [selector, list(names)])

    return _open


def test_bars_of_the_waterfall_and_the_chosen_span_are_told_apart_in_forced_colours(scene, forced):
    looks = forced(scene.url("exercise", "trace-interpreter"), "span")
    scene.page.get_by_role("radio").first.check()

    fills = [looks(f".waterfall {row} .br", "fill", "strokeDasharray")
             for row in (".sp.err", ".sp.ghost", ".sp:not(.err):not(.ghost)")]  # fmt: skip
    rows = [looks(f".waterfall {row}", "outlineStyle") for row in (".sp:has(:checked)", ".ghost")]

    assert len(set(fills)) == 3
    assert rows == ["solid", "none"]


def test_the_chosen_card_is_told_apart_in_forced_colours(scene, forced):
    looks = forced(scene.url("exercise", "log-levels"), "choice")
    scene.page.get_by_label("DEBUG").check()

    chosen, other = (looks(f".pick label{which}", "outlineStyle", "outlineWidth")
                     for which in (":has(:checked)", ":not(:has(:checked))"))  # fmt: skip

    assert chosen == "solid 2px"
    assert chosen != other


def test_states_steps_and_marks_are_told_apart_in_forced_colours(scene, forced):
    submission = scene.graded(scene.exercise("revealed"))
    looks = forced(scene.url("submission", submission.receipt), "result")
    scene.page.get_by_label("Yes", exact=True).first.check(force=True)
    chosen, other = (looks(f".seg label{which}", "backgroundColor", "color")
                     for which in (":has(:checked)", ":not(:has(:checked))"))  # fmt: skip
    pill = looks(".state", "borderTopStyle")
    done = scene.page.evaluate(_DOT, ".steps .done")
    waiting = scene.with_job("queued")
    forced(waiting, "queued")
    later = scene.page.evaluate(_DOT, ".steps li:last-child")

    assert chosen != other
    assert pill == "solid"
    assert done != later


def test_progress_pressed_and_current_are_told_apart_in_forced_colours(scene, forced):
    scene.graded(scene.site.course.exercises.get(slug="log-levels"))
    looks = forced(scene.url("course"), "course")
    earned, room = looks(".prog .earned", "fill"), looks(".prog .room", "fill")
    current, other = (looks(f".nav a{which}", "textDecorationLine", "borderBottomStyle", "outline")
                      for which in ("[aria-current]", ":not([aria-current])"))  # fmt: skip
    forced("/account/", "account")
    pressed, loose = (looks(f".btn{which}", "borderTopColor", "borderTopWidth", "backgroundColor")
                      for which in ("[aria-pressed]", ":not([aria-pressed])"))  # fmt: skip

    assert earned != room
    assert current != other
    assert pressed != loose


def test_nothing_moves_for_those_who_asked_for_less_motion(scene):
    scene.page.emulate_media(reduced_motion="reduce")
    submission = scene.graded(scene.exercise("doubtful"), UNSURE)

    for path in (
        "/sign-in/", scene.url("course"), scene.url("exercise", "trace-interpreter"),
        scene.url("submission", submission.receipt), scene.with_job("queued"), "/account/",
    ):  # fmt: skip
        scene.open(path)
        assert scene.page.evaluate(_MOVING) == [], path
        assert scene.page.evaluate("document.getAnimations().length") == 0


def test_motion_is_there_for_the_others(scene):
    scene.page.emulate_media(reduced_motion="no-preference")
    scene.open(scene.url("course"))

    assert scene.page.evaluate(_MOVING) != []
