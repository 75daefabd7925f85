"""DICOM dates and times to naive local `datetime`; None where they are absent or impossible."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from osteon.io.dicom_header import Header

_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
_CLOCK = re.compile(r"(\d{2}):?(?:(\d{2}):?(?:(\d{2})(\.\d{1,6})?)?)?")
_WHOLE = re.compile(r"(\d{8})(\d{2}[\d.]*)([+-]\d{4})?")


def moment(header: Header, date_keyword: str, time_keyword: str) -> datetime | None:
    """Return the moment that a pair of date and time elements states."""
    return _join(header.text(date_keyword) or "", header.text(time_keyword) or "")


def time_of_day(text: str, *, header: Header) -> datetime | timedelta | None:
    """Return a DT value as a `datetime`, a TM value as the `timedelta` since midnight; None for others.

    A DT's own offset from UTC is turned to the header's TimezoneOffsetFromUTC where that is stated.
    """
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        return _clock(text)
    found = _join(whole[1], whole[2])
    local = header.text("TimezoneOffsetFromUTC")
    if found and whole[3] and local and re.fullmatch(r"[+-]\d{4}", local):
        return found - _offset(whole[3]) + _offset(local)
    return found


def _offset(text: str) -> timedelta:
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def _join(date: str, clock: str) -> datetime | None:
    day, since = _DATE.fullmatch(date), _clock(clock)
    if day is None or since is None:
        return None
    try:
        return datetime(int(day[1]), int(day[2]), int(day[3])) + since
    except (ValueError, OverflowError):
        return None


def _clock(text: str) -> timedelta | None:
    parts = _CLOCK.fullmatch(text)
    if parts is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in parts.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds + float(parts[4] or 0))
