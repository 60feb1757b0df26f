"""Wall-clock times of a course's zone, and the instants they name."""

from datetime import UTC, datetime, tzinfo


def instant_of(wall: str, zone: tzinfo) -> datetime | None:
    """Give the UTC instant of a local time such as 2026-11-29T23:59, None for "".

    Raises ValueError with a sentence for an author: bad form, a time that daylight saving skips,
    or one that comes twice.
    """
    if not wall:
        return None
    try:
        naive = datetime.strptime(wall, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - a wall time has no zone yet
    except ValueError:
        raise ValueError(f"{wall!r} is no local time; write it as 2026-11-29T23:59") from None
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError(f"{wall} does not exist in {zone}: clocks skip it; choose an hour later")
    if first.utcoffset() != second.utcoffset():
        raise ValueError(f"{wall} comes twice in {zone} as clocks go back; choose an hour later")
    return instant
