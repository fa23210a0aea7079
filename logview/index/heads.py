"""What a program's lines begin and end with, learned from lines that were decoded in full.

`{"level":30,"time":1795424047410,`, `2026-11-23 08:57:32,311 - optimizer.solver - INFO - ` or, at the end,
`"level": "info"}`: apart from the digits of the time, a program writes few such frames. Where a frame's constant bytes
stand again, level and time follow without decoding, for thousands of lines at once. What a frame says was checked
against the decoder on the line it came from; lines it does not fit are decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from logview.index.words import Words, are_digits, clock, number
from logview.record import TimeKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.record import Record

WIDTH = 192
"""Longest head, bytes; a multiple of 8."""
TAIL = 96
"""Longest end of a line, without its line feed; a multiple of 8."""
NEARBY = 32
"""A service named so few bytes behind level and time belongs to the head."""
Span = tuple[int, int]
_ALL = 0xFFFFFFFFFFFFFFFF
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

    def ns(
        self, words: Words, origins: NDArray[np.int64], zone: tzinfo | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Nanoseconds since the epoch for lines whose digit places hold digits, and which of them are a time."""
        if self.calendar < 0:
            numbers = number(words, origins + self.start, self.end - self.start)
            return numbers * self.unit_ns, np.ones(len(numbers), np.bool_)
        at = self.calendar
        days, are_days = _days(words.at(origins + at), words.at(origins + at + 8))
        seconds, are_times = clock(words.at(origins + at + 11))
        ns = (days * 86400 + seconds) * 1_000_000_000
        first, digits = self.fraction
        if digits:
            ns += number(words, origins + first, digits) * 10 ** (9 - digits)
        return ns - (self.zone_ns if self.zone_ns is not None else _zone_offsets(ns, zone)), are_days & are_times


@dataclass(frozen=True, slots=True)
class Constant:
    """Bytes that must stand in a line: it fits where `word & mask == want` for each of its words.

    digits  per word, the bytes (0xFF each) that must be digits of the time
    """

    size: int
    mask: tuple[int, ...]
    want: tuple[int, ...]
    digits: tuple[int, ...]

    def fits(self, side: Side, first: int) -> NDArray[np.bool_]:
        """Which lines fit; the constant's words are those of `side` from number `first`."""
        fitting = np.ones(len(side.origins), np.bool_)
        for column, (mask, want, digits) in enumerate(zip(self.mask, self.want, self.digits, strict=True)):
            if not mask and not digits:
                continue
            words = side.column(first + column)
            if mask:
                fitting &= (words if mask == _ALL else words & mask) == want
            if digits:
                fitting &= are_digits(words, digits)
        return fitting


