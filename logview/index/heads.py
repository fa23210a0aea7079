"""What a program's lines begin and end with, learned from lines that were decoded in full.

`{"level":30,"time":1795424047410,`, `2026-11-23 08:57:32,311 - optimizer.solver - INFO - ` or, at the end,
`"level": "info"}`: apart from the digits of the time, a program writes few such frames. Where a frame's constant bytes
stand again, level, time and service follow without decoding, for thousands of lines at once. What a frame says was
checked against the decoder on the line it came from, and so was what else may stand in such a line (doubt.py); lines
it does not fit are decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from logview.decode.assemble import is_spaced
from logview.index import doubt
from logview.index.stamp import WIDTH, stamp_of, value_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.index.stamp import Stamp
    from logview.record import Record

TAIL = 96
"""Longest end of a line, without its line feed."""
NEARBY = 32
"""A service named so few bytes behind level and time belongs to the head."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Constant:
    """Bytes that must stand in a line: it fits where `word & mask == want` for each of its words, digits left open."""

    size: int
    mask: tuple[int, ...]
    want: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The constant start and, where level or time stand there, the constant end of lines, and what they say.

    stamp      its places count from the line's start, or from the constant end's start when `stamp_in_tail`
    named      the member that names the service, where that stands elsewhere in the line; b"" for none
    by_itself  no other object may stand in a line with `named`: only the outermost one names a service
    keys       of JSON, that stand in the constant bytes
    contrary   keys which, elsewhere in the line, may make it say something else
    members    of the lines it was learned from, those that change nothing whether there or not
    """

    start: Constant
    end: Constant | None
    stamp: Stamp
    stamp_in_tail: bool
    level: int
    service: str
    is_json: bool
    named: bytes
    by_itself: bool
    keys: frozenset[str]
    contrary: frozenset[str] = frozenset()
    members: dict[str, Any] = field(default_factory=dict, compare=False)

    def is_contradicted(self, line: bytes, key: str) -> bool:
        """Whether a key found elsewhere in a line that the head fits may make it say something else."""
        if not self.is_json:
            return bool(self.contrary) and key in ("", doubt.ANY)
        if key == doubt.ANY or key in self.keys:
            return True
        # Inside another object a key has no say.
        return key in self.contrary and (key == doubt.GOOGLE or key in (_object(line) or (key,)))

    def is_frame_of(self, other: Head) -> bool:
        """Whether both say the same of the same bytes."""
        return replace(self, contrary=frozenset()) == replace(other, contrary=frozenset())


class Reader(NamedTuple):
    """Who is asked about lines.

    decode      the Record of one line
    service_of  the service a record counts for
    is_named    that service is configured, whatever a line says
    nameless    the service of records that name none
    """

    decode: Callable[[bytes], Record]
    service_of: Callable[[Record], str]
    is_named: bool
    nameless: str


def learn(line: bytes, record: Record, reader: Reader) -> Head | None:
    """The head of a decoded line; None when its level and time are not at fixed places near its start or end.

    line  the record's only line, without the line end
    """
    if record.rest or record.level is None or record.time.ns is None or record.wrapper or record.time_from_wrapper:
        return None
    if record.first.encode("utf-8", "surrogatepass") != line or not line.isascii() or doubt.is_unfolded(record):
        return None
    stamp, level = stamp_of(line, record), _level_span(line, record)
    if stamp is None or level is None:
        return None
    named = _named_span(line, record, level, reader)
    frame = None if named == _NOWHERE else _Frame.of(line, record, stamp, level, named)
    return None if frame is None else _vouched(frame.head(line, record, reader), frame, line, record, reader)


def _vouched(head: Head, frame: _Frame, line: bytes, record: Record, reader: Reader) -> Head | None:
    """The head with the keys that may contradict it; None where more than its frame decides about its own line."""
    if not record.is_json:
        is_named = reader.is_named or record.service is not None
        return replace(head, contrary=frozenset() if is_named else doubt.TEXT_KEYS)
    outside = line[frame.head_end : frame.tail_start]
    outside = outside.replace(head.named, b"") if head.named else outside
    sure, presence = doubt.contrary_keys(record, is_named=reader.is_named)
    spoken = doubt.keys_in(outside)
    if not spoken.isdisjoint(sure):
        return None
    data = _object(line)
    members = {key: value for key, value in data.items() if key in presence & spoken or key.startswith(doubt.GOOGLE)}
    if not data or not doubt.harmless(data, members, spaced=is_spaced(line), is_same=same_as(record, reader)):
        return None
    return replace(head, contrary=_without(sure | presence, members), members=members)


def united(head: Head, other: Head, line: bytes, record: Record, reader: Reader) -> Head | None:
    """`head` with what another line of the same frame may hold; None when together they decide."""
    data, members = _object(line), {**head.members, **other.members}
    if not data or not doubt.harmless(data, members, spaced=is_spaced(line), is_same=same_as(record, reader)):
        return None
    return replace(head, contrary=_without(head.contrary | other.contrary, members), members=members)


def _object(line: bytes) -> dict[str, Any]:
    """The object in a JSON line; {} where that is not simply one."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _without(keys: frozenset[str], members: dict[str, Any]) -> frozenset[str]:
    return keys - {doubt.GOOGLE if key.startswith(doubt.GOOGLE) else key for key in members}


