"""Surveyed blocks → columns, in order: what no head explains is decoded, and new heads are learned from it.

What comes out is what decoding every line would give.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logview.decode import jsonline
from logview.decode.clock import GUESSED
from logview.decode.frame import Frame
from logview.decode.stream import StreamDecoder
from logview.index.echo import LONGEST, REMEMBERED, Echoes, place_of
from logview.index.heads import Reader
from logview.index.known import Heads
from logview.index.store import COLUMNS, HAS_TIME, ODD, OPAQUE, PENDING, SCATTERED, Batch
from logview.index.survey import nothing
from logview.record import Record, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.decode.hints import Hints
    from logview.index.echo import Part, Place
    from logview.index.store import RowColumns
    from logview.index.survey import Survey

RECORD_LIMIT = jsonline.LONGEST + 1
"""Most bytes of one record that are decoded: a byte more than is parsed, by which decoding sees that it was cut."""
CURRENT_NS = 10_000_000_000
"""A followed source whose times are within this of the clock is being written now, not replayed."""

Run = tuple[int, int]
"""(start, size) of bytes that stand together."""


@dataclass(slots=True)
class Taken:
    """What one block adds to a source.

    batch  its records
    more   index in the batch → further runs
    late   start of a record indexed before → runs that belong to it
    """

    batch: Batch
    more: dict[int, list[Run]]
    late: dict[int, list[Run]]


class Scanner:
    """One source's surveys, joined in order. The only one that feeds its decoder."""

    def __init__(
        self,
        hints: Hints,
        *,
        read: Callable[[int, int], bytes],
        service_of: Callable[[Record], str],
        service_number: Callable[[str], int],
    ) -> None:
        self.hints = hints
        self.heads = Heads()
        self.last_ns: int | None = None
        """Time of the last record that has one."""
        self.decoder = StreamDecoder(hints)
        self.observed_ns: int | None = None
        """When what comes next was not there yet, ns since the epoch; None: it is not followed while it is written."""
        self._is_current = False
        """Whether the last time that was read was that of the reading."""
        self._sure_ns = hints.reference_ns
        """The last time whose date was written, not guessed from its neighbors."""
        self._sure_start = -1
        """Where the record with that time begins."""
        self._read = read
        self._service_of = service_of
        self._service_number = service_number
        self._reader = Reader(
            lambda line: self.decoder.decode([line + b"\n"], near_ns=self._sure_ns),
            service_of,
            is_named=hints.service is not None,
            nameless=service_of(Record()),
        )
        self._echoes = Echoes()
        self._timeless: dict[bytes, tuple[int, int, int]] = {}
        """Bytes of a record without a time → its level, flags and service."""
        self._before: tuple[int, bytes] | None = None
        """The last line when a head explained it, (offset, bytes): what follows may continue it."""

    def take(self, found: Survey) -> Taken:
        """The records of the next block of whole lines; blocks come in order and without gaps."""
        slow = np.flatnonzero(found.head < 0)
        frames, known = self._frames(found, slow)
        missing = int(found.sizes.sum()) - len(found.data)
        if missing > 0 and frames:
            # A line longer than a record may be came cut; its frame covers all of it.
            last = frames[-1]
            frames[-1] = last._replace(size=last.size + missing)
        taken = self._assemble(found, frames, known)
        self._remember_last(found)
        self.heads.count(found.head)
        return taken

    def take_raw(self, data: bytes, offset: int) -> Taken:
        """The records in the next bytes of a source whose lines only the decoder can tell apart (UTF-16, syslog)."""
        return self._assemble(nothing(data, offset), self.decoder.feed(data, offset), {})

    def settle(self) -> Taken:
        """The records in lines that the decoder held back: nothing more has come for a while."""
        return self._assemble(nothing(b"", 0), self.decoder.settle(), {})

    def resume(self, last_ns: int) -> None:
        """Go on elsewhere, at a line that begins a record; `last_ns`: the time of the record before."""
        self.last_ns = self._sure_ns = last_ns
        self._before = None

    def open_starts(self) -> set[int]:
        """Offsets of the records that may still gain lines: of one stream the last, of several each one's last."""
        tracked = self.decoder.open_starts()
        if self._before is None:
            return tracked
        return {self._before[0]} if len(tracked) < 2 else tracked | {self._before[0]}

    def finish(self, rest: bytes, offset: int) -> Taken:
        """The last records of a source that has ended; `rest` is its last line when that has no end."""
        frames: list[Frame] = []
        known: dict[int, int] = {}
        if rest:
            if self._before is not None:
                known[self._before[0]] = len(self._before[1])
                frames += self.decoder.feed(self._before[1], self._before[0])
            frames += self.decoder.feed(rest, offset)
        frames += self.decoder.finish()
        return self._assemble(nothing(rest, offset), frames, known)

    def _frames(self, found: Survey, slow: NDArray[np.intp]) -> tuple[list[Frame], dict[int, int]]:
        """Frames of the lines no head explains.

        Each run of them is fed after the known line before it, which it may continue, and before the known line behind
        it, which the decoder may count to the record it is in the middle of; such a line loses its head.
        Returns the frames and, for the known lines among what was fed, start → size.
        """
        frames: list[Frame] = []
        known: dict[int, int] = {}
        fed = self._feed_known(found, 0, frames, known) if self._before is None else 0
        plain = self.decoder.is_plain
        for first, last in runs_of(slow):
            if last < fed:
                continue
            begin = max(first, fed)
            place = self._place_of(found, first, last) if plain and begin == first else None
            if place is not None:
                parts = self._echoes.recall(place)
                if parts is not None:
                    frames += [Frame(place.start + part.start, part.size, _owner(place, part), 1, 0) for part in parts]
                    known[place.before] = int(found.sizes[first - 1])
                    fed = last + 1
                    continue
            already = len(frames)
            if begin == 0 and self._before is not None:
                at, line = self._before
                known[at] = len(line)
                frames += self.decoder.feed(line, at)
            elif begin > fed:
                begin -= 1
                known[found.base + int(found.starts[begin])] = int(found.sizes[begin])
            frames += self._feed_lines(found, begin, last)
            told = frames[already:] if place is not None and self.decoder.is_plain else []
            fed = self._feed_known(found, last + 1, frames, known)
            plain = self.decoder.is_plain
            if place is not None and told and fed == last + 2:
                self._echoes.keep(place, told, len(place.key[2]))
        return frames, known

    def _place_of(self, found: Survey, first: int, last: int) -> Place | None:
        """Where lines stand that lie between two with a head; None where they do not."""
        if not 0 < first <= last < len(found.head) - 1:
            return None
        heads = (found.head.item(first - 1), found.head.item(last + 1))
        if min(heads) < 0:
            return None
        before, start, end = (found.starts.item(index) for index in (first - 1, first, last + 1))
        data = found.data
        return place_of(data[before:start], data[start:end], heads=heads, start=found.base + start)

    def _feed_lines(self, found: Survey, first: int, last: int) -> list[Frame]:
        start, end = int(found.starts[first]), int(found.starts[last] + found.sizes[last])
        return self.decoder.feed(found.data[start:end], found.base + start)

    def _feed_known(self, found: Survey, index: int, frames: list[Frame], known: dict[int, int]) -> int:
        """Feed known lines from `index` until one surely begins a record; returns the index behind what was fed."""
        while index < len(found.head) and found.head[index] >= 0:
            start = found.base + int(found.starts[index])
            new = self._feed_lines(found, index, index)
            frames += new
            if any(frame.start == start == frame.of for frame in new):
                known[start] = int(found.sizes[index])
                return index + 1
            found.head[index] = -1
            index += 1
        return index

    def _assemble(self, found: Survey, frames: list[Frame], known: dict[int, int]) -> Taken:
        records: dict[int, list[Run]] = {}
        further: dict[int, list[Run]] = {}
        for frame in frames:
            run = (frame.start, frame.size)
            if frame.start in known:
                line = known[frame.start]
                run = (frame.start + line, frame.size - line)
                if run[1] > 0:
                    _add_run(further.setdefault(frame.of if frame.of != frame.start else frame.start, []), run)
            elif frame.of == frame.start:
                records[frame.start] = [run]
            elif frame.of in records:
                _add_run(records[frame.of], run)
            else:
                _add_run(further.setdefault(frame.of, []), run)
        return self._columns(found, records, further)

    # -- columns

    def _columns(self, found: Survey, records: dict[int, list[Run]], further: dict[int, list[Run]]) -> Taken:
        lines, begins = self._lines(found), found.head >= 0
        rows = Batch.of_rows(self._rows(found, records) if records else [])
        at = np.searchsorted(lines.start, rows.start)
        here = at < len(lines)
        here[here] = lines.start[at[here]] == rows.start[here]
        for name in COLUMNS:
            getattr(lines, name)[at[here]] = getattr(rows, name)[here]
        scattered = {start: runs[1:] for start, runs in records.items() if len(runs) > 1}
        late: dict[int, list[Run]] = {}
        for owner, runs in further.items():
            index = int(np.searchsorted(lines.start, owner))
            if index < len(lines) and begins[index] and int(lines.start[index]) == owner:
                scattered.update(self._grow(found, lines, index, runs))
            else:
                late[owner] = runs
        begins[at[here]] = True
        batch = lines if begins.all() else lines.only(begins)
        if not here.all():
            # What the decoder held back begins before the block.
            batch = joined(batch, rows.only(~here))
        self._fill_times(batch)
        places = np.searchsorted(batch.start, np.array(list(scattered), np.int64)).tolist()
        return Taken(batch, dict(zip(places, scattered.values(), strict=True)), late)

    def _lines(self, found: Survey) -> Batch:
        """A row for every line: of those that a head explains what it says, of the others only their place."""
        heads, count = self.heads.now.heads, len(found.head)
        # Numbers from −1 on: the last one stands for a line without a head.
        services = np.array([*(self._service_number(head.service) for head in heads), 0], np.uint16)
        levels = np.array([*(head.level for head in heads), 0], np.uint8)
        return Batch(
            start=found.starts + found.base,
            size=found.sizes.astype(np.uint32),
            time=found.time,
            level=levels[found.head],
            flags=np.full(count, HAS_TIME, np.uint8),
            service=services[found.head],
            verdict=np.full(count, PENDING, np.uint16),
        )

    def _rows(self, found: Survey, records: dict[int, list[Run]]) -> list[RowColumns]:
        near = _Near(found)
        return [self._row(found, near, start, runs) for start, runs in records.items()]

    def _row(self, found: Survey, near: _Near, start: int, runs: list[Run]) -> RowColumns:
        """Columns of a record that had to be decoded, or whose like was."""
        key = self._bytes(found, runs[0]) if len(runs) == 1 and runs[0][1] <= LONGEST else None
        if key in self._timeless and self.decoder.is_plain:
            level, flags, service_number = self._timeless[key]
            return start, len(key), 0, level, flags, service_number, PENDING
        return self._decoded_row(found, near, start, runs, key)

    def _decoded_row(self, found: Survey, near: _Near, start: int, runs: list[Run], key: bytes | None) -> RowColumns:
        chunks = [self._bytes(found, run) for run in runs]
        record = self.decoder.decode(chunks, near_ns=near.ns(start, self._sure_start, self._sure_ns), offset=start)
        service = self._service_of(record)
        time_ns, flags = 0, oddness(record, b"".join(chunks))
        if len(runs) > 1:
            flags |= SCATTERED | ODD
        if record.time.ns is not None and -(2**63) <= record.time.ns < 2**63:
            time_ns, flags = record.time.ns, flags | HAS_TIME
            if record.time.kind not in GUESSED:
                self._sure_ns, self._sure_start = time_ns, start
        elif key and record.time.kind is TimeKind.NONE and len(self._timeless) < REMEMBERED and self.decoder.is_plain:
            # A clock time alone is none here, and one elsewhere: its date comes from its neighbors.
            self._timeless[key] = int(record.level or 0), flags, self._service_number(service)
        if not flags & (ODD | OPAQUE):
            self.heads.learn(chunks[0].removesuffix(b"\n"), record, self._reader)
        size = min(runs[0][1], 0xFFFFFFFF)
        return start, size, time_ns, int(record.level or 0), flags, self._service_number(service), PENDING

    def _grow(self, found: Survey, batch: Batch, at: int, runs: list[Run]) -> dict[int, list[Run]]:
        """Lines that continue a record known by its head: level and time stay those of its first line."""
        start = int(batch.start[at])
        all_runs = [(start, int(batch.size[at]))]
        for run in runs:
            _add_run(all_runs, run)
        batch.size[at] = min(all_runs[0][1], 0xFFFFFFFF)
        if len(all_runs) > 1:
            batch.flags[at] |= ODD | SCATTERED
        elif not all(_is_clean(self._bytes(found, run)) for run in runs):
            batch.flags[at] |= ODD | OPAQUE
        return {start: all_runs[1:]} if len(all_runs) > 1 else {}

    def _bytes(self, found: Survey, run: Run) -> bytes:
        start, size = run[0] - found.base, min(run[1], RECORD_LIMIT)
        if start >= 0 and start + size <= len(found.data):
            return found.data[start : start + size]
        return self._read(run[0], size)

    def _fill_times(self, batch: Batch) -> None:
        """A record without a time stands with the one before it; while following, where it arrived."""
        timed = (batch.flags & HAS_TIME) != 0
        rows = np.flatnonzero(timed)
        if not timed.all():
            last = np.maximum.accumulate(np.where(timed, np.arange(len(timed)), -1))
            before = self.standing_ns()
            if len(rows) and self.observed_ns is not None:
                before = min(before, int(batch.time[rows[0]]))
            batch.time[~timed] = np.where(last >= 0, batch.time[np.maximum(last, 0)], before)[~timed]
        if len(rows):
            self.last_ns = int(batch.time[rows[-1]])
            self._is_current = self.observed_ns is not None and abs(self.observed_ns - self.last_ns) < CURRENT_NS

    def standing_ns(self) -> int:
        """Where a record without a time stands that comes next: where it arrived, as long as times are the present."""
        if self.observed_ns is not None and (self.last_ns is None or self._is_current):
            return max(self.observed_ns, self.last_ns or 0)
        return self.last_ns if self.last_ns is not None else self.hints.reference_ns or 0

    def _remember_last(self, found: Survey) -> None:
        known = np.flatnonzero(found.head >= 0)
        last = int(known[-1]) if len(known) else -1
        start = int(found.starts[last]) if last >= 0 else 0
        if last >= 0 and found.base + start > self._sure_start:
            self._sure_ns, self._sure_start = int(found.time[last]), found.base + start
        is_last = 0 <= last == len(found.head) - 1
        self._before = (found.base + start, found.data[start : start + int(found.sizes[last])]) if is_last else None


