"""Switching one of our own loggers to DEBUG for a while, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from lms.observatory.models import LevelSwitch
from lms.telemetry.levels import level_of_settings
from lms.telemetry.logs import get_logger
from lms.telemetry.own_loggers import own_loggers

if TYPE_CHECKING:
    from datetime import datetime

    from lms.accounts.models import User

log = get_logger(__name__)


class NotOffered(Exception):
    """A logger that is not ours, or whose every line is written already."""


def offered() -> list[str]:
    """Give the names of our loggers that would say more at DEBUG than they do by the settings."""
    level = level_of_settings()
    return [name for name, lowest in own_loggers().items() if lowest < level]


def standing() -> list[LevelSwitch]:
    """Give the switches that hold now, by logger."""
    return LevelSwitch.objects.standing(timezone.now())


def ends() -> dict[str, datetime]:
    """Give until when each switched logger stands at DEBUG: what settings.LOG_LEVELS_SOURCE asks.

    A function of the rows alone, so a process that starts again within the hour follows too.
    """
    return {turn.logger: turn.until for turn in standing() if turn.until}


@transaction.atomic
def switch(*, logger: str, minutes: int, reason: str, by: User) -> LevelSwitch:
    """Set a logger to DEBUG from now on for some minutes, in place of whatever held for it.

    Raises NotOffered.
    """
    if logger not in offered():
        raise NotOffered(logger)
    turn = LevelSwitch.objects.create(
        logger=logger, minutes=minutes, reason=reason, switched_at=timezone.now(), switched_by=by
    )
    _tell_after_commit("log_level.switched", turn)
    return turn


@transaction.atomic
def restore(*, logger: str, by: User) -> bool:
    """Set a logger back before its time; False when nothing held for it any more."""
    at = timezone.now()
    if not any(turn.logger == logger for turn in LevelSwitch.objects.standing(at)):
        return False
    turn = LevelSwitch.objects.create(logger=logger, switched_at=at, switched_by=by)
    _tell_after_commit("log_level.restored", turn)
    return True


def _tell_after_commit(event: str, turn: LevelSwitch) -> None:
    def tell() -> None:
        who = turn.switched_by.pseudonym if turn.switched_by else None
        # A warning: whether it is written should not hang on the level that it is about.
        log.warning(event, module=turn.logger, minutes=turn.minutes, person=who)

    transaction.on_commit(tell)
