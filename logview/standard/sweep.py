"""A stream's lines judged in bulk: what was judged before is recognised, counted, and told to the rules with clocks.

Each block is taken apart by a thread of its own (skeleton.py, prefilter.py): that is where the time goes, and mostly
without the interpreter's lock. Here a skeleton is looked up; a known line gives its verdict and its time, and never
becomes a record. The lines between known ones go through the stream's decoder, with a known line on either side, as in
the index: a traceback finds its record. Changes no verdict (tested against the road of all records).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from logview.decode import StreamDecoder, clock
from logview.decode.frame import Frame
from logview.decode.lines import UTF8
from logview.decode.stream import join_run
from logview.standard.judged import Judged, judged_record
from logview.standard.kinds import SAMPLE
from logview.standard.known import Known, Learner, is_exact, telling_of
from logview.standard.prefilter import Prefilter
from logview.standard.rules.across import size_without_time
from logview.standard.rules.rows import Facts, Rows, facts_of
from logview.standard.skeleton import Anatomy, anatomy, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.check import StreamChecker
    from logview.standard.kinds import Told
    from logview.standard.model import Violation
    from logview.standard.quotes import Quote
    from logview.standard.rules.registry import Made
    from logview.standard.rules.seen import Seen

FIRST_BYTES = 1 << 15
"""Bytes of the first block; the second has twice as many, and so on."""
MAX_BLOCK = 8 << 20
"""A block that a single line makes larger is not taken apart."""
MAX_SKELETONS = 65_536
PATIENCE = 4_096
"""Records that may begin before an open one is given out."""
Part = tuple[list[Frame], list[bytes]]
"""A record's runs and their bytes."""
_SEEN_ONCE, _NEVER = -2, -3


class _Slow(NamedTuple):
    """A record that was made."""

    start: int
    seen: Seen
    violations: tuple[Violation, ...]
    facts: Facts


class Piece:
    """Whole lines of a stream, taken apart."""

    def __init__(self, data: bytes, offset: int, lineno: int, parts: Anatomy) -> None:
        self.data = data
        self.offset = offset
        self.lineno = lineno
        self.parts = parts
        self.codes: NDArray[np.int64] = np.empty(0, np.int64)
        """The number of each line's Known; below 0: the line must be decoded."""
        self.ns = np.zeros(len(parts.starts), np.int64)
        self.stamps = np.zeros(len(parts.starts), np.int64)
        """Where the time begins in `data`."""


class Apart:
    """Takes blocks apart; for one thread."""

    def __init__(self, *, exact: bool, standard: object) -> None:
        self._telling = telling_of(standard, exact=exact)  # type: ignore[arg-type]
        self._prefilter: Prefilter | None = None

    def take(self, data: bytes) -> Anatomy:
        """The anatomy of whole lines, with the lines marked odd in which a value needs a look."""
        if self._prefilter is None:
            self._prefilter = Prefilter()
        looks, near = self._prefilter.search(data)
        parts = anatomy(data, self._telling, near)
        if looks:
            parts.odd[rows_of(np.array(looks), parts.ends)] = True
        return parts


