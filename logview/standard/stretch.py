"""A stretch of a stream that is not one JSON object a line: read as any stream, until such lines come again.

The same records as `decode_blocks` gives; what it adds is the end. Knows records and their bytes, no rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from logview.decode import StreamDecoder, clock
from logview.decode.envelope import may_be
from logview.decode.frame import Frame
from logview.decode.lines import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logview.decode import Hints
    from logview.record import Record

PATIENCE = 4_096
"""Records that may begin before an open one is given out."""


class Stretch:
    """The records from one line of a stream on. Fed pieces that adjoin.

    lineno   the number of the first line
    near_ns  an instant before it, for times without year or date
    """

    def __init__(self, hints: Hints, *, lineno: int, near_ns: int | None) -> None:
        self._decoder = StreamDecoder(hints)
        self._window = Window()
        self._waiting: dict[int, tuple[list[Frame], list[bytes]]] = {}
        self._before = lineno - 1
        self.near_ns = near_ns
        self._is_wrapped = False
        self._last: Frame | None = None

    def feed(self, piece: bytes, offset: int) -> Iterator[Record]:
        """The records that are whole now."""
        self._window.add(piece, offset)
        self._take(self._decoder.feed(piece, offset))
        live = self._decoder.open_starts()
        count = len(self._waiting)
        for start in list(self._waiting):
            if start in live and count <= PATIENCE:
                break
            count -= 1
            yield self._close(*self._waiting.pop(start))

    def finish(self) -> Iterator[Record]:
        """The stream ended: the records that were open."""
        self._take(self._decoder.finish())
        for start in list(self._waiting):
            yield self._close(*self._waiting.pop(start))

    def ends_before(self, offset: int) -> bool:
        """Whether the last line fed, at `offset`, begins a record and every earlier record is whole.

        Streams in wrappers have no end: what was learned about the wrapper holds for all that follows.
        """
        last = self._last
        return (
            not self._is_wrapped
            and not self._decoder.pending
            and last is not None
            and last.start == last.of == offset
            and self._decoder.open_starts() == {offset}
        )

    def _take(self, frames: Sequence[Frame]) -> None:
        for run in frames:
            chunk = self._window.take(run.start, run.size)
            known = self._waiting.get(run.of)
            if known is None:
                self._waiting[run.start] = ([run], [chunk])
                continue
            runs, chunks = known
            last = runs[-1]
            if last.start + last.size == run.start:
                runs[-1] = Frame(last.start, last.size + run.size, last.of, last.lines + run.lines, last.lineno)
                chunks[-1] += chunk
            else:
                runs.append(run)
                chunks.append(chunk)
        if frames:
            self._last = frames[-1]

    def _close(self, runs: list[Frame], chunks: list[bytes]) -> Record:
        first = runs[0]
        made = self._decoder.decode(
            chunks, near_ns=self.near_ns, offset=first.start, lineno=first.lineno + self._before
        )
        if len(runs) > 1:
            made = msgspec.structs.replace(made, more=tuple((run.start, run.size) for run in runs[1:]))
        if made.time.ns is not None and made.time.kind not in clock.GUESSED:
            self.near_ns = made.time.ns
        self._is_wrapped = self._is_wrapped or made.wrapper is not None
        return made


def next_pair(lines: Sequence[bytes], start: int) -> int | None:
    """Index of the first line from `start` on that is a JSON object by itself and follows another; None: there is none.

    The last of `lines` may be cut off and is no such line.
    """
    was = False
    for at in range(start, len(lines) - 1):
        line = lines[at]
        if line[:2] == b'{"' and line[-1:] == b"}" and not may_be(line):
            if was:
                return at
            was = True
        else:
            was = False
    return None
