"""Icons, points and Markdown for the pages of a course."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html

from lms.text.markdown import to_html

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw an outline of static/img/icons.svg; size "s" for the small one. Never says anything."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        size, static("img/icons.svg"), name,
    )  # fmt: skip


@register.filter
def points(value: Decimal | str | None) -> str:
    """Write points without idle zeros: 3, 2.5, 0.33; a dash for None."""
    if value is None:
        return "\N{EN DASH}"
    whole = format(Decimal(value).quantize(Decimal("0.01")).normalize(), "f")
    return number_format(Decimal(whole))


@register.filter
def percent(value: Decimal) -> str:
    """Write a fraction of 1 as whole percent: 50 %."""
    return f"{round(value * 100)}\N{NO-BREAK SPACE}%"


@register.filter
def markdown(text: str) -> SafeString:
    """Draw an author's Markdown. Never for what a student wrote."""
    return to_html(text)