class Sweep:
    """One stream's records, in order."""

    def __init__(self, stream: StreamChecker, hints: Hints) -> None:
        standard = stream.checker.standard
        exact = is_exact(standard)
        self._stream = stream
        self._apart = Apart(exact=exact, standard=standard)
        self._learner = Learner(stream.checker, exact=exact, zone=hints.zone)
        self._max_bytes = stream.max_bytes
        self._decoder = StreamDecoder(hints)
        self._table: dict[bytes, int] = {}
        self._known: list[Known] = []
        self._notation_of: list[int] = []
        self._anchors: list[tuple[int, int]] = []
        self._near: int | None = hints.reference_ns
        self._waiting: dict[int, tuple[list[Frame], list[bytes]]] = {}
        self._before: tuple[int, bytes, int] | None = None
        """(offset, line, number) of a known line that the next one may continue."""
        self._is_open = False
        """Whether the last line that was read went to the decoder."""
        self._has_gaps = False
        """Whether lines were passed over that the decoder did not see."""
        self._drift = 0
        """A line's number beyond what the decoder, which does not see all, takes it for."""
        self._window: list[tuple[int, bytes]] = []
        self.read_to = 0
        """Bytes that were taken; `lineno`: the number of the line behind them."""
        self.lineno = 1
        self.plainly = False
        """Whether every record is judged by itself from here on: wrappers, other encodings."""

    # -- blocks

    def run(self, blocks: Iterable[bytes]) -> Iterator[Judged]:
        """The records with violations, and all that were made; findings about earlier ones are in `drain`."""
        for step in self.steps(blocks):
            yield from step

    def steps(self, blocks: Iterable[bytes]) -> Iterator[Iterator[Judged]]:
        """The same, step by step: each must be used up before the next; then all before `judged_to` are judged."""
        pieces = _aligned(blocks)
        data = next(pieces, b"")
        # Only where it is used: it costs a small check more than the check itself.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(self._apart.take, data) if _is_whole(data) else None
            while data:
                following = next(pieces, b"")
                parts = None if ahead is None else ahead.result()
                ahead = pool.submit(self._apart.take, following) if _is_whole(following) else None
                offset, lineno = self.read_to, self.lineno
                self.read_to, self.lineno = offset + len(data), lineno + data.count(b"\n")
                if parts is None or self.plainly:
                    yield self._plain(data, offset, lineno)
                else:
                    yield self._piece(Piece(data, offset, lineno, parts))
                data = following
        yield self._end()

    @property
    def judged_to(self) -> int:
        """The offset before which every record was judged, asked after a step."""
        to = self.read_to if self._before is None else self._before[0]
        if self.plainly:
            to = min(to, self._decoder.framed_to)
        return min(to, min(self._waiting, default=to))

    def _plain(self, data: bytes, offset: int, lineno: int) -> Iterator[Judged]:
        """Every record by itself."""
        self._keep(offset, data)
        self._feed_before()
        if self._has_gaps:
            self._number(lineno)
        self._feed(data, offset)
        self._has_gaps, self._is_open = False, True
        yield from self._alone(self._ready(self._decoder.open_starts()))

    def _alone(self, ready: list[Part]) -> Iterator[Judged]:
        for runs, chunks in ready:
            record = self._close(runs, chunks, self._near)
            yield judged_record(record, self._stream.check(record), self._stream.service)

    def _end(self) -> Iterator[Judged]:
        self._feed_before()
        self._take(self._decoder.finish())
        yield from self._alone(self._ready(set()))

    # -- one block

    def _piece(self, piece: Piece) -> Iterator[Judged]:
        self._keep(piece.offset, piece.data)
        self._look_up(piece)
        ready = self._ready(self._framed(piece))
        # What may still grow is judged with the next block.
        held = [start - piece.offset for start in self._waiting if start >= piece.offset]
        piece.codes[_rows_at(piece, held)] = -1
        slow, rest = ([], ready) if self.plainly else self._records(piece, ready)
        later = self._later(piece, rest) if self.plainly else []
        yield from self._columns(piece, slow)
        yield from self._alone(later)

    @staticmethod
    def _later(piece: Piece, rest: list[Part]) -> list[Part]:
        """What is judged record by record because the stream is split by wrappers: `rest`, and known lines behind."""
        parts = piece.parts
        begin = min((runs[0].start for runs, _ in rest), default=piece.offset) - piece.offset
        by_start = {runs[0].start: (runs, chunks) for runs, chunks in rest}
        for row in np.flatnonzero((piece.codes >= 0) & (parts.starts >= begin)).tolist():
            start = piece.offset + int(parts.starts[row])
            line = piece.data[parts.starts[row] : parts.ends[row] + 1]
            # Where the decoder was given the line, it knows whether more belongs to it.
            by_start.setdefault(start, ([Frame(start, len(line), start, 1, piece.lineno + row)], [line]))
            piece.codes[row] = -1
        return [by_start[start] for start in sorted(by_start)]

    def _look_up(self, piece: Piece) -> None:
        """Which lines are known, and their times."""
        parts = piece.parts
        get = self._table.get
        codes = np.array([get(skeleton, -1) for skeleton in parts.skeletons], np.int64)
        codes[parts.odd | (parts.ends - parts.starts > self._max_bytes)] = -1
        piece.codes = np.maximum(codes, -1)
        self._read_times(piece, np.flatnonzero(piece.codes >= 0))

    def _read_times(self, piece: Piece, rows: NDArray[np.int64]) -> None:
        """Read the times of known lines; where one is not as it was, the line is not known after all."""
        if not len(rows):
            return
        parts = piece.parts
        codes = piece.codes[rows]
        notations = np.array(self._notation_of)[codes]
        anchors = np.array(self._anchors)[codes]
        places = parts.kept[np.minimum(parts.firsts[rows] + anchors[:, 0], len(parts.kept) - 1)] + anchors[:, 1]
        for number in np.unique(notations[notations >= 0]).tolist():
            mine = notations == number
            ns, fits = self._learner.notations[number].read(parts.padded, places[mine])
            piece.ns[rows[mine]] = ns
            piece.stamps[rows[mine]] = places[mine]
            piece.codes[rows[mine][~fits]] = -1

    # -- records between known lines

    def _framed(self, piece: Piece) -> set[int]:
        """Give the decoder the lines that are not known; the offsets of records that may still grow.

        Each run of them is fed after the known line before it, which it may continue, and before the known line behind
        it, which may belong to the record that the decoder is in the middle of; such a line is no longer known.
        """
        count = len(piece.codes)
        fed = self._feed_known(piece, 0) if self._is_open else 0
        for first, last in _runs_of(np.flatnonzero(piece.codes < 0)):
            if last < fed:
                continue
            begin = max(first, fed)
            if begin == 0:
                self._feed_before()
            elif begin > fed:
                begin -= 1
            self._feed_rows(piece, begin, last)
            if self._is_split():
                piece.codes[last + 1 :] = -1
                self._feed_rows(piece, last + 1, count - 1)
                fed = count
                break
            fed = self._feed_known(piece, last + 1)
        self._has_gaps = True
        self._stands_alone()
        self._is_open = fed == count
        if self._is_open:
            return self._decoder.open_starts()
        at = int(piece.parts.starts[-1])
        self._before = (piece.offset + at, piece.data[at:], piece.lineno + count - 1)
        piece.codes[-1] = -1
        return set()

    def _stands_alone(self) -> None:
        """The line that was held back is followed by a known one: nothing belongs to it."""
        if self._before is not None:
            at, line, number = self._before
            self._waiting = {at: ([Frame(at, len(line), at, 1, number)], [line]), **self._waiting}
            self._before = None

    def _is_split(self) -> bool:
        """Whether the decoder has found several streams in this one, or holds lines back to see whether there are."""
        decoder = self._decoder
        self.plainly = self.plainly or decoder.is_wrapped or decoder.pending or len(decoder.open_starts()) > 1
        return self.plainly

    def _feed_known(self, piece: Piece, row: int) -> int:
        """Feed known lines from `row` until one surely begins a record; the row behind what was fed."""
        while row < len(piece.codes) and piece.codes[row] >= 0:
            start = piece.offset + int(piece.parts.starts[row])
            frames = self._feed_rows(piece, row, row)
            if any(frame.start == start == frame.of for frame in frames):
                return row + 1
            piece.codes[row] = -1
            row += 1
        return row

    def _feed_rows(self, piece: Piece, first: int, last: int) -> list[Frame]:
        if first > last:
            return []
        start, end = int(piece.parts.starts[first]), int(piece.parts.ends[last]) + 1
        self._number(piece.lineno + first)
        return self._feed(piece.data[start:end], piece.offset + start)

    def _feed_before(self) -> None:
        if self._before is not None:
            at, line, number = self._before
            self._before = None
            self._number(number)
            self._feed(line, at)

    def _number(self, lineno: int) -> None:
        """What is fed next begins with this line: the decoder counts only what it was given."""
        self._drift = lineno - self._decoder.lines_read - 1

    def _feed(self, fed: bytes, at: int) -> list[Frame]:
        frames = self._decoder.feed(fed, at)
        self._take(frames)
        if self._decoder.encoding not in (None, UTF8):
            self.plainly = True
        return frames

    def _keep(self, offset: int, data: bytes) -> None:
        """Keep a block, and of those before it what is in no frame yet."""
        waits = self._window and (self._decoder.pending or not self._has_gaps)
        needed = min(self._decoder.framed_to, offset) if waits else offset
        self._window = [(at, block) for at, block in self._window if at + len(block) > needed]
        if self._before is not None:
            self._window = [(self._before[0], self._before[1])]
        self._window.append((offset, data))

    def _bytes(self, start: int, size: int) -> bytes:
        parts = []
        for at, block in self._window:
            if size and at <= start < at + len(block):
                parts.append(block[start - at : start - at + size])
                start, size = start + len(parts[-1]), size - len(parts[-1])
        return b"".join(parts)

    def _take(self, frames: list[Frame]) -> None:
        """Put frames to their records."""
        for run in frames:
            chunk = self._bytes(run.start, run.size)
            known = self._waiting.get(run.of)
            if known is None:
                self._waiting[run.start] = ([run._replace(lineno=run.lineno + self._drift)], [chunk])
                continue
            join_run(*known, run, chunk)

    def _ready(self, live: set[int]) -> list[Part]:
        """The records that are whole, in order of their first lines, as long as none before them is open."""
        ready = []
        count = len(self._waiting)
        for start in list(self._waiting):
            if start in live and count <= PATIENCE:
                break
            count -= 1
            ready.append(self._waiting.pop(start))
        return ready

    def _close(self, runs: list[Frame], chunks: list[bytes], near: int | None) -> Record:
        first = runs[0]
        made = self._decoder.decode(chunks, near_ns=near, offset=first.start, lineno=first.lineno)
        if len(runs) > 1:
            made = msgspec.structs.replace(made, more=tuple((run.start, run.size) for run in runs[1:]))
        if made.time.ns is not None and made.time.kind not in clock.GUESSED:
            self._near = made.time.ns
        return made

    # -- verdicts

    def _records(self, piece: Piece, ready: list[Part]) -> tuple[list[_Slow], list[Part]]:
        """Make and judge the records that are not known; what has become known meanwhile joins the known lines.

        The second list is what is left from the first record on that has a wrapper: it splits the stream.
        """
        parts = piece.parts
        made: list[_Slow] = []
        at = 0
        rows = _rows_at(piece, [runs[0].start - piece.offset for runs, _ in ready]).tolist()
        for number, ((runs, chunks), row) in enumerate(zip(ready, rows, strict=True)):
            start = runs[0].start - piece.offset
            is_line = row >= 0 and len(runs) == 1 and (start, len(chunks[0])) == _span(parts, row)
            if is_line and (piece.codes[row] >= 0 or self._joins(piece, row)):
                continue
            if row >= 0:
                piece.codes[row] = -1
            # Times without a date are read by the nearest sure one before.
            before = np.flatnonzero(piece.codes[at : max(row, 0)] >= 0)
            if len(before) and piece.ns[at + before[-1]]:
                self._near = int(piece.ns[at + before[-1]])
            at = max(row, 0)
            near = self._near
            record = self._close(runs, chunks, near)
            if record.wrapper is not None:
                self._near, self.plainly = near, True
                return made, ready[number:]
            seen, violations, told = self._stream.weigh(record)
            made.append(_Slow(runs[0].start, seen, violations, facts_of(seen)))
            if told is not None and is_line and not parts.odd[row]:
                self._learn(piece, row, seen, told)
        last = np.flatnonzero(piece.codes[at:] >= 0)
        if len(last) and piece.ns[at + last[-1]]:
            self._near = int(piece.ns[at + last[-1]])
        return made, []

    def _joins(self, piece: Piece, row: int) -> bool:
        """Whether a line has become known since the block was looked up."""
        parts = piece.parts
        code = self._table.get(parts.skeletons[row], -1)
        if code < 0 or parts.odd[row] or parts.ends[row] - parts.starts[row] > self._max_bytes:
            return False
        piece.codes[row] = code
        self._read_times(piece, np.array([row]))
        return bool(piece.codes[row] >= 0)

    def _learn(self, piece: Piece, row: int, seen: Seen, told: Told) -> None:
        """Remember a line's skeleton; what is known of it once it has come twice, and enough of its kind were made."""
        skeleton = piece.parts.skeletons[row]
        code = self._table.get(skeleton)
        if code is None:
            if len(self._table) >= MAX_SKELETONS:
                self._table = {text: number for text, number in self._table.items() if number >= 0}
            if len(self._table) < MAX_SKELETONS:
                self._table[skeleton] = _SEEN_ONCE
            return
        if code != _SEEN_ONCE or (seen.is_json and told.kind.sampled < SAMPLE):
            return
        known = self._learner.known(piece.parts, row, seen, told, self._mutant)
        if known is None:
            self._table[skeleton] = _NEVER
            return
        self._table[skeleton] = len(self._known)
        self._known.append(known)
        self._notation_of.append(known.notation)
        self._anchors.append(known.stamp)

    def _mutant(self, line: bytes) -> Record:
        return self._decoder.decode([line + b"\n"], near_ns=self._near, offset=0, lineno=1)

    def _columns(self, piece: Piece, slow: list[_Slow]) -> Iterator[Judged]:
        """All records of a block at once."""
        if not slow and (piece.codes < 0).all():
            return
        batch = Batch(piece, slow, self._known, self._learner, self._seen)
        for known, count in batch.counts():
            known.told.kind.pending += count
            known.times += count
            self._stream.allow(known.waived, count)
        found = self._stream.sweep(batch.rows)
        yield from batch.judged(found, self._stream.service)

    def _seen(self, line: bytes, offset: int, lineno: int) -> Seen:
        record = self._decoder.decode([line + b"\n"], near_ns=self._near, offset=offset, lineno=lineno)
        return self._stream.seen(record)

    def alike(self) -> Iterator[tuple[Record, str, int]]:
        """(a record, its service, how many more like it were not made) of everything that was known."""
        for known in self._known:
            if known.times:
                yield known.facts.seen.record, known.facts.service, known.times


