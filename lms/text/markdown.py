"""An author's Markdown as safe HTML.

Two walls: the parser passes no HTML through, and what it makes is cleaned against a list of what is
allowed. The second holds when a plug-in or a fault breaks the first.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

# The page has h1, a part h2: an author's first heading is h3.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6

_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"class", "tabindex"},
    "ol": {"start"},
    "pre": {"class", "tabindex"},
    "table": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_CLASSES = {"center", "code", "right", "scroll", "tbl"}

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


# Parsing took a tenth of each page's time, always of the same few texts.
@lru_cache(maxsize=1024)
def to_html(text: str) -> SafeString:
    """Give the HTML of a Markdown text. HTML in the text is shown as text, an image as a link."""
    tokens = list(_ours(_PARSER.parse(text)))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return mark_safe(_CLEANER.clean(html))  # noqa: S308 - nh3 has just cleaned it


def _ours(tokens: list[Token]) -> Iterator[Token]:
    """Turn the parser's tokens into those of our pages."""
    for token in tokens:
        if token.type.startswith("heading_"):
            level = int(token.tag[1:]) + _HEADING_SHIFT
            token.tag = f"h{min(level, _LOWEST_HEADING)}"
        elif token.type in {"th_open", "td_open"}:
            _align(token)
        elif token.type == "inline":
            token.children = list(_without_images(token.children or []))
        elif token.type in {"fence", "code_block"}:
            # the keyboard reaches what may scroll sideways
            yield _html(
                f'<pre class="code" tabindex="0"><code>{escape(token.content)}</code></pre>'
            )
            continue
        elif token.type == "table_open":
            yield _html('<div class="scroll" tabindex="0">')
            token.attrs["class"] = "tbl"
        yield token
        if token.type == "table_close":
            yield _html("</div>")


def _without_images(tokens: list[Token]) -> Iterator[Token]:
    """Give a link for each image: a foreign server would see who reads the page."""
    for token in tokens:
        if token.type != "image":
            yield token
            continue
        source = str(token.attrs["src"])
        yield Token("link_open", "a", 1, attrs={"href": source})
        yield Token("text", "", 0, content=token.content or source)
        yield Token("link_close", "a", -1)


def _align(token: Token) -> None:
    """Turn the parser's style attribute, which our policy forbids, into a class."""
    side = str(token.attrs.pop("style", "")).removeprefix("text-align:")
    if side in _CLASSES:
        token.attrs["class"] = side


def _html(html: str) -> Token:
    return Token("html_block", "", 0, content=html + "\n")


def _attribute(_tag: str, attribute: str, value: str) -> str | None:
    """Keep only classes of ours."""
    return None if attribute == "class" and value not in _CLASSES else value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    link_rel="noopener noreferrer",
    url_schemes={"http", "https", "mailto"},
)
