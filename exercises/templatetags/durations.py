"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from datetime import datetime

register = template.Library()


@register.filter
def duration(length: timedelta) -> str:
    """Write a duration as days and hours: "2 days 3 hours"; "none" for zero."""
    hours = length.seconds // 3600
    words = []
    if length.days:
        words.append(ngettext("%(n)s day", "%(n)s days", length.days) % {"n": length.days})
    if hours:
        words.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if not words:
        return _("under an hour") if length else _("none")
    return " ".join(words)


@register.filter
def waited(since: datetime) -> str:
    """Write how long ago an instant was; never "0 minutes"."""
    now = timezone.now()
    if now - since < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(since, now)


@register.filter
def lasting(length: timedelta) -> str:
    """Write a length of time in its two largest units: "2 days, 3 hours", "4 minutes"."""
    now = timezone.now()
    return waited(now - length) if length < timedelta(minutes=1) else timesince(now - length, now)
