"""Takes the new bytes of one generation into the stream: verified, without NUL blocks, unfinished lines held back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from logview.sources.file import FileSource
from logview.sources.generation import HEAD, TAIL, Generation, Reader, State, state_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources.events import Teller
    from logview.sources.stream import LogicalSource

CHUNK = 2 << 20
"""Bytes one path may take in one tick."""
HOLD_S = 1.0
"""So long a line without its newline is held back, and newer generations with it."""
ABANDONED_S = 60.0
"""A line that was cut, and is not finished so long after, is taken as it is."""
LONG_LINE = 1 << 20
"""A longer line is not held back, and is told of."""
CHECK_S = 1.0
"""A file that nobody touched is compared with what was read of it once in so long a time."""
NUL_RUN = 512
"""So many NUL bytes in a row are no text in any encoding: a hole, or a block that was never written."""
NUL_SCAN = 64 << 20
"""NUL bytes looked through in one tick."""


class Took(Enum):
    """What came of it."""

    ALL = "everything up to the size asked for"
    PART = "a chunk; there is more"
    HELD = "not all: an unfinished line, or a long run of NUL bytes"
    REWRITTEN = "nothing: the file is not the one that was read"


@dataclass(slots=True)
class Taker:
    """Takes for one stream, and tells of it."""

    stream: LogicalSource
    teller: Teller
    may_begin: Callable[[Generation], bool]
    """Asked before the first bytes of a generation are taken."""
    _oversize: tuple[Generation, int] | None = None

    def take(self, generation: Generation, state: State, now: float, room: int) -> Took:
        """Append what is new in one generation up to the size in `state`, at most `room` bytes; OSError as it comes."""
        reader, size = generation.reader, state[0]
        if reader is None:
            return Took.ALL
        if size < generation.taken:
            return Took.REWRITTEN
        if size == generation.taken:
            self._miss(generation, b"")
            return _verified(generation, reader, state, now)
        if generation.was_cut and not _is_finished(generation, reader, size, now):
            return Took.ALL
        wanted = min(room, size - generation.taken)
        data = reader.read(generation.taken, wanted)
        # After the read, not before it: what was read is sound if the file is still the same now. A short read ended
        # where the file does: it was truncated since its size was asked.
        if (
            len(data) < wanted
            or not generation.signature.holds(reader)
            or state_of(reader)[0] < generation.taken + len(data)
        ):
            return Took.REWRITTEN
        if generation.taken == 0 and not self.may_begin(generation):
            return Took.HELD
        self._miss(generation, data)
        return self._append(generation, reader, data, size, now)

    def _miss(self, generation: Generation, data: bytes) -> None:
        """Tell it if the line that was held back does not stand there any more; no signature knows of a first line."""
        if generation.taken == 0 and not data.startswith(generation.held):
            text = "truncated; the unfinished line that stood there, and what came after it, may be lost"
            self.teller.tell("truncated", text, offset=self.stream.size())
        generation.held = b""

    def _append(self, generation: Generation, reader: Reader, data: bytes, size: int, now: float) -> Took:
        nul = data.find(bytes(NUL_RUN)) if b"\0" in data else -1
        if nul == 0:
            return self._skip_nul(generation, reader, data, size)
        if nul > 0:
            self._extend(generation, data[:nul], now)
            return Took.PART
        whole = data.rfind(b"\n") + 1
        is_end = generation.taken + len(data) >= size
        is_held = is_end and _is_held(generation, generation.taken + whole, len(data) - whole, now)
        data_held = data[whole : whole + HEAD]
        if is_held or (whole and not is_end):
            data = data[:whole]
        if data:
            self._extend(generation, data, now)
        if is_held:
            generation.held = b"" if generation.taken else data_held
            return Took.HELD
        return Took.ALL if is_end else Took.PART

    def _extend(self, generation: Generation, data: bytes, now: float) -> None:
        stream = self.stream
        if stream.last is not generation:
            self._end_line()
        start = stream.size()
        stream.append(generation, generation.taken, len(data), data)
        generation.advance(data)
        generation.grown_at = now
        self.teller.grew(start, stream.size())
        line = (generation, generation.line_start)
        if generation.taken - generation.line_start > LONG_LINE and self._oversize != line:
            self._oversize = line
            self.teller.tell("oversize", f"a line longer than {LONG_LINE >> 20} MiB", offset=start)

    def _end_line(self) -> None:
        """End the line that another generation left unfinished; if it is finished later, it is taken again, whole."""
        stream = self.stream
        if stream.at_line_start:
            return
        cut = stream.last
        if cut is not None:
            cut.was_cut = cut.taken - cut.line_start <= LONG_LINE
        self.teller.tell("cut", "the file was rotated in the middle of a line", offset=stream.size())
        start = stream.size()
        stream.end_line()
        self.teller.grew(start, stream.size())

    def _skip_nul(self, generation: Generation, reader: Reader, data: bytes, size: int) -> Took:
        """Leave out a block of NUL bytes once something follows it: a hole at the end may still be filled.

        data  what stands there now: the file may hold something else than when it was looked through last
        """
        nul = len(data) - len(data.lstrip(b"\0"))
        at = generation.taken + nul
        if nul == len(data) and at < generation.nul_until <= size:
            last = reader.read(generation.nul_until - TAIL, TAIL)
            at = at if last.strip(b"\0") else generation.nul_until
        stop = min(size, at + NUL_SCAN)
        while at < stop:
            at = max(at, reader.data_from(at)) if isinstance(reader, FileSource) else at
            block = reader.read(at, 1 << 20) if at < size else b""
            text = block.lstrip(b"\0")
            at += len(block) - len(text)
            if text or not block:
                break
        generation.nul_until = at
        if at >= size:
            return Took.ALL
        if at >= stop and at - generation.taken >= NUL_SCAN and not reader.read(at, 1).strip(b"\0"):
            return Took.HELD
        self._end_line()
        skipped = at - generation.taken
        generation.skip(skipped)
        self.teller.tell("nul", f"{skipped:,} NUL bytes left out", offset=self.stream.size(), size=skipped)
        return Took.PART


def _verified(generation: Generation, reader: Reader, state: State, now: float) -> Took:
    """Nothing new, unless it was rewritten to the same size: looked at when it was touched, and once a second."""
    is_due = now - generation.checked_at >= CHECK_S and (not isinstance(reader, FileSource) or reader.is_open)
    if state == generation.checked and not is_due:
        return Took.ALL
    if not generation.signature.holds(reader):
        return Took.REWRITTEN
    generation.checked, generation.checked_at = state, now
    return Took.ALL


def _is_held(generation: Generation, start: int, length: int, now: float) -> bool:
    """Whether the unfinished line at `start` is to wait for its newline."""
    is_shown = generation.taken == start != generation.line_start
    if length == 0 or length > LONG_LINE or is_shown:
        return False
    if generation.unfinished_at != start:
        generation.unfinished_at, generation.unfinished_since = start, now
    return now - generation.unfinished_since < HOLD_S


def _is_finished(generation: Generation, reader: Reader, size: int, now: float) -> bool:
    """Whether the line that was cut has got its newline; then it is taken again from its start."""
    rest = reader.read(generation.taken, min(size - generation.taken, LONG_LINE))
    if b"\n" in rest:
        generation.rewind()
        return True
    generation.was_cut = len(rest) < LONG_LINE and now - generation.grown_at < ABANDONED_S
    return not generation.was_cut