class Batch:
    """The records of one block: known lines and those that were made, in the stream's order."""

    def __init__(
        self,
        piece: Piece,
        slow: list[_Slow],
        known: list[Known],
        learner: Learner,
        seen: Callable[[bytes, int, int], Seen],
    ) -> None:
        self._piece = piece
        self._slow = slow
        self._learner = learner
        self._make = seen
        parts = piece.parts
        lines = np.flatnonzero(piece.codes >= 0)
        used, kinds = np.unique(piece.codes[lines], return_inverse=True)
        self.known = [known[code] for code in used.tolist()]
        slow_starts = self._slow_column(lambda one: one.start - piece.offset)
        starts = np.concatenate((parts.starts[lines], slow_starts))
        order = np.argsort(starts, kind="stable")
        self._line = np.concatenate((lines, np.full(len(slow), -1)))[order]
        """Each row's line in the block; -1 of those that were made."""
        self._made = np.concatenate((np.full(len(lines), -1), np.arange(len(slow))))[order]
        kind = np.concatenate((kinds, len(used) + np.arange(len(slow))))[order]
        times = [one.seen.record.time.ns for one in slow]
        ns = np.concatenate((piece.ns[lines], np.array([_fitting(at) for at in times], np.int64)))[order]
        has_time = np.array([one.notation >= 0 for one in self.known], np.bool_)[kinds]
        timed = np.concatenate((has_time, np.array([at is not None for at in times], np.bool_)))[order]
        widths = np.array([self._width(one) for one in self.known], np.int64)[kinds]
        sizes = parts.ends[lines] + 1 - parts.starts[lines] - widths
        sizes = np.concatenate((sizes, self._slow_column(lambda one: size_without_time(one.seen.record))))[order]
        facts = [*(one.facts for one in self.known), *(one.facts for one in slow)]
        self.rows = Rows(facts, kind, ns, timed, sizes, self._made_of, self._message)

    def _slow_column(self, of: Callable[[_Slow], int]) -> NDArray[np.int64]:
        return np.array([of(one) for one in self._slow], np.int64)

    def _width(self, known: Known) -> int:
        return self._learner.notations[known.notation].size if known.notation >= 0 else 0

    def counts(self) -> Iterator[tuple[Known, int]]:
        """(what is known of a kind, its lines)."""
        kinds = self.rows.kind[self._line >= 0]
        yield from zip(self.known, np.bincount(kinds, minlength=len(self.known)).tolist(), strict=True)

    def _made_of(self, row: int) -> Made:
        line = int(self._line[row])
        if line < 0:
            return self._slow[int(self._made[row])].seen
        piece, known = self._piece, self.known[int(self.rows.kind[row])]
        start = int(piece.parts.starts[line])
        at = int(piece.stamps[line]) - start
        span = (at, at + self._width(known)) if known.notation >= 0 else (0, 0)
        return self._make, piece.parts.line(line), piece.offset + start, piece.lineno + line, span

    def _message(self, row: int) -> str:
        line = int(self._line[row])
        one = self.rows.facts[int(self.rows.kind[row])]
        known = self.known[int(self.rows.kind[row])] if line >= 0 else None
        if known is None or known.message is None:
            return one.message
        parts = self._piece.parts
        anchor, end = known.message
        first = int(parts.firsts[line])
        begin, stop = int(parts.kept[first + anchor.byte]), int(parts.kept[first + end])
        return parts.data[begin:stop].decode("utf-8", "surrogateescape")

    def judged(self, found: dict[int, list[Violation]], service: str) -> Iterator[Judged]:
        """The rows with violations, and those that were made; `found` holds what the clocks say."""
        faulty = np.array([bool(one.violations) for one in self.known] + [True] * len(self._slow), np.bool_)
        chosen = faulty[self.rows.kind]
        chosen[list(found)] = True
        piece = self._piece
        starts, ends = piece.parts.starts, piece.parts.ends
        for row in np.flatnonzero(chosen).tolist():
            line = int(self._line[row])
            more = found.get(row, ())
            if line < 0:
                one = self._slow[int(self._made[row])]
                yield judged_record(one.seen.record, (*one.violations, *more), service)
                continue
            known = self.known[int(self.rows.kind[row])]
            start = int(starts[line])
            violations = (*(self._quoted(known, line) if known.quotes else known.violations), *more)
            yield Judged(
                piece.lineno + line, piece.offset + start, int(ends[line]) + 1 - start, known.facts.service,
                known.template, violations, known.facts.seen.record, is_made=False,
            )  # fmt: skip

    def _quoted(self, known: Known, line: int) -> tuple[Violation, ...]:
        """The violations with what they quote of this line in place of what they quoted of the first one."""
        violations = list(known.violations)
        for number, quote in known.quotes:
            violations[number] = quote.filled(violations[number], self._text(known, line, quote))
        return tuple(violations)

    def _text(self, known: Known, line: int, quote: Quote) -> str:
        parts = self._piece.parts
        if quote.is_time:
            begin = int(self._piece.stamps[line])
            stop = begin + self._width(known)
        else:
            first = int(parts.firsts[line])
            begin, stop = int(parts.kept[first + quote.begin]), int(parts.kept[first + quote.end])
        return parts.data[begin:stop].decode("utf-8", "surrogateescape")


