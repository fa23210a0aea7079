"""Conforming JSON lines without making Records: parsed, recognised, counted, passed on to the rules that keep clocks.

A line is taken this way when records with its keys, types, level, service, logger and message were judged before and
broke nothing (kinds.py), and none of its values needs a look. Everything else, and everything that is not one JSON
object on a line by itself, takes the usual way. Changes no verdict (tested).
"""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from logview.decode import StreamDecoder, shape
from logview.decode.envelope import may_be
from logview.decode.lines import LONGEST
from logview.record import Level, TimeKind
from logview.standard.kinds import BIG, SAMPLE, is_suspicious
from logview.standard.rules.timestamp import YEAR_2001_NS
from logview.standard.stretch import Stretch, next_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.check import StreamChecker
    from logview.standard.kinds import Told
    from logview.standard.model import Violation
    from logview.standard.rules.registry import Made
    from logview.standard.rules.seen import Seen

ENVELOPE: Any = object()
"""Said of a line that may be another program's object around the service's: what it holds may go on in the next."""
MAX_HEADS = 512
MAX_TOLD = 4_096
MAX_MINUTES = 4_096
_ONE_OF = (
    shape.TIME_KEYS, shape.LEVEL_KEYS, shape.MESSAGE_KEYS, shape.SERVICE_KEYS, shape.LOGGER_KEYS, shape.FUNCTION_KEYS,
    shape.PID_KEYS,
)  # fmt: skip
"""Of several keys for one part the decoder takes the first that can be read: which one would depend on values."""
_PARSED = frozenset({"caller", "location", "v", "@fields", "record", "text", "log", "fields", "source"})
"""Keys whose values decide what other keys mean."""


class Known:
    """One kind of line that broke nothing so far; what the rules with clocks are told of it."""

    __slots__ = ("is_fatal", "lane", "message", "service", "template", "times", "told")

    def __init__(self, lane: Sweep, told: Told) -> None:
        first = told.kind.seen
        self.lane = lane
        self.told = told
        self.service = first.service
        self.message = first.message
        self.template = told.kind.template
        self.is_fatal = first.level is Level.FATAL
        self.times = 0
        """Lines taken this way; the first 300 of a kind are not."""

    def seen(self) -> Seen:
        """The record of the current line."""
        return self.lane.seen()

    def mark(self) -> Made:
        """What the record of the current line can be made of later."""
        lane = self.lane
        return lane.seen_at, lane.line, lane.offset, lane.lineno, lane.written


class RawHead:
    """How to read lines with these keys and types: where time, process and the telling values stand."""

    def __init__(self, record: Record, data: dict[str, Any]) -> None:
        stamp = record.time
        self.time_key = stamp.key or ""
        self.is_epoch = stamp.kind is TimeKind.EPOCH_MS
        written = stamp.written
        if not self.is_epoch:
            self.size = len(written)
            self.end = 20 + stamp.digits
            self.tail = written[self.end :]
            self.scale = 10 ** (9 - stamp.digits)
        self.pid_key = next((key for key in shape.PID_KEYS if key in data), None)
        telling = (record.level_key, record.message_key, record.service_from)
        logger = next((key for key in shape.LOGGER_KEYS if key in data), None)
        keys = [key for key in dict.fromkeys((*telling, logger)) if key is not None and key in data]
        self.pick: Callable[[dict[str, Any]], Any] = itemgetter(*keys)
        self.texts = tuple(k for k, v in data.items() if type(v) is str and k not in (*keys, stamp.key))
        self.last = dict.fromkeys(self.texts, "")
        """The last value of each text that needed no look: most repeat."""
        self.numbers = tuple(k for k, v in data.items() if type(v) in (int, float) and k not in (*keys, stamp.key))
        self.known: dict[Any, Known] = {}