class _Near:
    """The times that heads tell in a block, for forms without a date."""

    def __init__(self, found: Survey) -> None:
        rows = np.flatnonzero(found.head >= 0)
        self._starts, self._times = found.starts[rows] + found.base, found.time[rows]

    def ns(self, start: int, sure_start: int, sure_ns: int | None) -> int | None:
        """The last one before `start`; `sure_ns`, of the record at `sure_start`, where that one comes later."""
        at = int(np.searchsorted(self._starts, start)) - 1
        return int(self._times[at]) if at >= 0 and int(self._starts[at]) > sure_start else sure_ns


def _owner(place: Place, part: Part) -> int:
    return place.before if part.of is None else place.start + part.of


def joined(left: Batch, right: Batch) -> Batch:
    """Two batches as one, by start."""
    pairs = ((getattr(left, name), getattr(right, name)) for name in COLUMNS)
    columns = [np.concatenate(pair) for pair in pairs]
    order = np.argsort(columns[0], kind="stable")
    return Batch(*(column[order] for column in columns))


def runs_of(indices: NDArray[np.intp]) -> list[tuple[int, int]]:
    """(first, last) of each run of consecutive indices."""
    if not len(indices):
        return []
    breaks = np.flatnonzero(np.diff(indices) > 1)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(indices) - 1]))
    return list(zip(indices[firsts].tolist(), indices[lasts].tolist(), strict=True))


_NAMES = ("job_id", "request_id", "trace_id", "span_id", "logger", "function", "file", "host")


def oddness(record: Record, raw: bytes) -> int:
    """ODD and OPAQUE as far as they hold for a record made of `raw`."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ODD | OPAQUE
    if not text.endswith("\n"):
        # Several records may share the line: what is found in it is not found in one of them.
        return ODD | OPAQUE
    flags = 0 if record.text == text.removesuffix("\n") else ODD
    if flags and not all(line in text for line in record.text.split("\n")):
        return flags | OPAQUE
    names = (getattr(record, name) for name in _NAMES)
    if all(name in text for name in names if name) and all(key in text for key in record.fields):
        return flags
    return flags | OPAQUE


_UNCLEAN = re.compile(rb"[\x00-\x08\x0b-\x1f\x80-\xff]")


def _is_clean(raw: bytes) -> bool:
    """Whether bytes are ASCII text, nothing of which decoding would change."""
    return _UNCLEAN.search(raw) is None


def _add_run(runs: list[tuple[int, int]], run: tuple[int, int]) -> None:
    if runs and runs[-1][0] + runs[-1][1] == run[0]:
        runs[-1] = (runs[-1][0], runs[-1][1] + run[1])
    else:
        runs.append(run)