@dataclass(frozen=True, slots=True)
class Head:
    """The constant start and, where level or time stand there, the constant end of lines, and what they say.

    stamp  its places count from the line's start, or from `TAIL` bytes before its end when `stamp_in_tail`
    keys   JSON keys that must not come again in the line: the last one would count
    """

    start: Constant
    end: Constant | None
    stamp: Stamp
    stamp_in_tail: bool
    level: int
    service: str
    is_json: bool
    keys: tuple[bytes, ...]

    def times(self, lines: Framed, zone: tzinfo | None) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Which of the lines have this start and end, and a time where it belongs: their indices and their times."""
        fitting = lines.sizes > self.start.size + (self.end.size if self.end else 0)
        fitting &= self.start.fits(lines.starts, 0)
        if self.end is not None:
            fitting &= self.end.fits(lines.ends, TAIL // 8 - len(self.end.mask))
        rows = np.flatnonzero(fitting)
        side = lines.ends if self.stamp_in_tail else lines.starts
        ns, are_times = self.stamp.ns(side.words, side.origins[rows], zone)
        return (rows, ns) if are_times.all() else (rows[are_times], ns[are_times])


class Side:
    """The bytes from one place of each of many lines on, in words that are fetched once."""

    def __init__(self, words: Words, origins: NDArray[np.int64]) -> None:
        self.words = words
        self.origins = origins
        self._columns: dict[int, NDArray[np.uint64]] = {}

    def column(self, number: int) -> NDArray[np.uint64]:
        """Word `number` of every line."""
        found = self._columns.get(number)
        if found is None:
            found = self._columns[number] = self.words.at(self.origins + 8 * number)
        return found

    def only(self, kept: NDArray[np.bool_]) -> Side:
        """The same of some of the lines."""
        side = Side(self.words, self.origins[kept])
        side._columns = {number: words[kept] for number, words in self._columns.items()}
        return side


class Framed:
    """The beginnings of lines, and what stands from `TAIL` bytes before their line feeds on."""

    def __init__(self, starts: Side, ends: Side, sizes: NDArray[np.int64]) -> None:
        self.starts = starts
        self.ends = ends
        self.sizes = sizes

    @staticmethod
    def of(block: bytes, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Framed:
        """Of the lines of a block; sizes include the line feed."""
        words = Words(block)
        return Framed(Side(words, starts), Side(words, starts + sizes - (1 + TAIL)), sizes)

    def only(self, kept: NDArray[np.bool_]) -> Framed:
        """Some of the lines."""
        return Framed(self.starts.only(kept), self.ends.only(kept), self.sizes[kept])


def learn(line: bytes, record: Record, *, service: str, zone: tzinfo | None) -> Head | None:
    """The head of a decoded line; None when its level and time are not at fixed places near its start or end.

    line     the record's only line, without the line end
    service  what the record was counted for
    """
    if record.rest or record.level is None or record.time.ns is None or record.wrapper or record.time_from_wrapper:
        return None
    if record.first.encode("utf-8", "surrogatepass") != line or not line.isascii():
        return None
    stamp, level = stamp_of(line, record), _level_span(line, record)
    if stamp is None or level is None:
        return None
    head = _framed(line, record, stamp, level, service)
    if head is None:
        return None
    framed = Framed.of(line + b"\n", np.zeros(1, np.int64), np.array([len(line) + 1]))
    rows, times = head.times(framed, zone)
    return head if len(rows) and int(times[0]) == record.time.ns else None


def _framed(line: bytes, record: Record, stamp: Stamp, level: Span, service: str) -> Head | None:
    in_head = [span for span in ((stamp.start, stamp.end), level) if span[1] < WIDTH // 2]
    in_tail = [span for span in ((stamp.start, stamp.end), level) if span not in in_head]
    if in_tail and not record.is_json:
        return None
    head_end = max((span[1] for span in in_head), default=2) + 1
    if not in_tail and record.is_json and record.service and record.service == service and record.service_from:
        named = _value_span(line, record.service_from, record.service)
        if named is not None and named[1] <= head_end + NEARBY:
            head_end = max(head_end, named[1] + 1)
    tail_start = len(line)
    if in_tail:
        # With the key, the quotes and the comma before it: only a member of the outermost object looks so.
        tail_start = max(
            line.rfind(b", ", 0, _key_start(line, in_tail)), line.rfind(b",", 0, _key_start(line, in_tail))
        )
    if head_end > min(WIDTH, len(line)) or len(line) - tail_start > TAIL or head_end > tail_start:
        return None
    moved = stamp.start >= tail_start
    start = _constant(line[:head_end], () if moved else stamp.digits(), pad_left=False)
    end = None
    if in_tail:
        back = len(line) - TAIL
        digits = stamp.digits() - tail_start if moved else ()
        end = _constant(line[tail_start:], digits, pad_left=True)
        stamp = stamp.moved(-back) if moved else stamp
    keys = (record.level_key, record.time.key) if record.is_json else ()
    return Head(
        start=start,
        end=end,
        stamp=stamp,
        stamp_in_tail=moved,
        level=int(record.level or 0),
        service=service,
        is_json=record.is_json,
        keys=tuple(key.encode() for key in keys if key),
    )


def _key_start(line: bytes, spans: list[Span]) -> int:
    first = min(span[0] for span in spans)
    return line.rfind(b'"', 0, max(line.rfind(b'":', 0, first), 0))


def _constant(text: bytes, digits: NDArray[np.intp] | tuple[()], *, pad_left: bool) -> Constant:
    """`text` as words, its `digits` left open; padded with bytes that may be anything."""
    is_digit = np.zeros(len(text), np.uint8)
    is_digit[list(digits)] = 0xFF
    padding = -len(text) % 8
    pad = (padding, 0) if pad_left else (0, padding)

    def words(values: NDArray[np.uint8]) -> tuple[int, ...]:
        return tuple(np.pad(values, pad).view("<u8").tolist())

    return Constant(len(text), words(~is_digit), words(np.frombuffer(text, np.uint8) & ~is_digit), words(is_digit))


def _value_start(line: bytes, key: str) -> int | None:
    token = b'"' + key.encode() + b'"'
    if line.count(token) != 1:
        return None
    found = re.compile(rb'\s?:\s?"?').match(line, line.find(token) + len(token))
    return found.end() if found else None


def _value_span(line: bytes, key: str, value: Any) -> Span | None:
    start = _value_start(line, key)
    text = str(value).encode()
    return (start, start + len(text)) if start is not None and line.startswith(text, start) else None


def _level_span(line: bytes, record: Record) -> Span | None:
    if record.is_json:
        return _value_span(line, record.level_key, record.level_written) if record.level_key else None
    if not isinstance(record.level_written, str) or not record.level_written:
        return None
    found = re.search(rb"(?<![\w.])" + re.escape(record.level_written.encode()) + rb"(?![\w.])", line[:WIDTH])
    return found.span() if found else None


def stamp_of(line: bytes, record: Record) -> Stamp | None:
    """Where the time of a decoded line stands; None where it is written in no fixed way."""
    time = record.time
    written = str(time.written).encode()
    if record.is_json:
        start = _value_start(line, time.key) if time.key else None
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


def _days(years: NDArray[np.uint64], days: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970-01-01 from words that begin `YYYY-MM-` and `DD`, and which are a date.

    Read once for each run of equal dates: consecutive lines mostly share theirs.
    """
    days = days & np.uint64(0xFFFF)
    changed = (years[1:] != years[:-1]) | (days[1:] != days[:-1])
    firsts = np.concatenate((np.zeros(min(len(years), 1), np.intp), np.flatnonzero(changed) + 1))
    read = [_day(int(years[at]), int(days[at])) for at in firsts]
    sizes = np.diff(np.append(firsts, len(years)))
    numbers = np.repeat(np.array([day or 0 for day in read], np.int64), sizes)
    return numbers, np.repeat(np.array([day is not None for day in read], np.bool_), sizes)


def _day(year: int, day: int) -> int | None:
    text = year.to_bytes(8, "little") + day.to_bytes(2, "little")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:])).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _zone_offsets(naive_ns: NDArray[np.int64], zone: tzinfo | None) -> NDArray[np.int64]:
    """The zone's offset, ns, at each wall time; asked once an hour, since consecutive lines mostly share theirs."""
    hours = naive_ns // _HOUR_NS
    changes = np.flatnonzero(np.diff(hours, prepend=hours[:1] - 1)) if len(hours) else np.zeros(0, np.intp)
    offsets = np.array([_offset_ns(int(hours[at]), zone) for at in changes], np.int64)
    return np.repeat(offsets, np.diff(np.append(changes, len(hours))))


def _offset_ns(hour: int, zone: tzinfo | None) -> int:
    try:
        naive = datetime.fromtimestamp(hour * 3600, UTC).replace(tzinfo=None)
        offset = (naive.replace(tzinfo=zone) if zone is not None else naive.astimezone()).utcoffset()
    except (OverflowError, ValueError, OSError):
        return 0
    return 0 if offset is None else round(offset.total_seconds()) * 1_000_000_000
