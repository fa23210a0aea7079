"""Where the time stands in lines of one kind and what its digits mean: read for thousands of lines at once.

A time that does not look exactly like the one the decoder read (same length, same signs, a real date) is not read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from logview.decode.clock import EPOCH_MS_RANGE
from logview.index.words import are_digits, clock, number, runs
from logview.record import TimeKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.index.words import Fetched
    from logview.record import Record

WIDTH = 192
"""Longest beginning of a line that is looked at, bytes; a multiple of 64."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HOUR_NS = 3_600_000_000_000
_EPOCH_NS = {
    TimeKind.EPOCH_S: 1_000_000_000,
    TimeKind.EPOCH_MS: 1_000_000,
    TimeKind.EPOCH_US: 1_000,
    TimeKind.EPOCH_NS: 1,
}
_NUMBER = re.compile(rb"\d{9,19}")
_STAMP = re.compile(rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:([.,])(\d{1,9}))?(?: ?(?:Z|[+-]\d\d:?\d\d))?")
_EPOCH_RANGE_NS = EPOCH_MS_RANGE[0] * 10**6, EPOCH_MS_RANGE[1] * 10**6
_FAR_DAYS = 106_000
"""Days from 1970 within which nanoseconds surely fit 64 bits."""
_CLOCK_DIGITS = 0xFFFF00FFFF00FFFF


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a time stands in a head and what its digits mean.

    start, end   bytes of the whole token
    unit_ns      what one of a number is
    calendar     start of "YYYY-MM-DD?hh:mm:ss", −1 for a number
    fraction     (start, digits) of the fraction of a second
    zone_ns      what to subtract to get UTC; None: the zone's own offset at that time
    """

    start: int
    end: int
    unit_ns: int
    calendar: int
    fraction: tuple[int, int]
    zone_ns: int | None

    def moved(self, by: int) -> Stamp:
        """The same time at places further on by `by` bytes."""
        fraction = (self.fraction[0] + by, self.fraction[1])
        calendar = self.calendar + by if self.calendar >= 0 else -1
        return replace(self, start=self.start + by, end=self.end + by, calendar=calendar, fraction=fraction)

    def digits(self) -> NDArray[np.intp]:
        """Positions that hold a digit of the time."""
        if self.calendar < 0:
            return np.arange(self.start, self.end)
        at = self.calendar
        places = [at + place for place in (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)]
        return np.array([*places, *range(self.fraction[0], sum(self.fraction))])

    def reach(self) -> int:
        """So many bytes behind its origin does `ns` look at."""
        first, digits = (self.start, self.end - self.start) if self.calendar < 0 else self.fraction
        last = first + digits - (digits % 8 or 8) + 8 if digits else 0
        return max(last, self.calendar + 19)

    def ns(
        self, words: Fetched, origins: NDArray[np.int64] | int, zone: tzinfo | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Nanoseconds since the epoch for lines whose other bytes of the time fit, and which of them are a time."""
        if self.calendar < 0:
            numbers, are_times = number(words, origins + self.start, self.end - self.start)
            ns = numbers * self.unit_ns
            low, high = _EPOCH_RANGE_NS
            return ns, are_times & (ns >= low) & (ns < high)
        at = self.calendar
        years, of_day, clocks = (words.at(origins + (at + place)) for place in (0, 8, 11))
        # Once a second: consecutive lines mostly share theirs.
        firsts, sizes = runs(years, of_day, clocks)
        days, are_days = _days(years[firsts], of_day[firsts])
        seconds, are_clocks = clock(clocks[firsts])
        are_times = are_days & are_clocks & are_digits(clocks[firsts], _CLOCK_DIGITS) & (np.abs(days) <= _FAR_DAYS)
        ns = np.repeat((days * 86400 + seconds) * 1_000_000_000, sizes)
        are_times = np.repeat(are_times, sizes)
        first, digits = self.fraction
        if digits:
            parts, are_numbers = number(words, origins + first, digits)
            ns += parts * 10 ** (9 - digits)
            are_times &= are_numbers
        return ns - (self.zone_ns if self.zone_ns is not None else _zone_offsets(ns, zone)), are_times


def stamp_of(line: bytes, record: Record) -> Stamp | None:
    """Where the time of a decoded line stands; None where it is written in no fixed way."""
    time = record.time
    written = str(time.written).encode()
    if record.is_json:
        start = value_start(line, time.key) if time.key else None
    elif (at := line.find(written, 0, WIDTH)) >= 0:
        start = at
    else:
        start = None
    if start is None or not line.startswith(written, start):
        return None
    if time.kind in _EPOCH_NS:
        if not _NUMBER.fullmatch(written):
            return None
        return Stamp(start, start + len(written), _EPOCH_NS[time.kind], -1, (0, 0), 0)
    found = _STAMP.fullmatch(written)
    if found is None or time.kind not in {TimeKind.RFC3339, TimeKind.NAIVE}:
        return None
    fraction = (start + found.start(8), len(found[8])) if found[8] else (0, 0)
    zone_ns = None if time.kind is TimeKind.NAIVE else (time.offset_s or 0) * 1_000_000_000
    return Stamp(start, start + len(written), 1, start, fraction, zone_ns)


def value_start(line: bytes, key: str) -> int | None:
    """Where the value of a JSON key begins that stands once in a line, behind its quote; None for any other key."""
    token = b'"' + key.encode() + b'"'
    if line.count(token) != 1:
        return None
    found = re.compile(rb'\s?:\s?"?').match(line, line.find(token) + len(token))
    return found.end() if found else None


def _days(years: NDArray[np.uint64], days: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970-01-01 from words that begin `YYYY-MM-` and `DD`, and which are a date.

    Read once for each run of equal dates: consecutive lines mostly share theirs.
    """
    days = days & np.uint64(0xFFFF)
    firsts, sizes = runs(years, days)
    pairs = list(zip(years[firsts].tolist(), days[firsts].tolist(), strict=True))
    dates = {pair: _day(*pair) for pair in set(pairs)}
    read = [dates[pair] for pair in pairs]
    numbers = np.repeat(np.array([day or 0 for day in read], np.int64), sizes)
    return numbers, np.repeat(np.array([day is not None for day in read], np.bool_), sizes)


def _day(year: int, day: int) -> int | None:
    text = year.to_bytes(8, "little") + day.to_bytes(2, "little")
    if not (text[:4] + text[5:7] + text[8:]).isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:])).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _zone_offsets(naive_ns: NDArray[np.int64], zone: tzinfo | None) -> NDArray[np.int64]:
    """The zone's offset, ns, at each wall time; asked once for each hour."""
    hours = naive_ns // _HOUR_NS
    changes = np.flatnonzero(np.diff(hours, prepend=hours[:1] - 1)) if len(hours) else np.zeros(0, np.intp)
    begun = hours[changes].tolist()
    known = {hour: _offset_ns(hour, zone) for hour in set(begun)}
    offsets = np.array([known[hour] for hour in begun], np.int64)
    return np.repeat(offsets, np.diff(np.append(changes, len(hours))))


def _offset_ns(hour: int, zone: tzinfo | None) -> int:
    try:
        naive = datetime.fromtimestamp(hour * 3600, UTC).replace(tzinfo=None)
        offset = (naive.replace(tzinfo=zone) if zone is not None else naive.astimezone()).utcoffset()
    except (OverflowError, ValueError, OSError):
        return 0
    return 0 if offset is None else round(offset.total_seconds()) * 1_000_000_000
