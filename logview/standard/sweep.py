"""A stream's lines judged in bulk: what was judged before is recognized, counted, and told to the rules with clocks.

Each block is taken apart by a thread that runs ahead (apart.py), mostly without the interpreter's lock. Here a line is
looked up; a known one gives its verdict and its time, and never becomes a record. What stands between known lines goes
through the stream's decoder (between.py), and what is learned from its records is what makes later lines known.
Changes no verdict (tested against the road of all records).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.standard.ahead import Ahead
from logview.standard.apart import Apart
from logview.standard.batch import Batch, Slow
from logview.standard.between import Between, known_parts
from logview.standard.judged import Judged, judged_record
from logview.standard.known import Known, Learner, is_exact
from logview.standard.layouts import MAX_SIZE, Layout, Shelf, holes_of
from logview.standard.piece import Piece
from logview.standard.rules.rows import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.between import Part
    from logview.standard.check import StreamChecker
    from logview.standard.kinds import Told
    from logview.standard.rules.seen import Seen

FIRST_BYTES = 1 << 15
"""Bytes of the first block; the second has twice as many, and so on."""
MAX_BLOCK = 4 << 20
"""A line of more bytes is not waited for: it is passed on in parts."""
MAX_SKELETONS = 65_536
LAYOUTS_A_BLOCK = 512
"""Layouts that are learned of one block at most."""
_SEEN_ONCE, _NEVER = -2, -3


class Sweep:
    """One stream's records, in order.

    made  told of each record of a block before anything is found about it
    """

    def __init__(self, stream: StreamChecker, hints: Hints, made: Callable[[Seen], None] | None = None) -> None:
        standard = stream.checker.standard
        exact = is_exact(standard)
        self._stream = stream
        self._made = made
        self._itself = False
        self._apart = Apart(standard, exact=exact)
        self._learner = Learner(stream.checker, exact=exact, zone=hints.zone)
        self._max_bytes = stream.max_bytes
        self._hints = hints
        self._between = Between(hints)
        self._table: dict[bytes, int] = {}
        """Skeleton → number of what is known of it."""
        self._known: list[Known] = []
        self._shelf = Shelf()
        self._ahead = Ahead(self._apart, self._shelf, self._learner.notations, lambda: not self.plainly)
        self._clocks = np.zeros((0, 4), np.int64)
        """(notation, byte and place behind it of its anchor, bytes of the longest line) of each Known."""
        self.read_to = 0
        """Bytes that were taken; `lineno`: the number of the line behind them."""
        self.lineno = 1

    # -- blocks

    def run(self, blocks: Iterable[bytes], *, helped_from: int | None = None, itself: bool = False) -> Iterator[Judged]:
        """The records with violations, and all that were made; findings about earlier ones are in `drain`.

        helped_from  bytes from which on another process takes blocks apart; None: none does
        itself       whether each is given as itself, not as one of its kind
        """
        self._itself = itself
        for step in self.steps(blocks, helped_from=helped_from):
            yield from step

    def steps(self, blocks: Iterable[bytes], *, helped_from: int | None = None) -> Iterator[Iterator[Judged]]:
        """The same, step by step: each must be used up before the next; then all before `judged_to` are judged."""
        for data, parts in self._ahead.taken(_aligned(blocks), helped_from=helped_from):
            offset, lineno = self.read_to, self.lineno
            self.read_to = offset + len(data)
            if parts is None or self.plainly:
                self.lineno += data.count(b"\n")
                yield self._alone(self._between.plain(data, offset, lineno))
            else:
                self.lineno += len(parts.lines)
                yield self._piece(Piece(data, offset, lineno, parts))
        yield self._alone(self._between.finish())

    @property
    def judged_to(self) -> int:
        """The offset before which every record was judged, asked after a step."""
        return self._between.judged_to(self.read_to)

    @property
    def has_lost_helper(self) -> bool:
        """Whether a second process ended before it was told to; what it had left was done here."""
        return self._ahead.has_lost_helper

    @property
    def plainly(self) -> bool:
        """Whether every record is judged by itself from here on."""
        return self._between.plainly

    def go_on_at(self, offset: int, lineno: int, near_ns: int | None) -> None:
        """Judge on where a record begins, behind others that were judged elsewhere; known lines stay known.

        Only for one stream without wrappers, and when the steps before are used up.
        """
        self._between = Between(self._hints, near_ns=near_ns, is_amid=True)
        self.read_to, self.lineno = offset, lineno

    def _alone(self, ready: list[Part]) -> Iterator[Judged]:
        """Records judged by themselves."""
        for part in ready:
            record = self._between.close(part)
            yield judged_record(record, self._stream.check(record), self._stream.service)

    # -- one block

    def _piece(self, piece: Piece) -> Iterator[Judged]:
        self._look_up(piece)
        ready = self._between.framed(piece)
        slow, rest = ([], ready) if self.plainly else self._records(piece, ready)
        later: list[Part] = []
        if self.plainly:
            # Wrappers split the stream: what is left is judged record by record, known lines behind it, too.
            begin = min((runs[0].start for runs, _ in rest), default=piece.offset)
            # Where the decoder was given a line, it knows whether more belongs to it.
            by_start = known_parts(piece, begin) | {part[0][0].start: part for part in rest}
            later = [by_start[start] for start in sorted(by_start)]
        yield from self._columns(piece, slow)
        yield from self._alone(later)

    def _look_up(self, piece: Piece) -> None:
        """Which lines are known, and their times."""
        parts, lines = piece.parts, piece.lines
        get = self._table.get
        has_layout = parts.numbers >= 0
        piece.codes[has_layout] = parts.layouts.codes[parts.numbers[has_layout]]
        codes = np.array([get(skeleton, -1) for skeleton in parts.anatomy.skeletons], np.int64)
        piece.codes[parts.rest] = np.maximum(codes, -1)
        piece.codes[lines.odd | (lines.ends - lines.starts > self._max_bytes)] = -1
        self._read_times(piece, parts.rest[piece.codes[parts.rest] >= 0])
        self._learn_layouts(piece)

    def _read_times(self, piece: Piece, rows: NDArray[np.int64]) -> None:
        """Read the times of known lines without a layout; one that is too long or has another time is not known."""
        if not len(rows):
            return
        if len(self._clocks) < len(self._known):
            more = [(one.notation, *one.stamp, one.most_bytes) for one in self._known[len(self._clocks) :]]
            self._clocks = np.concatenate((self._clocks, np.array(more, np.int64)))
        clocks = self._clocks[piece.codes[rows]]
        fits = clocks[:, 3] >= (piece.lines.ends - piece.lines.starts)[rows]
        piece.codes[rows[~fits]] = -1
        rows, clocks = rows[fits], clocks[fits]
        places = piece.places(rows, clocks[:, 1], clocks[:, 2])
        for number, notation in enumerate(self._learner.notations):
            mine = clocks[:, 0] == number
            if mine.any():
                ns, fits = notation.read(piece.lines.padded, places[mine])
                its = rows[mine]
                piece.ns[its] = ns
                piece.stamps[its] = places[mine]
                piece.codes[its[~fits]] = -1

    def _learn_layouts(self, piece: Piece) -> None:
        """Remember the layouts of lines whose skeletons are known."""
        parts = piece.parts
        rows = parts.rest[piece.codes[parts.rest] >= 0]
        rows = rows[(piece.lines.ends - piece.lines.starts)[rows] < MAX_SIZE]
        if not len(rows):
            return
        marks = parts.marks[parts.in_rest[rows]]
        _, firsts = np.unique(marks, return_index=True)
        is_new = False
        for at in firsts[:LAYOUTS_A_BLOCK].tolist():
            row, mark = int(rows[at]), int(marks[at])
            code = int(piece.codes[row])
            if self._shelf.wants(mark, code):
                is_new |= self._shelf.add(mark, self._layout(piece, row, code))
        if is_new:
            self._shelf.renew(self._learner.notations)

    def _layout(self, piece: Piece, row: int, code: int) -> Layout:
        anatomy, at, known = piece.parts.anatomy, int(piece.parts.in_rest[row]), self._known[code]
        low, reach, ids = holes_of(anatomy, at)
        message = (0, 0)
        if known.message is not None:
            anchor, end = known.message
            message = (anatomy.place(at, anchor.byte), anatomy.place(at, end))
        quotes = tuple((0, 0) if quote.is_time else quote.span(anatomy, at) for _, quote in known.quotes)
        job = (0, 0) if known.job is None else known.job.span(anatomy, at)
        stamp = anatomy.place(at, known.stamp.byte) + known.stamp.behind if known.notation >= 0 else 0
        return Layout(code, low, reach, ids, known.notation, stamp, message, quotes, job)

    # -- records

    def _records(self, piece: Piece, ready: list[Part]) -> tuple[list[Slow], list[Part]]:
        """Make and judge the records that are not known; what has become known meanwhile joins the known lines.

        The second list is what is left from the first record on that has a wrapper: it splits the stream.
        """
        between = self._between
        made: list[Slow] = []
        at = 0
        rows = piece.rows_at([runs[0].start - piece.offset for runs, _ in ready])
        is_line = [
            row >= 0 and len(runs) == 1 and (runs[0].start - piece.offset, len(chunks[0])) == piece.span(row)
            for row, (runs, chunks) in zip(rows.tolist(), ready, strict=True)
        ]
        open_rows = np.zeros(len(piece.codes), np.bool_)
        """Lines that are records by themselves and wait to be made."""
        open_rows[rows[is_line]] = True
        for number, (part, row) in enumerate(zip(ready, rows.tolist(), strict=True)):
            if is_line[number]:
                open_rows[row] = False
                if piece.codes[row] >= 0:
                    continue
            if row >= 0:
                piece.codes[row] = -1
            self._pass_by(piece, at, row)
            at = max(row, 0)
            near = between.near
            record = between.close(part)
            if record.wrapper is not None:
                between.near, between.plainly = near, True
                return made, ready[number:]
            seen, violations, told = self._stream.weigh(record)
            if self._made is not None:
                self._made(seen)
            made.append(Slow(part[0][0].start, seen, violations, facts_of(seen), told))
            if told is not None and is_line[number] and not piece.lines.odd[row]:
                self._learn(piece, row, seen, told, open_rows)
        self._pass_by(piece, at, len(piece.codes))
        return made, []

    def _pass_by(self, piece: Piece, begin: int, end: int) -> None:
        """Times without a date are read by the nearest sure one before: here, that of the last known line."""
        for row in range(end - 1, begin - 1, -1):
            if piece.codes[row] >= 0:
                self._between.near = int(piece.ns[row]) or self._between.near
                return

    def _learn(self, piece: Piece, row: int, seen: Seen, told: Told, open_rows: NDArray[np.bool_]) -> None:
        """Remember a line's skeleton; what is known of it once it has come twice.

        open_rows  lines that become known with it
        """
        at = int(piece.parts.in_rest[row])
        if at < 0:
            return
        anatomy = piece.parts.anatomy
        skeleton = anatomy.skeletons[at]
        code = self._table.get(skeleton)
        if code is None:
            if len(self._table) >= MAX_SKELETONS:
                self._table = {text: number for text, number in self._table.items() if number >= 0}
            if len(self._table) < MAX_SKELETONS:
                self._table[skeleton] = _SEEN_ONCE
            return
        if code != _SEEN_ONCE:
            return
        known = self._learner.known(anatomy, at, seen, told, self._between.decode)
        if known is None:
            self._table[skeleton] = _NEVER
            return
        self._table[skeleton] = len(self._known)
        self._known.append(known)
        alike = piece.parts.rest[[one == skeleton for one in anatomy.skeletons]]
        alike = alike[open_rows[alike] & ~piece.lines.odd[alike]]
        alike = alike[(piece.lines.ends - piece.lines.starts)[alike] <= self._max_bytes]
        piece.codes[alike] = len(self._known) - 1
        self._read_times(piece, alike)

    def _columns(self, piece: Piece, slow: list[Slow]) -> Iterator[Judged]:
        """All records of a block at once."""
        if not slow and (piece.codes < 0).all():
            return
        batch = Batch(piece, slow, self._known, self._seen)
        for known, count in batch.counts():
            known.told.kind.pending += count
            known.times += count
            self._stream.allow(known.waived, count)
        found = self._stream.sweep(batch.rows, batch.tolds)
        yield from batch.judged(found, self._stream.service, itself=self._itself)

    def _seen(self, line: bytes, offset: int, lineno: int) -> Seen:
        seen = self._stream.seen(self._between.decode(line, offset, lineno))
        if self._made is not None:
            self._made(seen)
        return seen

    def alike(self) -> Iterator[tuple[Record, str, int]]:
        """(a record, its service, how many more like it were not made) of everything that was known."""
        for known in self._known:
            if known.times:
                yield known.facts.seen.record, known.facts.service, known.times


def _aligned(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes as (block, whether it holds whole lines); the others are parts of a long line, and the last one.

    The first blocks are small: in a block of which nothing is known yet nearly all lines become records, and what they
    teach helps only the next one.
    """
    parts: list[bytes] = []
    limit, waiting = FIRST_BYTES, 0
    is_amid = False
    """Whether the line that goes on is one that is passed on in parts."""
    for block in blocks:
        at = 0
        if is_amid:
            at = block.find(b"\n") + 1
            is_amid = not at
            yield block[:at] if at else block, False
            if is_amid:
                continue
        while at < len(block):
            piece = block[at : at + limit]
            at += len(piece)
            end = piece.rfind(b"\n") + 1
            if end:
                yield b"".join([*parts, piece[:end]]), True
                parts, waiting = [], 0
                limit *= 2
            parts.append(piece[end:])
            waiting += len(piece) - end
        if waiting > MAX_BLOCK:
            yield b"".join(parts), False
            parts, waiting, is_amid = [], 0, True
    if waiting:
        yield b"".join(parts), False
