"""Written times → Time: what instant is meant, how it was written, how finely.

Every kind of the format catalogue: epoch numbers (unit by magnitude), RFC 3339 and its cousins, asctime, CLF, times
without year or date, locale dates. Nothing raises: what cannot be read is UNREADABLE and has no instant.
Instants are ns since 1970-01-01 UTC; an out-of-range one is None, so every `ns` fits an int64.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from logview.record import Time, TimeKind

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
_HALF_YEAR = 183 * DAY

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES = {
    "Z": 0, "z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "JST": 9, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
}  # fmt: skip
"""What `%Z` writes → hours east of UTC: the names of RFC 2822, Europe and Japan. Names that several zones share mean
the one of RFC 2822; others are left unread."""
_NAMED = "UTC|GMT|WEST|WET|BST|CEST|CET|EEST|EET|MSK|JST|EDT|EST|CDT|CST|MDT|MST|PDT|PST"

# Smallest and largest plausible instants: 1973-03-03 (so that each unit has its own band of magnitudes) and 2100.
_MIN_S, _MAX_S = 100_000_000, 4_102_444_800
EPOCH_MS_RANGE = _MIN_S * 1000, _MAX_S * 1000
"""Numbers from the first to below the second are milliseconds."""
_UNITS = (
    (TimeKind.EPOCH_S, 1, SECOND),
    (TimeKind.EPOCH_MS, 10**3, 10**6),
    (TimeKind.EPOCH_US, 10**6, 10**3),
    (TimeKind.EPOCH_NS, 10**9, 1),
)

_CLOCK = (
    r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:[.,:](?P<fraction>\d{1,9})(?:[.,]\d{3})?)?"
)
_MINUTE = r"(?P<hours>[01]\d|2[0-3]):(?P<minutes>[0-5]\d)"
_ZONE = rf"(?P<zone>[Zz]|[+-]\d\d(?!\d|:)| ?(?:(?:UTC|GMT)[+-]\d\d:?\d\d|[+-]\d\d:?\d\d|{_NAMED}))"
_HALF = r"(?:[ \u202f](?P<half>[AaPp]\.?[Mm]\.?))?"
_MONTH = r"(?P<month_name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? "

_FORMS: tuple[tuple[str, str], ...] = (
    ("iso", rf"(?:{_WEEKDAY})?(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)(?:[T_ -]| - | at |, )"
            rf"{_CLOCK}{_HALF}{_ZONE}?"),
    ("minute", r"(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
               rf"{_ZONE}?"),
    ("month-day", rf"(?P<month>\d\d)-(?P<day>\d\d) (?:{_CLOCK}|{_MINUTE})"),
    ("short-year", rf"(?P<short>\d\d)-(?P<month>\d\d)-(?P<day>\d\d) {_CLOCK}"),
    ("day-month", rf"(?P<day>\d\d?)-{_MONTH}-(?P<year>\d{{4}}) {_CLOCK}{_ZONE}?"),
    ("compact", rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d) {_CLOCK}"),
    ("basic", r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)"
              rf"(?P<second>[0-5]\d|60)(?:[.,](?P<fraction>\d{{1,9}}))?{_ZONE}?"),
    ("clf", rf"(?P<day>\d\d?)/{_MONTH}/(?P<year>\d{{4}})[: ]{_CLOCK}(?P<zone> ?[+-]\d{{4}})?"),
    ("rfc2822", rf"(?:{_WEEKDAY})?(?P<day>\d\d?) {_MONTH} (?P<year>\d{{4}}) {_CLOCK}{_ZONE}?"),
    ("ctime", rf"(?:{_WEEKDAY}){_MONTH} +(?P<day>\d\d?) {_CLOCK} (?P<year>\d{{4}})"),
    ("date-string", rf"(?:{_WEEKDAY}){_MONTH} (?P<day>\d\d) (?P<year>\d{{4}}) {_CLOCK}{_ZONE}?(?: \([^)]*\))?"),
    ("us-date", rf"(?:{_WEEKDAY})?{_MONTH} (?P<day>\d\d?), (?P<year>\d{{4}}),? (?P<hour>\d\d?):(?P<minute>\d\d):"
                rf"(?P<second>[0-5]\d)(?:[.,](?P<fraction>\d{{1,9}}))?{_HALF}"),
    ("yearless", rf"{_MONTH} +(?P<day>\d\d?) {_CLOCK}"),
    ("locale", r"(?P<a>\d\d?)[/.](?P<b>\d\d?)[/.](?P<year>\d{4}|\d\d),? (?P<hour>\d\d?):(?P<minute>\d\d)"
               r"(?::(?P<second>[0-5]\d)(?:[.,](?P<fraction>\d{1,9}))?)?(?:[ \u202f](?P<half>[AaPp]\.?[Mm]\.?))?"),
    ("time", rf"{_CLOCK}(?:[ \u202f](?P<half>[AP]M))?(?P<zone>Z|[+-]\d\d:?\d\d)?"),
    ("epoch", r"(?P<epoch>\d{19}|\d{16}|\d{13}(?:\.\d{1,6})?|\d{10}(?:\.\d{1,9})?)"),
)  # fmt: skip
_PATTERNS = {name: re.compile(pattern + r"(?!\w|[:.,]\d)") for name, pattern in _FORMS}

ANY = "(?:" + "|".join(f"(?:{re.sub('[(][?]P<[a-z_]+>', '(?:', pattern)})" for _, pattern in _FORMS) + ")"
"""A regular expression without groups for a time in any form, the longest first."""

# Python's asctime, ISO 8601 and RFC 3339: the forms nearly every line has, matched first and without named groups.
_FAST = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:([.,])(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?"
    rf"(?!\w|[:.,]\d| ?[+-]\d\d:?\d\d\b|[+-]\d\d\b| ?(?:{_NAMED})\b| [AaPp]\.?[Mm]\b)"
)
_DIGIT_FORMS = (
    "iso", "basic", "clf", "locale", "rfc2822", "epoch", "time", "day-month", "compact", "short-year", "month-day",
    "minute",
)  # fmt: skip
_LETTER_FORMS = ("yearless", "date-string", "ctime", "rfc2822", "iso", "us-date")


@dataclass(frozen=True, slots=True)
class Near:
    """What resolves a time that leaves something out: the zone, and an instant in whose neighborhood it lies."""

    zone: dt.tzinfo | None = None
    ns: int | None = None


HERE = Near()

GUESSED = frozenset((TimeKind.YEARLESS, TimeKind.TIME_ONLY))
"""Kinds whose date comes from the neighbors, and so says nothing about theirs."""


def read(value: Any, near: Near = HERE, key: str | None = None) -> Time:
    """The Time a JSON or key=value value means.

    value   a number (epoch s, ms, µs or ns by magnitude) or a text in any known form, whole
    return  NONE for null and ""; UNREADABLE where something stands that cannot be read
    """
    if isinstance(value, str):
        made = _utc(value, key)
        if made is not None:
            return made
        found = scan(value, 0, near, key=key)
        if found is not None and found[1] == len(value):
            return found[0]
        stripped = value.strip()
        if not stripped:
            return Time(None, TimeKind.NONE, value, key)
        if stripped != value:
            return read(stripped, near, key)
        return Time(None, TimeKind.UNREADABLE, value, key)
    if type(value) is int or isinstance(value, float):
        return epoch(value, key)
    if value is None:
        return Time(None, TimeKind.NONE, None, key)
    return Time(None, TimeKind.UNREADABLE, value, key)


def epoch(value: float, key: str | None = None, written: Any = None) -> Time:
    """The Time of a number since 1970; its unit follows from its size, 1973 to 2100 in each unit.

    A float keeps microseconds of a second, more its 53 bits do not hold.
    """
    if written is None:
        written = value
    for kind, per_second, ns in _UNITS:
        if _MIN_S * per_second <= value < _MAX_S * per_second:
            if isinstance(value, int):
                return Time(value * ns, kind, written, key, digits=0)
            whole = int(value)
            digits = len(repr(value).partition(".")[2]) if value < 1e16 else 0
            places = max(0, min(digits, 6 if ns == SECOND else 3))
            part = round((value - whole) * 10**places)
            return Time(whole * ns + part * ns // 10**places, kind, written, key, digits=places)
    return Time(None, TimeKind.UNREADABLE, written, key)


def by_pattern(value: str, pattern: str, near: Near = HERE) -> Time:
    """The Time of a text written with a strftime pattern; UNREADABLE when it was not.

    A pattern without a date gives TIME_ONLY, without a year YEARLESS.
    """
    try:
        found = dt.datetime.strptime(value, pattern)
    except ValueError:
        return Time(None, TimeKind.UNREADABLE, value)
    of_day = ((found.hour * 60 + found.minute) * 60 + found.second) * SECOND + found.microsecond * 1000
    digits = 6 if "%f" in pattern else 0
    if not re.search(r"%[YyGDFcxsjUW]", pattern):
        if re.search(r"%[mdbB]", pattern):
            return Time(_near_year(found.month, found.day, of_day, near), TimeKind.YEARLESS, value, None, digits)
        return Time(_near_day(of_day, near), TimeKind.TIME_ONLY, value, None, digits, None, of_day)
    seconds = (found.toordinal() - 719163) * 86400 + of_day // SECOND
    if found.tzinfo is not None:
        delta = found.utcoffset()
        offset = int(delta.total_seconds()) if delta is not None else 0
        return Time(_bounded(seconds - offset, of_day % SECOND), TimeKind.RFC3339, value, None, digits, offset)
    offset = _local_offset(seconds, near.zone)
    return Time(_bounded(seconds - offset, of_day % SECOND), TimeKind.NAIVE, value, None, digits)


def scan(text: str, at: int = 0, near: Near = HERE, *, key: str | None = None) -> tuple[Time, int] | None:
    """The time written at `text[at:]` and where it ends; None when no form fits there."""
    found = _FAST.match(text, at)
    if found is not None:
        return _fast(found, near, key), found.end()
    first = text[at : at + 1]
    for form in _DIGIT_FORMS if first.isdigit() else _LETTER_FORMS if first.isalpha() else ():
        match = _PATTERNS[form].match(text, at)
        if match is not None:
            made = _slow(form, match, near, key)
            if made is not None:
                return made, match.end()
    return None


@lru_cache(maxsize=4096)
def _midnight(date: str) -> int | None:
    """Seconds since the epoch at 00:00 UTC of `2026-11-23`; None for a date that does not exist."""
    try:
        return (dt.date.fromisoformat(date).toordinal() - 719163) * 86400
    except ValueError:
        return None


def _fast(found: re.Match[str], near: Near, key: str | None) -> Time:
    date, hour, minute, second, _, fraction, zone = found.groups()
    written = found[0]
    midnight = _midnight(date)
    if midnight is None:
        return Time(None, TimeKind.UNREADABLE, written, key)
    seconds = midnight + int(hour) * 3600 + int(minute) * 60 + int(second)
    digits = len(fraction) if fraction else 0
    part = int(fraction) * 10 ** (9 - digits) if fraction else 0
    if zone is None:
        offset = _local_offset(seconds, near.zone)
        return Time(_bounded(seconds - offset, part), TimeKind.NAIVE, written, key, digits)
    offset = 0 if zone == "Z" else _offset(zone)
    return Time(_bounded(seconds - offset, part), TimeKind.RFC3339, written, key, digits, offset)


_SECOND = re.compile(r"20\d\d-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)


@lru_cache(maxsize=1024)
def _whole_second(text: str) -> int | None:
    """Seconds since the epoch of `2026-11-23T02:11:12` in UTC; None when it is not that. Lines share their seconds."""
    midnight = _midnight(text[:10]) if _SECOND.fullmatch(text) else None
    if midnight is None:
        return None
    return midnight + int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])


def _utc(value: str, key: str | None) -> Time | None:
    """The Time of RFC 3339 in UTC with a fraction, by the shortest way; None when it is anything else."""
    if value[-1:] == "Z":
        fraction = value[20:-1]
    elif value[-6:] == "+00:00":
        fraction = value[20:-6]
    else:
        return None
    digits = len(fraction)
    if not 0 < digits < 10 or value[19] != "." or not (fraction.isascii() and fraction.isdecimal()):
        return None
    seconds = _whole_second(value[:19])
    if seconds is None:
        return None
    return Time(seconds * SECOND + int(fraction) * 10 ** (9 - digits), TimeKind.RFC3339, value, key, digits, 0)


def _bounded(seconds: int, part_ns: int) -> int | None:
    ns = seconds * SECOND + part_ns
    return ns if -(2**63) <= ns < 2**63 else None


def _offset(zone: str) -> int:
    """Seconds east of UTC of `+0200`, ` +05:30`, `Z`, ` UTC`, `GMT+0000`."""
    zone = zone.strip()
    known = _ZONES.get(zone)
    if known is not None:
        return known * 3600
    zone = zone.removeprefix("UTC").removeprefix("GMT").strip()
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4] or 0) * 60
    return -seconds if zone[0] == "-" else seconds


@lru_cache(maxsize=1024)
def _offset_of_hour(hour: int, zone: dt.tzinfo | None) -> tuple[int, int]:
    """UTC offsets at the first and last second of a local hour; they differ where clocks change inside it."""
    return _offset_at(hour * 3600, zone), _offset_at(hour * 3600 + 3599, zone)


def _offset_at(local_s: int, zone: dt.tzinfo | None) -> int:
    try:
        naive = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=local_s)
        if zone is not None:
            delta = naive.replace(tzinfo=zone).utcoffset()
            return int(delta.total_seconds()) if delta is not None else 0
        return local_s - int(naive.timestamp())
    except (OverflowError, ValueError, OSError):
        return 0


def _local_offset(local_s: int, zone: dt.tzinfo | None) -> int:
    """Seconds east of UTC at a local clock reading; of the two readings of a repeated hour the first."""
    start, end = _offset_of_hour(local_s // 3600, zone)
    return start if start == end else _offset_at(local_s, zone)


def forget_local_zone() -> None:
    """Drop what was remembered of the machine's zone; needed after TZ has changed under a running process."""
    _offset_of_hour.cache_clear()


