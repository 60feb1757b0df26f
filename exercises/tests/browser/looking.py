"""What is looked at on every page: axe's rules, words that hold together, and room for the text."""

import json
import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {
    "runOnly": {"type": "tag", "values": LEVELS},
    "resultTypes": ["violations"],
    "preload": False,
}
# A theme changes colours and nothing else, so the second theme of a width needs these alone.
COLOUR_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
    "preload": False,
}
WAYS = [
    ("light", 1280, ALL_RULES),
    ("dark", 1280, COLOUR_RULES),
    ("dark", 320, ALL_RULES),
    ("light", 320, COLOUR_RULES),
]
# Folders with a picture of each state come only when somebody asks: SCREENS=folder pytest ...
SCREENS = os.environ.get("SCREENS", "")

# Gives what axe does not see: words that point at nothing, live regions inside live regions,
# two main buttons, a wrong field without its sentence.
_WORDS = """() => {
  const wrong = [];
  for (const attribute of ["aria-describedby", "aria-labelledby", "for"])
    for (const element of document.querySelectorAll(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(/\\s+/))
        if (id && !document.getElementById(id) && id !== "id_password_helptext") // Django's own
          wrong.push(`${attribute} names no element: ${id}`);
  for (const field of document.querySelectorAll("[aria-invalid=true]"))
    if (!field.closest("[aria-describedby]")) wrong.push(`no sentence for ${field.name}`);
  const live = "[role=status],[role=alert],[aria-live]";
  for (const region of document.querySelectorAll(live))
    if (region.parentElement.closest(live)) wrong.push(`live in live: ${region.className}`);
  return wrong;
}"""

# Gives what is cut off: text that its own box hides, and bars whose contents stick out of them.
_CUT = """() => {
  const wrong = [];
  const name = (e) => `${e.tagName} .${e.className.baseVal ?? e.className}`;
  const hidden = ".vh, .skip, .mark, svg, svg *, input, select, .trunc, .crumb, template";
  for (const e of document.querySelectorAll("body *")) {
    if (e.matches(hidden) || e.closest(".vh, .visually-hidden") || !e.offsetParent) continue;
    const style = getComputedStyle(e);
    if (style.visibility === "hidden" || style.clipPath !== "none") continue;
    if (!e.innerText?.trim()) continue;
    const x = /hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 2;
    const y = /hidden|clip/.test(style.overflowY) && e.scrollHeight > e.clientHeight + 2;
    if (x || y) wrong.push(`${x ? "wide" : "high"} text cut in ${name(e)}`);
  }
  for (const bar of document.querySelectorAll(".top, .pulse, .btn, .pulse-row")) {
    const box = bar.getBoundingClientRect();
    for (const e of bar.querySelectorAll("a, span, button, b")) {
      const inner = e.getBoundingClientRect();
      if (!inner.width || e.closest(".vh, .menu-body, .pulse .open")) continue;
      if (inner.bottom > box.bottom + 2 || inner.top < box.top - 2 || inner.right > innerWidth + 1)
        wrong.push(`${name(e)} sticks out of ${name(bar)}`);
    }
  }
  return [...new Set(wrong)];
}"""


def wrongs_of(page, name):
    """Give what is wrong with the page as it stands, in every theme, width and text size."""
    page.evaluate(Axe().axe_script)
    found = [f"{name}: {each}" for each in page.evaluate(_WORDS)]
    for theme, width, rules in WAYS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{name} {theme} {width}: {each}" for each in _axe(page, rules) + _sideways(page)]
        _picture(page, f"{name}.{theme}.{width}")
    found += _enlarged(page, name)
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def _axe(page, rules):
    result = page.evaluate(f"axe.run({json.dumps(rules)})")["violations"]
    return [f"{each['id']} {_where(each)}" for each in result]


def _where(violation):
    return " | ".join(re.sub(r"\s+", " ", node["html"])[:140] for node in violation["nodes"][:4])


def _sideways(page):
    wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{wide} px wide"] if wide > width else []


def _enlarged(page, name):
    """Look at the text at twice its size, and at the page zoomed to twice its size (640 px)."""
    found = []
    for width, text in ((640, "100%"), (640, "200%"), (1280, "200%")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
        wrong = _sideways(page) + page.evaluate(_CUT)
        found += [f"{name} {width} text {text}: {each}" for each in wrong]
        if text == "200%":
            _picture(page, f"{name}.text200.{width}")
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def _picture(page, name):
    if SCREENS:
        page.screenshot(path=Path(SCREENS, f"{name}.png"), full_page=True)