def _fitting(ns: int | None) -> int:
    """A time as a column holds it; what lies outside of its range is as far as it goes."""
    return 0 if ns is None else max(min(ns, 2**63 - 1), -(2**63))


def _aligned(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, each block but the last with whole lines; the first blocks are small.

    In a block of which nothing is known yet nearly all lines become records; what they teach helps only the next one.
    """
    parts: list[bytes] = []
    limit = FIRST_BYTES
    for block in blocks:
        at = 0
        while at < len(block):
            piece = block[at : at + limit]
            at += len(piece)
            end = piece.rfind(b"\n") + 1
            if not end:
                parts.append(piece)
                continue
            parts.append(piece[:end])
            yield b"".join(parts)
            parts = [piece[end:]] if end < len(piece) else []
            limit *= 2
    if parts:
        yield b"".join(parts)


def _is_whole(data: bytes) -> bool:
    """Whether a block can be taken apart."""
    return data[-1:] == b"\n" and len(data) <= MAX_BLOCK


def _rows_at(piece: Piece, places: list[int]) -> NDArray[np.intp]:
    """The line in which each place of a block lies; -1 before the block."""
    return np.searchsorted(piece.parts.starts, np.array(places, np.int64), side="right") - 1


def _span(parts: Anatomy, row: int) -> tuple[int, int]:
    """(start, size) of a line, its line feed included."""
    start = int(parts.starts[row])
    return start, int(parts.ends[row]) + 1 - start


def _runs_of(rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """(first, last) of each run of consecutive rows."""
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(rows) - 1]))
    return list(zip(rows[firsts].tolist(), rows[lasts].tolist(), strict=True))
