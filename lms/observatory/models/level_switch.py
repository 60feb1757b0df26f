"""The operator's turns of our own loggers' levels."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

# What an operator may choose; the longest is the longest that the database holds.
MINUTES = (5, 15, 30, 60)
LONGEST = timedelta(minutes=max(MINUTES))
REASON_LENGTH = 200


def _begins_with(package: str) -> Q:
    # Not by startswith: Django's introspection of SQLite fails on the ESCAPE of its LIKE.
    return Q(Exact(StrIndex("logger", Value(package)), 1))


class LevelSwitchQuerySet(models.QuerySet["LevelSwitch"]):
    """Turns, and those that count at a moment."""

    def standing(self, at: datetime) -> list[LevelSwitch]:
        """Give the switches that hold at that moment, one per logger, by name. One query.

        A logger's last turn counts: a later switch replaces an earlier one, also by a sooner end.
        """
        recent = self.filter(switched_at__gt=at - LONGEST).order_by("pk")
        last = {turn.logger: turn for turn in recent.select_related("switched_by")}
        return [turn for _logger, turn in sorted(last.items()) if turn.until and at < turn.until]


class LevelSwitch(models.Model):
    """One turn: a logger to DEBUG for some minutes, or back before its time. Append-only.

    minutes: null where the logger goes back to the level of the settings. reason: the operator's
    words; they stay here and reach no log line.
    """

    logger = models.CharField(max_length=100)
    minutes = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    switched_at = models.DateTimeField(db_index=True)
    switched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = LevelSwitchQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("log level")
        verbose_name_plural = _("log levels")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__in=MINUTES),
                name="level_switch_an_hour_at_most",
            ),
            models.CheckConstraint(
                condition=_begins_with("lms.") | _begins_with("exercises."),
                name="level_switch_own_loggers",
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | ~Q(reason=""),
                name="level_switch_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.logger} for {self.minutes} min" if self.minutes else f"{self.logger} back"

    @property
    def until(self) -> datetime | None:
        """The end of its time, None for a turn back."""
        return self.switched_at + timedelta(minutes=self.minutes) if self.minutes else None
