"""How the tests of pages reach them and read what they say."""

import re
from html import unescape

from django.urls import reverse


def url(name, *things):
    """Give an address for a course, an exercise of one, or a submission."""
    return reverse(f"exercises:{name}", args=[arg for thing in things for arg in _args(thing)])


def _args(thing):
    if hasattr(thing, "receipt"):
        return [thing.work_item.exercise.course.slug, thing.receipt]
    if hasattr(thing, "current_version"):
        return [thing.course.slug, thing.slug]
    return [thing.slug]


def text_of(response):
    """Give what a page says: its body without tags, blanks folded."""
    body = response.content.decode()
    main = body[body.find("<main") :] if "<main" in body else body
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def form_of(response):
    """Give the hidden fields of the answer form."""
    pairs = re.findall(
        r'name="(key|version|revision|held)" value="([^"]*)"', response.content.decode()
    )
    return {name: unescape(value) for name, value in pairs}