def _slow(form: str, match: re.Match[str], near: Near, key: str | None) -> Time | None:
    """The Time of a match of a less usual form; None when the digits are no time after all (13/45/2026)."""
    written = match[0]
    part = match.groupdict()
    if form == "epoch":
        text = part["epoch"]
        made = epoch(float(text) if "." in text else int(text), key, written)
        return made if made.ns is not None else None
    of_day = _of_day(part)
    if of_day is None:
        return None
    digits = len(part.get("fraction") or "")
    if form == "time":
        if part["zone"]:
            return None
        ns = _near_day(of_day, near)
        return Time(ns, TimeKind.TIME_ONLY, written, key, digits, None, of_day)
    date = _date(form, part)
    if date is None:
        return None
    year, month, day = date
    if year is None:
        return Time(_near_year(month, day, of_day, near), TimeKind.YEARLESS, written, key, digits)
    midnight = _midnight(f"{year:04d}-{month:02d}-{day:02d}")
    if midnight is None:
        return None
    kind = {"clf": TimeKind.CLF, "locale": TimeKind.LOCALE, "us-date": TimeKind.LOCALE}.get(form)
    seconds = midnight + of_day // SECOND
    zone = part.get("zone")
    if zone:
        offset = _offset(zone)
        return Time(_bounded(seconds - offset, of_day % SECOND), kind or TimeKind.RFC3339, written, key, digits, offset)
    offset = _local_offset(seconds, near.zone)
    return Time(_bounded(seconds - offset, of_day % SECOND), kind or TimeKind.NAIVE, written, key, digits)


