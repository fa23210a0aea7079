"""What a program's lines begin and end with, learned from lines that were decoded in full.

`{"level":30,"time":1795424047410,`, `2026-11-23 08:57:32,311 - optimizer.solver - INFO - ` or, at the end,
`"level": "info"}`: apart from the digits of the time, a program writes few such frames. Where a frame's constant bytes
stand again, level and time follow without decoding, for thousands of lines at once. What a frame says was checked
against the decoder on the line it came from; lines it does not fit are decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

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

    def ns(self, lines: NDArray[np.uint8], zone: tzinfo | None) -> NDArray[np.int64]:
        """Nanoseconds since the epoch for rows of bytes whose digit places hold digits."""
        if self.calendar < 0:
            return _number(lines, self.start, self.end) * self.unit_ns
        at = self.calendar
        days = _days(_number(lines, at, at + 4), _number(lines, at + 5, at + 7), _number(lines, at + 8, at + 10))
        seconds = _number(lines, at + 11, at + 13) * 3600 + _number(lines, at + 14, at + 16) * 60
        seconds += _number(lines, at + 17, at + 19) + days * 86400
        first, digits = self.fraction
        ns = seconds * 1_000_000_000
        if digits:
            ns += _number(lines, first, first + digits) * 10 ** (9 - digits)
        return ns - (self.zone_ns if self.zone_ns is not None else _zone_offsets(ns, zone))


@dataclass(frozen=True, slots=True)
class Constant:
    """Bytes that must stand in a row of bytes: a row fits where `words & mask == want`, both uint64."""

    size: int
    mask: NDArray[np.uint64]
    want: NDArray[np.uint64]

    def fits(self, words: NDArray[np.uint64], first: int) -> NDArray[np.bool_]:
        """Which rows fit; the constant's words are the columns from `first`."""
        fitting = np.ones(len(words), np.bool_)
        for column in range(len(self.mask)):
            fitting &= (words[:, first + column] & self.mask[column]) == self.want[column]
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

    def fits(self, lines: Windows, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which lines have this start and end, with digits in every digit place; sizes include the line feed."""
        fitting = sizes > self.start.size + (self.end.size if self.end else 0)
        fitting &= self.start.fits(lines.heads.view(np.uint64), 0)
        if self.end is not None and lines.tails is not None:
            fitting &= self.end.fits(lines.tails.view(np.uint64), (TAIL - len(self.end.mask) * 8) // 8)
        rows = np.flatnonzero(fitting)
        if len(rows):
            digits = self._stamped(lines)[rows[:, None], self.stamp.digits()] - np.uint8(48)
            fitting[rows] = (digits <= 9).all(axis=1)
        return fitting

    def ns(self, lines: Windows, rows: NDArray[np.bool_], zone: tzinfo | None) -> NDArray[np.int64]:
        """Times of the lines that fit."""
        return self.stamp.ns(self._stamped(lines)[rows], zone)

    def _stamped(self, lines: Windows) -> NDArray[np.uint8]:
        return lines.tails if self.stamp_in_tail and lines.tails is not None else lines.heads


@dataclass(frozen=True, slots=True)
class Windows:
    """The first bytes of many lines and, where any head asks for them, the last `TAIL` before the line feed."""

    heads: NDArray[np.uint8]
    tails: NDArray[np.uint8] | None

    def without(self, rows: NDArray[np.bool_]) -> Windows:
        """The other lines."""
        return Windows(self.heads[~rows], None if self.tails is None else self.tails[~rows])


def windows(block: bytes, starts: NDArray[np.int64], sizes: NDArray[np.int64], heads: list[Head]) -> Windows:
    """What `heads` must see of the lines of a block."""
    padded = np.frombuffer(bytes(TAIL) + block + bytes(WIDTH), np.uint8)
    width = max(len(head.start.mask) for head in heads) * 8
    seen = np.ascontiguousarray(sliding(padded, width)[starts + TAIL])
    if all(head.end is None for head in heads):
        return Windows(seen, None)
    # With TAIL bytes put before the block, the TAIL bytes before a line's line feed begin at its end minus one.
    return Windows(seen, np.ascontiguousarray(sliding(padded, TAIL)[starts + sizes - 1]))


def sliding(padded: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Every window of `width` bytes, without copying."""
    return np.lib.stride_tricks.sliding_window_view(padded, width)


def learn(line: bytes, record: Record, *, service: str, zone: tzinfo | None) -> Head | None:
    """The head of a decoded line; None when its level and time are not at fixed places near its start or end.

    line     the record's only line, without the line end
    service  what the record was counted for
    """
    if record.rest or record.level is None or record.time.ns is None or record.wrapper or record.time_from_wrapper:
        return None
    if record.first.encode("utf-8", "surrogatepass") != line or not line.isascii():
        return None
    stamp, level = _stamp(line, record), _level_span(line, record)
    if stamp is None or level is None:
        return None
    head = _framed(line, record, stamp, level, service)
    if head is None:
        return None
    size = np.array([len(line) + 1])
    row = windows(line + b"\n", np.zeros(1, np.int64), size, [head])
    fits = head.fits(row, size)
    return head if fits[0] and int(head.ns(row, fits, zone)[0]) == record.time.ns else None


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
    mask = np.full(len(text), 0xFF, np.uint8)
    mask[list(digits)] = 0
    want = np.frombuffer(text, np.uint8) & mask
    padding = -len(text) % 8
    pad = (padding, 0) if pad_left else (0, padding)
    return Constant(len(text), np.pad(mask, pad).view(np.uint64), np.pad(want, pad).view(np.uint64))


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


def _stamp(line: bytes, record: Record) -> Stamp | None:
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


def _number(lines: NDArray[np.uint8], start: int, end: int) -> NDArray[np.int64]:
    total = np.zeros(len(lines), np.int64)
    for place in range(start, end):
        total *= 10
        total += lines[:, place]
        total -= 48
    return total


def _days(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days since 1970-01-01; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    days: NDArray[np.int64] = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return days


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