class Sweep:
    """One stream's lines, in order."""

    def __init__(self, stream: StreamChecker, hints: Hints) -> None:
        self._stream = stream
        self._hints = hints
        self._decoder = StreamDecoder(hints)
        self._decoder.feed(b"{}\n", 0)
        self._heads: dict[Any, RawHead | None] = {}
        self._minutes: dict[str, int] = {}
        self._near: int | None = hints.reference_ns
        self._max_bytes = stream.max_bytes
        self._ticks = tuple((rule, tracker.tick) for rule, tracker in stream.clocks)
        self._latest_ns = stream.checker.latest_ns
        self._source: Iterator[bytes] = iter(())
        self._lines: list[bytes] = [b""]
        self._at = 0
        self._next = 0
        """Where line `_at` begins; `_number` is its number. The last of `_lines` may be cut off."""
        self._number = 1
        self.line = b""
        self.offset = 0
        self.lineno = 0
        self.written: Any = None
        """The current line's time as it stands there."""

    def run(self, blocks: Iterable[bytes]) -> Iterator[tuple[Record, tuple[Violation, ...]]]:
        """The records that had to be made, with their violations; findings about earlier ones are in `drain`."""
        self._source = iter(blocks)
        while self._fill():
            yield from self._swept()
            if self._left:
                yield from self._usual()

    @property
    def _left(self) -> bool:
        """Whether bytes are waiting: lines, and the beginning of a further one."""
        return self._at < len(self._lines) - 1 or bool(self._lines[-1])

    def _fill(self) -> bool:
        """Read on where all lines are done; False at the end of the stream."""
        if self._left:
            return True
        block = next(self._source, b"")
        self._lines, self._at = block.split(b"\n"), 0
        return bool(block)

    def _swept(self) -> Iterator[tuple[Record, tuple[Violation, ...]]]:
        """Take lines until one that is not a JSON object by itself, or the stream's last."""
        offset, lineno = self._next, self._number
        while True:
            lines = self._lines
            last = len(lines) - 2
            for at in range(self._at, last + 1):
                line = lines[at]
                # The last JSON line before anything else may go on there.
                after = lines[at + 1]
                if line[:2] != b'{"' or line[-1:] != b"}" or (after[:2] != b'{"' and (after or at < last)):
                    self._at, self._next, self._number = at, offset, lineno
                    return
                if at == last and not after:
                    break
                made = self._take(line, offset, lineno)
                if made is not None:
                    if made is ENVELOPE:
                        self._at, self._next, self._number = at, offset, lineno
                        return
                    yield made
                offset += len(line) + 1
                lineno += 1
            else:
                last += 1
            kept = b"\n".join(lines[max(last, self._at) :])
            block = next(self._source, b"") if len(kept) <= LONGEST else b""
            self._lines, self._at = (kept + block).split(b"\n"), 0
            self._next, self._number = offset, lineno
            if not block:
                return

    def _usual(self) -> Iterator[tuple[Record, tuple[Violation, ...]]]:
        """Take what is no JSON line by the road of all records, until JSON lines come again."""
        stretch = Stretch(self._hints, lineno=self._number, near_ns=self._near)
        whole = True
        while True:
            lines, start = self._lines, self._at
            pair = next_pair(lines, start if whole else start + 1)
            piece = b"\n".join(lines[start:] if pair is None else (*lines[start : pair + 1], b""))
            at = self._next
            for record in stretch.feed(piece, at):
                yield record, self._stream.check(record)
            self._next += len(piece)
            self._number += piece.count(b"\n")
            if pair is not None:
                begins = self._next - len(lines[pair]) - 1
                if stretch.ends_before(begins):
                    self._at, self._next, self._number = pair, begins, self._number - 1
                    self._near = stretch.near_ns
                    return
                self._at, whole = pair + 1, True
                continue
            block = next(self._source, b"")
            if not block:
                break
            whole = not lines[-1]
            self._lines, self._at = block.split(b"\n"), 0
        self._lines, self._at = [b""], 0
        for record in stretch.finish():
            yield record, self._stream.check(record)

    def _take(self, line: bytes, offset: int, lineno: int) -> tuple[Record, tuple[Violation, ...]] | None:
        self.line, self.offset, self.lineno = line, offset, lineno
        try:
            data = orjson.loads(line)
        except orjson.JSONDecodeError:
            return self._slow(None, None)
        key = (tuple(data), tuple(map(type, data.values())), line[line.find(b'":') + 2])
        head = self._heads.get(key)
        if head is None:
            return self._slow(data, key) if not may_be(line) else ENVELOPE
        variant = head.pick(data)
        known = head.known.get(variant)
        if known is None or len(line) > self._max_bytes or line.count(b'":') != len(data):
            return self._slow(data, key)
        last = head.last
        for name in head.texts:
            text = data[name]
            if text != last[name]:
                if not text or is_suspicious(text):
                    return self._slow(data, key)
                last[name] = text
        if known.told.head.has_odd_field(data):
            return self._slow(data, key)
        for name in head.numbers:
            if data[name] >= BIG:
                return self._slow(data, key)
        self.written = data[head.time_key]
        ns = self._time(head, self.written)
        if ns is None or known.told.kind.sampled < SAMPLE:
            return self._slow(data, key)
        return self._tick(known, ns, data[head.pid_key] if head.pid_key is not None else None)

    def _tick(self, known: Known, ns: int, pid: int | None) -> tuple[Record, tuple[Violation, ...]] | None:
        hits = []
        for rule, tick in self._ticks:
            found = tick(ns, pid, known)
            if found:
                hits += [(rule, hit) for hit in found]
        known.told.kind.pending += 1
        if hits:
            seen = self.seen()
            violations = self._stream.violations(hits, seen)
            return seen.record, violations
        known.times += 1
        return None

    def _time(self, head: RawHead, written: Any) -> int | None:
        if head.is_epoch:
            ns: int = written * 1_000_000
            return ns if YEAR_2001_NS <= ns <= self._latest_ns else None
        if len(written) != head.size or written[19] != "." or not written.endswith(head.tail):
            return None
        minute = written[:17]
        base = self._minutes.get(minute)
        second, fraction = written[17:19], written[20 : head.end]
        if not (second.isdecimal() and fraction.isdecimal() and second < "60"):
            return None
        if base is None:
            try:
                whole = datetime.fromisoformat(f"{minute}00{head.tail}")
            except ValueError:
                return None
            if whole.tzinfo is None or minute[10] != "T":
                return None
            if len(self._minutes) >= MAX_MINUTES:
                self._minutes.clear()
            base = self._minutes[minute] = int(whole.timestamp()) * 10**9
        found: int = base + int(second) * 10**9 + int(fraction) * head.scale
        return found

    def _slow(self, data: Any, key: Any) -> tuple[Record, tuple[Violation, ...]]:
        record = self._record(self.line, self.offset, self.lineno)
        if record.time.ns is not None:
            self._near = record.time.ns
        violations = self._stream.check(record)
        told = self._stream.last_told
        if key is not None and told is not None and not told.checks and not told.kind.has_hole and not violations:
            self._learn(record, data, key, told)
        return record, violations

    def _learn(self, record: Record, data: dict[str, Any], key: Any, told: Told) -> None:
        if key not in self._heads and len(self._heads) < MAX_HEADS:
            self._heads[key] = RawHead(record, data) if _is_readable(record, data) else None
        head = self._heads.get(key)
        if head is None or len(head.known) >= MAX_TOLD:
            return
        if (
            head.is_epoch == (record.time.kind is TimeKind.EPOCH_MS)
            and self._time(head, record.time.written) == record.time.ns
        ):
            known = head.known.get(head.pick(data))
            if known is None or known.told is not told:
                head.known[head.pick(data)] = Known(self, told)

    def alike(self) -> Iterator[tuple[Record, str, int]]:
        """(a record, its service, how many more like it were not made) of everything taken the quick way."""
        for head in self._heads.values():
            for known in head.known.values() if head is not None else ():
                if known.times:
                    yield known.told.kind.seen.record, known.service, known.times

    def _record(self, line: bytes, offset: int, lineno: int) -> Record:
        return self._decoder.decode([line + b"\n"], near_ns=self._near, offset=offset, lineno=lineno)

    def seen(self) -> Seen:
        """The record of the current line."""
        return self.seen_at(self.line, self.offset, self.lineno)

    def seen_at(self, line: bytes, offset: int, lineno: int) -> Seen:
        """The record of a line."""
        return self._stream.seen(self._record(line, offset, lineno))


def _is_readable(record: Record, data: dict[str, Any]) -> bool:
    """Whether lines with the keys of this one can be read by the keys and types alone."""
    if not record.is_json or record.wrapper is not None or record.time_from_wrapper or record.time.key not in data:
        return False
    types = list(map(type, data.values()))
    if dict in types or types != list(map(type, (record.data or {}).values())) or not _PARSED.isdisjoint(data):
        return False
    if any(sum(key in data for key in keys) > 1 for keys in _ONE_OF) or record.level_key is None:
        return False
    if record.message_key is None or type(record.level_written) not in (int, str):
        return False
    written = record.time.written
    if record.time.kind is TimeKind.EPOCH_MS:
        return type(written) is int
    return (
        record.time.kind is TimeKind.RFC3339 and type(written) is str and written[19:20] == "." and written[10] == "T"
    )