def _of_day(part: dict[str, str | None]) -> int | None:
    """Nanoseconds since midnight; None for 13 PM."""
    hour = int(part["hour"] or part.get("hours") or 0)
    half = part.get("half")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    minute = int(part["minute"] or part.get("minutes") or 0)
    if hour > 23 or minute > 59:
        return None
    seconds = hour * 3600 + minute * 60 + int(part.get("second") or 0)
    fraction = part.get("fraction") or ""
    return seconds * SECOND + (int(fraction) * 10 ** (9 - len(fraction)) if fraction else 0)


def _date(form: str, part: dict[str, str | None]) -> tuple[int | None, int, int] | None:
    """(year or None, month, day) of a match."""
    if form == "locale":
        a, b, year = int(part["a"] or 0), int(part["b"] or 0), int(part["year"] or 0)
        year += 2000 if year < 100 else 0
        # 23/11 and 23.11. put the day first; where both could be months the C and US order month, day is meant.
        day_first = a > 12 or "." in str(part["a"])
        month, day = (b, a) if day_first else (a, b)
        return (year, month, day) if 1 <= month <= 12 else None
    name = part.get("month_name")
    month = _MONTHS[name.lower()] if name else int(part["month"] or 0)
    year_text = part.get("year") or (f"20{part['short']}" if part.get("short") else None)
    if not 1 <= month <= 12:
        return None
    return (int(year_text) if year_text else None), month, int(part["day"] or 0)


