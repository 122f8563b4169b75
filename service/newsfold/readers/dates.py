"""Dates as feeds and pages write them -> moments in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MILLISECONDS_FROM = 100_000_000_000
"""A number from here on is milliseconds: as seconds it would be the year 5138."""


def moment(value: str | float) -> datetime:
    """ISO 8601, RFC 2822, or seconds or milliseconds since 1970; without a zone it is UTC.

    Raises ValueError with a text that says what was expected.
    """
    try:
        found = _from_number(value) if isinstance(value, (int, float)) else _from_text(value)
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError, OSError, IndexError, TypeError) as error:
        raise ValueError(
            f"{str(value)[:40]!r} is not a date; expected ISO 8601 (2026-03-10T07:40:00Z),"
            " RFC 2822 or seconds since 1970"
        ) from error


def _from_number(value: float) -> datetime:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
    return datetime.fromtimestamp(seconds, UTC)


def _from_text(value: str) -> datetime:
    text = value.strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
