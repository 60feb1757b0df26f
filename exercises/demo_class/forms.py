"""What a browser reads from a page: its forms, its links, and when to look again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_DELAY = re.compile(r"delay:(\d+)s")


@dataclass(slots=True)
class Form:
    """A form as it would be posted. options: what each group of buttons offers, by field name."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    posts_to: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """What one page offers. look_at: where the page asks next by itself, "" for never."""

    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    look_at: str = ""
    look_after_s: float = 0.0


def read(html: str) -> Content:
    """Read a page."""
    parser = _Reader()
    parser.feed(html)
    parser.close()
    return parser.content


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.content = Content()
        self._form: Form | None = None
        self._text_name = ""
        self._is_off = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "hx-get" in given:
            self.content.look_at = given["hx-get"]
            delay = _DELAY.search(given.get("hx-trigger", ""))
            self.content.look_after_s = float(delay[1]) if delay else 1.0
        if tag == "a" and "href" in given:
            self.content.links.append(given["href"])
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.content.forms.append(self._form)
        elif tag == "fieldset":
            self._is_off = self._is_off or "disabled" in given
        elif self._form is not None and not self._is_off:
            self._read_field(self._form, tag, given)

    def handle_data(self, data: str) -> None:
        if self._text_name and self._form is not None:
            self._form.fields[self._text_name][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._close_text()
        elif tag == "fieldset":
            self._is_off = False

    def _read_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "button" and "disabled" not in given:
            form.posts_to.append(given.get("formaction", form.action))
        elif tag == "textarea" and name:
            form.texts.append(name)
            form.fields[name] = [""]
            self._text_name = name
        elif tag == "input" and kind in {"radio", "checkbox"} and name:
            form.options.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and name:
            form.fields[name] = [given.get("value", "")]

    def _close_text(self) -> None:
        # HTML drops the one line break that may follow the tag.
        if self._text_name and self._form is not None:
            text = self._form.fields[self._text_name][0]
            self._form.fields[self._text_name] = [text.removeprefix("\n")]
        self._text_name = ""