def same_as(record: Record, reader: Reader) -> Callable[[bytes], bool]:
    """Whether another line says the same level, time and service."""
    service = reader.service_of(record)

    def is_same(line: bytes) -> bool:
        other = reader.decode(line)
        said = (other.level, other.time.ns, other.time.key, reader.service_of(other))
        return said == (record.level, record.time.ns, record.time.key, service) and not doubt.is_unfolded(other)

    return is_same


class _Frame(NamedTuple):
    """Where the constant bytes of a line end and begin again, and the places in them.

    named  the member of a JSON line that names the service, where it stands in neither
    """

    head_end: int
    tail_start: int
    stamp: Stamp
    stamp_in_tail: bool
    named: Span | None

    @staticmethod
    def of(line: bytes, record: Record, stamp: Stamp, level: Span, named: Span | None) -> _Frame | None:
        """named: the member, or in a text line the word, that names the service; None: it need not be looked at."""
        spans = (stamp.start, stamp.end), level
        in_head = [span for span in spans if span[1] < WIDTH // 2]
        in_tail = [span for span in spans if span not in in_head]
        if in_tail and (not record.is_json or not (in_head or isinstance(record.level_written, str))):
            return None
        head_end, tail_start = max((span[1] for span in in_head), default=2) + 1, len(line)
        if named is not None and named[1] <= head_end + NEARBY and (in_head or record.is_json):
            head_end, named = max(head_end, named[1] + 1), None
        if in_tail:
            tail_start = _comma_before(line, min(span[0] for span in in_tail))
            if named is not None and len(line) - TAIL < named[0] - 2:
                tail_start, named = min(tail_start, line.rfind(b",", 0, named[0])), None
        if head_end > min(WIDTH, len(line)) or len(line) - tail_start > TAIL or head_end > tail_start:
            return None
        if named is not None and not record.is_json:
            return None
        return _Frame(head_end, tail_start, stamp, stamp.start >= tail_start, named)

    def head(self, line: bytes, record: Record, reader: Reader) -> Head:
        """What the frame says, as its line says it."""
        digits = self.stamp.digits()
        start = _constant(line[: self.head_end], () if self.stamp_in_tail else digits)
        end = None
        if self.tail_start < len(line):
            end = _constant(line[self.tail_start :], digits - self.tail_start if self.stamp_in_tail else ())
        service = reader.service_of(record)
        return Head(
            start=start,
            end=end,
            stamp=self.stamp.moved(-self.tail_start) if self.stamp_in_tail else self.stamp,
            stamp_in_tail=self.stamp_in_tail,
            level=int(record.level or 0),
            service=service,
            is_json=record.is_json,
            named=b"" if self.named is None else line[slice(*self.named)],
            by_itself=service != reader.nameless,
            keys=frozenset(doubt.keys_in(line[: self.head_end]) | doubt.keys_in(line[self.tail_start :])),
        )


def _comma_before(line: bytes, place: int) -> int:
    """The comma before the key of the value at `place`, which makes the key a member of the outermost object."""
    key = line.rfind(b'"', 0, max(line.rfind(b'":', 0, place), 0))
    return max(line.rfind(b",", 0, key), 0)


def _constant(text: bytes, digits: NDArray[np.intp] | tuple[()]) -> Constant:
    """`text` as words, its `digits` left open; padded with bytes that may be anything."""
    is_digit = np.zeros(len(text), np.uint8)
    is_digit[list(digits)] = 0xFF

    def words(values: NDArray[np.uint8]) -> tuple[int, ...]:
        return tuple(np.pad(values, (0, -len(text) % 8)).view("<u8").tolist())

    return Constant(len(text), words(~is_digit), words(np.frombuffer(text, np.uint8) & ~is_digit))


def _level_span(line: bytes, record: Record) -> Span | None:
    if record.is_json:
        start = value_start(line, record.level_key) if record.level_key else None
        text = str(record.level_written).encode()
        return (start, start + len(text)) if start is not None and line.startswith(text, start) else None
    if not isinstance(record.level_written, str) or not record.level_written:
        return None
    found = re.search(rb"(?<![\w.])" + re.escape(record.level_written.encode()) + rb"(?![\w.])", line[:WIDTH])
    return found.span() if found else None


_NOWHERE = (1 << 30, 1 << 30)


def _named_span(line: bytes, record: Record, level: Span, reader: Reader) -> Span | None:
    """Where the service is named: a member in JSON, a word in text. `_NOWHERE` where that is not clear."""
    if reader.is_named or record.service is None:
        return None
    name = re.escape(record.service.encode())
    if not record.is_json:
        at = line.find(record.service.encode(), level[1], level[1] + NEARBY + len(record.service))
        mutant = line[:at] + b"x" * len(record.service) + line[at + len(record.service) :]
        # With what ends the word, `(shop/12): `: without it the line may be one of another layout.
        end = line.find(b" ", at + len(record.service))
        if at < 0 or end < 0 or reader.decode(mutant).service != "x" * len(record.service):
            return _NOWHERE
        return at, end
    key = (record.service_from or "").encode()
    outer = re.escape(key.removesuffix(b".name"))
    found = re.findall(rb'"' + re.escape(key) + rb'"\s*:\s*"' + name + rb'"', line) or re.findall(
        rb'"' + outer + rb'"\s*:\s*\{\s*"name"\s*:\s*"' + name + rb'"', line
    )
    if len(found) != 1:
        return _NOWHERE
    at = line.find(found[0])
    return at, at + len(found[0])
