"""What people are called on the pages that may say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext as _

from exercises.naming import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lms.accounts.models import User

register = template.Library()


@register.filter
def person_name(person: User | None) -> str:
    """Name a member of staff to her colleagues. Never for a student."""
    return name_of(person) if person else _("somebody who has left")


@register.filter
def of(names: Mapping[int, str], enrolment_id: int) -> str:
    """Give one of the names that an instructor has revealed, "" for none."""
    return names.get(enrolment_id, "")