def _near_day(of_day: int, near: Near) -> int | None:
    """The instant of a clock reading on the day that brings it closest to `near.ns`; None without one."""
    if near.ns is None:
        return None
    offset = _offset_at(near.ns // SECOND, near.zone) * SECOND
    local = near.ns + offset
    day = local // DAY
    best = min(((day + step) * DAY + of_day for step in (-1, 0, 1)), key=lambda ns: abs(ns - local))
    return best - _local_offset(best // SECOND, near.zone) * SECOND


def _near_year(month: int, day: int, of_day: int, near: Near) -> int | None:
    """The instant of a date without year, in the year that brings it closest to `near.ns` (else to now)."""
    around = near.ns if near.ns is not None else time.time_ns()
    year = time.gmtime(around // SECOND).tm_year
    candidates = []
    for other in (year - 1, year, year + 1):
        midnight = _midnight(f"{other:04d}-{month:02d}-{day:02d}")
        if midnight is not None:
            local = midnight + of_day // SECOND
            candidates.append((local - _local_offset(local, near.zone)) * SECOND + of_day % SECOND)
    return min(candidates, key=lambda ns: abs(ns - around)) if candidates else None


@lru_cache(maxsize=256)
def _second_text(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def rfc3339(ns: int) -> str:
    """`2026-11-23T08:57:32.311Z`: UTC, milliseconds, or six or nine digits where the instant is finer."""
    seconds, part = divmod(ns, SECOND)
    text = _second_text(seconds)
    if part % 1_000_000 == 0:
        return f"{text}.{part // 1_000_000:03d}Z"
    if part % 1_000 == 0:
        return f"{text}.{part // 1_000:06d}Z"
    return f"{text}.{part:09d}Z"


def utc_text(value: Any) -> str | None:
    """What `rfc3339` gives for the instant of a written time, where it stands there nearly as such; else None."""
    if type(value) is int:
        return rfc3339(value * 1_000_000) if EPOCH_MS_RANGE[0] <= value < EPOCH_MS_RANGE[1] else None
    if type(value) is not str or value[19:20] != ".":
        return None
    fraction = value[20:-1] if value[-1] == "Z" else value[20:-6] if value[-6:] == "+00:00" else ""
    if not (fraction.isascii() and fraction.isdecimal()) or _whole_second(value[:19]) is None:
        return None
    if len(fraction) == 6 and fraction[3:] == "000":
        fraction = fraction[:3]
    elif len(fraction) not in (3, 6):
        return None
    return f"{value[:10]}T{value[11:19]}.{fraction}Z"


def clock_text(of_day_ns: int, digits: int = 3) -> str:
    """`08:54:07.410` of nanoseconds since midnight, with `digits` of fraction."""
    seconds, part = divmod(of_day_ns, SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{f'{part:09d}'[:digits]}" if digits else text
