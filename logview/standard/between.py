"""The lines of a stream that are not known go through its decoder, with a known line on either side.

So a traceback finds its record, and a line that would continue one is no longer known. Gives records, knows no rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.decode import StreamDecoder, clock
from logview.decode.frame import Frame
from logview.decode.lines import UTF8, without_middle
from logview.decode.stream import join_run, placed
from logview.index.scan import runs_of

if TYPE_CHECKING:
    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.piece import Piece

PATIENCE = 4_096
"""Records that may begin before an open one is given out."""
Part = tuple[list[Frame], list[bytes]]
"""A record's runs and their bytes."""


class Between:
    """The decoder's side of one stream.

    near_ns  a sure time before its first record; is_amid: whether that is not the stream's first
    """

    def __init__(self, hints: Hints, *, near_ns: int | None = None, is_amid: bool = False) -> None:
        self._decoder = StreamDecoder(hints)
        self.near: int | None = hints.reference_ns if near_ns is None else near_ns
        """The last sure time: those without a date are read by it."""
        self._waiting: dict[int, Part] = {}
        self._before: tuple[int, bytes, int] | None = None
        """(offset, line, number) of a known line that the next one may continue."""
        self._is_open = False
        """Whether the last line that was read went to the decoder."""
        self._has_gaps = is_amid
        """Whether lines were passed over that the decoder did not see."""
        self._drift = 0
        """A line's number beyond what the decoder, which does not see all, takes it for."""
        self._window: list[tuple[int, bytes]] = []
        self.plainly = False
        """Whether every record is judged by itself from here on: wrappers, other encodings."""

    def judged_to(self, read_to: int) -> int:
        """The offset before which every record was given out."""
        to = read_to if self._before is None else self._before[0]
        if self.plainly or not self._has_gaps:
            to = min(to, self._decoder.framed_to)
        return min(to, min(self._waiting, default=to))

    # -- whole blocks

    def plain(self, data: bytes, offset: int, lineno: int) -> list[Part]:
        """The records that end in a block of which nothing is known; its last line may go on in the next one."""
        self._keep(offset, data)
        self._feed_before()
        if self._has_gaps:
            self._number(lineno)
        self._feed(data, offset)
        if self._decoder.unfinished is not None:
            self._window = without_middle(self._window, self._decoder.unfinished)
        self._has_gaps, self._is_open = False, True
        return self._ready(self._decoder.open_starts())

    def finish(self) -> list[Part]:
        """The records that the end of the stream ends."""
        self._feed_before()
        self._take(self._decoder.finish())
        return self._ready(set())

    def framed(self, piece: Piece) -> list[Part]:
        """The records made of lines that are not known; known lines that belong to one are no longer known."""
        self._keep(piece.offset, piece.data)
        ready = self._ready(self._framed(piece))
        # What may still grow is judged with the next block.
        held = [start - piece.offset for start in self._waiting if start >= piece.offset]
        piece.codes[piece.rows_at(held)] = -1
        return ready

    def close(self, part: Part) -> Record:
        """The record of its runs."""
        runs, chunks = part
        first = runs[0]
        made = placed(self._decoder.decode(chunks, near_ns=self.near, offset=first.start, lineno=first.lineno), runs)
        if made.time.ns is not None and made.time.kind not in clock.GUESSED:
            self.near = made.time.ns
        return made

    def decode(self, line: bytes, offset: int = 0, lineno: int = 1) -> Record:
        """The record of a line by itself."""
        return self._decoder.decode([line + b"\n"], near_ns=self.near, offset=offset, lineno=lineno)

    # -- lines

    def _framed(self, piece: Piece) -> set[int]:
        """Give the decoder the lines that are not known; the offsets of records that may still grow.

        Each run of them is fed after the known line before it, which it may continue, and before the known line behind
        it, which may belong to the record that the decoder is in the middle of; such a line is no longer known.
        """
        count = len(piece.codes)
        fed = self._feed_known(piece, 0) if self._is_open else 0
        for first, last in runs_of(np.flatnonzero(piece.codes < 0)):
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
        at = int(piece.lines.starts[-1])
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
            start = piece.offset + int(piece.lines.starts[row])
            frames = self._feed_rows(piece, row, row)
            if any(frame.start == start == frame.of for frame in frames):
                return row + 1
            piece.codes[row] = -1
            row += 1
        return row

    def _feed_rows(self, piece: Piece, first: int, last: int) -> list[Frame]:
        if first > last:
            return []
        start, end = int(piece.lines.starts[first]), int(piece.lines.ends[last]) + 1
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

    # -- records

    def _keep(self, offset: int, data: bytes) -> None:
        """Keep a block, and of those before it what is in no frame yet."""
        waits = self._window and (self._decoder.pending or not self._has_gaps)
        needed = min(self._decoder.framed_to, offset) if waits else offset
        self._window = [(at, block) for at, block in self._window if at + len(block) > needed]
        if self._before is not None:
            self._window = [(self._before[0], self._before[1])]
        self._window.append((offset, data))

    def _bytes(self, start: int, size: int) -> bytes:
        end = start + size
        return b"".join(
            [block[max(start - at, 0) : end - at] for at, block in self._window if at < end and start < at + len(block)]
        )

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


def known_parts(piece: Piece, begin: int) -> dict[int, Part]:
    """The known lines from the offset `begin` on as records; they are no longer known."""
    parts: dict[int, Part] = {}
    for row in np.flatnonzero((piece.codes >= 0) & (piece.lines.starts >= begin - piece.offset)).tolist():
        start, line = piece.offset + int(piece.lines.starts[row]), piece.lines.whole(row)
        parts[start] = ([Frame(start, len(line), start, 1, piece.lineno + row)], [line])
        piece.codes[row] = -1
    return parts
