"""The question kinds that this site knows, as settings.QUESTION_KINDS lists them."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from exercises.contract import Kind


class UnknownKind(LookupError):
    """No kind of that slug is in settings.QUESTION_KINDS."""


@cache
def kinds() -> dict[str, Kind[Any]]:
    """Give each kind by its slug."""
    found: dict[str, Kind[Any]] = {}
    for path in settings.QUESTION_KINDS:
        kind = import_string(path)()
        if kind.slug in found:
            raise ImproperlyConfigured(f"QUESTION_KINDS names the kind {kind.slug!r} twice")
        found[kind.slug] = kind
    return found


def kind_for(slug: str) -> Kind[Any]:
    """Give the kind of that slug. Raises UnknownKind with the known slugs in the message."""
    try:
        return kinds()[slug]
    except KeyError:
        known = ", ".join(sorted(kinds()))
        raise UnknownKind(f"kind {slug!r} is not known; choose one of: {known}") from None
