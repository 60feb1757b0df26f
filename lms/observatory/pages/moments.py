"""Instants as people read them: in their own zone, and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from django.utils.formats import date_format

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_NS: Final = 2**63 - 1
"""The last nanosecond that a store can hold."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, to the millisecond. zone: of the person who reads."""

    time_ns: int
    zone: tzinfo

    @property
    def _local(self) -> datetime:
        return at(self.time_ns).astimezone(self.zone)

    @property
    def time(self) -> str:
        """The time of day: 21:29:04.118."""
        return _milliseconds(self._local)

    @property
    def date(self) -> str:
        return date_format(self._local, "j M Y")

    @property
    def day(self) -> str:
        """The date without the year."""
        return date_format(self._local, "j M")

    @property
    def utc(self) -> str:
        return _milliseconds(at(self.time_ns))

    @property
    def is_utc(self) -> bool:
        return self._local.utcoffset() == timedelta(0)

    @property
    def iso(self) -> str:
        return iso_of(self.time_ns)

    @property
    def zone_name(self) -> str:
        return str(self.zone)


def at(time_ns: int) -> datetime:
    """Give the instant to the microsecond, rounded down."""
    return _EPOCH + timedelta(microseconds=time_ns // 1000)


def ns_of(moment: datetime) -> int:
    """Give Unix nanoseconds, at least 0 and at most what a store can hold."""
    passed = moment - _EPOCH
    return min(LAST_NS, max(0, passed // timedelta(microseconds=1) * 1000))


def iso_of(time_ns: int) -> str:
    """Write an instant for an address, rounded up to the microsecond: 2026-11-25T14:03:11.250Z."""
    written = at(time_ns + 999).isoformat().removesuffix("+00:00")
    return f"{written}Z"


def _milliseconds(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
