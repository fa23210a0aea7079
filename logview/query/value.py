"""What may stand on the right of an operator: text, numbers, durations, levels, moments.

Units: durations and moments are nanoseconds, moments since 1970-01-01 UTC.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from logview.record import Level

SECOND = 1_000_000_000
_UNIT_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86400 * SECOND,
    "w": 7 * 86400 * SECOND,
}
_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w)")
_INT = re.compile(r"[+-]?\d{1,4000}")
_FLOAT = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?")
_ZONE = re.compile(r"(?:\s?(Z|z|[+-]\d\d(?::?\d\d)?))?")
_LEVELS = {
    "trace": Level.TRACE,
    "verbose": Level.TRACE,
    "debug": Level.DEBUG,
    "info": Level.INFO,
    "information": Level.INFO,
    "notice": Level.INFO,
    "warn": Level.WARN,
    "warning": Level.WARN,
    "error": Level.ERROR,
    "err": Level.ERROR,
    "fatal": Level.FATAL,
    "critical": Level.FATAL,
    "crit": Level.FATAL,
}
LEVEL_NAMES = tuple(_LEVELS)
# Digits that epoch seconds, ms, µs and ns have between 1973 and 2286, and what one of each is in ns.
_EPOCH_UNITS = ((11, SECOND), (14, 1_000_000), (17, 1_000), (19, 1))


@dataclass(frozen=True, slots=True)
class Moment:
    """A written point of time and how exactly it was written: it stands for [start_ns, end_ns)."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Value:
    """One compared value: as written, and every reading of it that the field may ask for."""

    text: str
    number: int | float | None = None
    duration_ns: int | None = None
    level: Level | None = None
    moment: Moment | None = None


def level_of(text: str) -> Level | None:
    """The level a name stands for: "warn", "WARNING", "critical"."""
    return _LEVELS.get(text.lower())


def number_of(text: str) -> int | float | None:
    """The number `text` is, digits kept exactly when it is an integer; None for anything else."""
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else None


def duration_of(text: str) -> int | None:
    """Nanoseconds of "500ms", "2s", "1.5m", "1h30m"; None for anything else. A bare number has no unit."""
    total, end = 0, 0
    while found := _DURATION.match(text, end):
        amount, unit = found.groups()
        if end and amount[0] in "+-":
            return None
        total += _scaled(amount, _UNIT_NS[unit])
        end = found.end()
    if not end or end != len(text):
        return None
    # "-1h30m" is minus ninety minutes, not minus one hour plus thirty.
    return total if text[0] != "-" else 2 * _first(text) - total


def _first(text: str) -> int:
    found = _DURATION.match(text)
    return _scaled(found[1], _UNIT_NS[found[2]]) if found else 0


def _scaled(amount: str, unit_ns: int) -> int:
    whole, _, fraction = amount.partition(".")
    sign = -1 if whole.startswith("-") else 1
    digits = (fraction + "0" * 18)[:18]
    return int(whole) * unit_ns + sign * (int(digits) * unit_ns // 10**18)


def moment_of(text: str, *, now_ns: int | None = None, zone: tzinfo | None = None) -> Moment | None:
    """The point of time `text` names, or None.

    text    "-15m" (before now), "now", "today", "yesterday", "2026-11-23", "2026-11-23T08:00", "… 08:00:05.250Z",
            "08:15" (of today), epoch seconds, ms, µs or ns as a number of at least 9 digits
    now_ns  what "now" is; None: the machine's clock
    zone    for what is written without one; None: the machine's local zone
    """
    now = time.time_ns() if now_ns is None else now_ns
    lowered = text.lower()
    if lowered == "now":
        return Moment(now, now + 1)
    if lowered in {"today", "yesterday"}:
        day = _local(now, zone) - timedelta(days=1 if lowered == "yesterday" else 0)
        return _of_fields((day.year, day.month, day.day), None, None, zone)
    if text[:1] in {"-", "+"}:
        ago = duration_of(text)
        return None if ago is None else Moment(now + ago, now + ago + 1)
    if text.isdecimal() and text.isascii() and 9 <= len(text) <= 19:
        unit = next(unit for digits, unit in _EPOCH_UNITS if len(text) <= digits)
        return Moment(int(text) * unit, (int(text) + 1) * unit)
    return _written(text, now, zone)


def _written(text: str, now: int, zone: tzinfo | None) -> Moment | None:
    date = _DATE.match(text)
    rest = text[date.end() :] if date else text
    if date:
        if not rest:
            return _of_fields(_ints(date), None, None, zone)
        if rest[0] not in "Tt _":
            return None
        rest = rest[1:]
    clock = _CLOCK.match(rest)
    if clock is None:
        return None
    written_zone = _ZONE.fullmatch(rest, clock.end())
    if written_zone is None:
        return None
    today = _local(now, zone)
    return _of_fields(_ints(date) if date else (today.year, today.month, today.day), clock, written_zone[1], zone)


def _ints(date: re.Match[str]) -> tuple[int, int, int]:
    return int(date[1]), int(date[2]), int(date[3])


def _local(now_ns: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(now_ns // SECOND, UTC).astimezone(zone)


def _of_fields(
    date: tuple[int, int, int], clock: re.Match[str] | None, written_zone: str | None, zone: tzinfo | None
) -> Moment | None:
    hour, minute, second, fraction = clock.groups() if clock else ("0", "0", None, None)
    try:
        moment = datetime(*date, int(hour), int(minute), int(second or 0))
        if written_zone:
            offset = "+00:00" if written_zone in "Zz" else written_zone
            moment = moment.replace(tzinfo=datetime.strptime(offset.replace(":", "").ljust(5, "0"), "%z").tzinfo)
        elif zone is not None:
            moment = moment.replace(tzinfo=zone)
        start = int(moment.astimezone(UTC).timestamp()) * SECOND
    except (ValueError, OverflowError):
        return None
    if fraction is not None:
        unit = 10 ** (9 - len(fraction))
        start += int(fraction) * unit
        return Moment(start, start + unit)
    length = 86400 if clock is None else 1 if second is not None else 60
    return Moment(start, start + length * SECOND)


def value_of(text: str, *, moment: Moment | None = None) -> Value:
    """Every reading of a written value; `moment` is given where a time can be meant."""
    return Value(text, number=number_of(text), duration_ns=duration_of(text), level=level_of(text), moment=moment)
