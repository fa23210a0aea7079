"""One logical byte stream over all the files that a followed path has named.

The bytes of a generation are appended as they are taken; where its file is renamed, copied or deleted afterwards, the
generation's reader follows, and the offsets stay what they were.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.sources.file import FileSource
from logview.sources.spool import filler

if TYPE_CHECKING:
    from logview.sources.events import Notice
    from logview.sources.generation import Generation

RECENT = 32 << 20
"""Bytes last read, of all sources together, that stay in memory: truncation cannot take back what was announced."""
JOIN = 64 << 10


@dataclass(slots=True)
class _Segment:
    start: int
    size: int
    generation: Generation | None
    at: int


class Recent:
    """The chunks read last, over all streams; the oldest goes when `budget` bytes are exceeded."""

    def __init__(self, budget: int = RECENT) -> None:
        self._budget = budget
        self._size = 0
        self._order: deque[LogicalSource] = deque()

    def added(self, stream: LogicalSource, size: int, *, is_new: bool) -> None:
        """`stream` keeps `size` bytes more; in a chunk of their own when `is_new`."""
        self._size += size
        if is_new:
            self._order.append(stream)
        while self._size > self._budget and len(self._order) > 1:
            self._size -= self._order.popleft().forget_oldest()


@dataclass(slots=True, eq=False)
class LogicalSource:
    """A followed path as a Source. `append` and its kin are for the follower's thread, `read` for any."""

    name: str
    path: str | None
    recent: Recent
    notices: list[Notice] = field(default_factory=list)
    last: Generation | None = None
    """The generation whose bytes are at the end."""
    at_line_start: bool = True
    _size: int = 0
    _segments: list[_Segment] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _chunks: deque[tuple[int, bytes]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def size(self) -> int:
        """Logical bytes appended so far."""
        return self._size

    def append(self, generation: Generation | None, at: int, size: int, data: bytes | None) -> None:
        """Put `size` bytes at the end: those at offset `at` of the generation, or `data` itself when there is none.

        data    the bytes, kept for a while so that they survive a truncation; None: they were there at the start
        """
        if size <= 0:
            return
        with self._lock:
            last = self._segments[-1] if self._segments else None
            if last is not None and generation is not None and last.generation is generation:
                joins = last.at + last.size == at
            else:
                joins = False
            if joins and last is not None:
                last.size += size
            else:
                self._segments.append(_Segment(self._size, size, generation, at))
                self._starts.append(self._size)
            is_new = data is not None and self._keep(data)
            self._size += size
        self.last = generation
        if data is not None:
            self.at_line_start = data.endswith(b"\n")
            self.recent.added(self, size, is_new=is_new)

    def end_line(self) -> None:
        """Put the virtual newline after a generation that ended without one."""
        if not self.at_line_start:
            self.append(None, 0, 1, b"\n")

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` logical bytes from `offset`; bytes that have gone read as a line that says so."""
        parts = []
        end = min(offset + size, self._size)
        while offset < end:
            part = self._read_some(offset, end - offset)
            parts.append(part)
            offset += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def forget_oldest(self) -> int:
        """Drop the oldest chunk kept in memory; its size."""
        with self._lock:
            return len(self._chunks.popleft()[1]) if self._chunks else 0

    def close(self) -> None:
        """Close every reader."""
        with self._lock:
            generations = {id(s.generation): s.generation for s in self._segments if s.generation is not None}
            self._chunks.clear()
        for generation in generations.values():
            if generation.reader is not None:
                generation.reader.close()

    def identity(self) -> tuple[int, int] | None:
        """(device, inode) of the one plain file that the whole stream is, from its first byte on; None: it is not."""
        with self._lock:
            segments = list(self._segments)
        if len(segments) != 1 or segments[0].at or segments[0].generation is None:
            return None
        reader = segments[0].generation.reader
        if not isinstance(reader, FileSource):
            return None
        try:
            found = reader.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def generations(self) -> list[Generation]:
        """Every generation that has bytes in the stream, each once, oldest first."""
        with self._lock:
            return list(dict.fromkeys(s.generation for s in self._segments if s.generation is not None))

    def kept_of(self, generation: Generation, at: int, size: int) -> bytes | None:
        """The bytes at `at` of a generation if they are still in memory; None otherwise."""
        with self._lock:
            for segment in reversed(self._segments):
                if segment.generation is generation and segment.at <= at and at + size <= segment.at + segment.size:
                    start = segment.start + at - segment.at
                    kept = bool(self._chunks) and start >= self._chunks[0][0]
                    break
            else:
                kept = False
        return self.read(start, size) if kept else None

    def end_of(self, generation: Generation) -> int:
        """Logical offset behind the generation's last byte; the stream's end when it has none."""
        with self._lock:
            for segment in reversed(self._segments):
                if segment.generation is generation:
                    return segment.start + segment.size
        return self._size

    def _keep(self, data: bytes) -> bool:
        """Remember a chunk, joined to the one before if both are small; True when it stands alone."""
        if self._chunks:
            start, before = self._chunks[-1]
            if start + len(before) == self._size and len(before) + len(data) <= JOIN:
                self._chunks[-1] = (start, before + data)
                return False
        self._chunks.append((self._size, data))
        return True

    def _read_some(self, offset: int, size: int) -> bytes:
        """At least one of the bytes at `offset`, which is inside the stream."""
        with self._lock:
            stop = offset + size
            # The chunks follow one another without a gap up to the stream's end.
            if self._chunks and offset >= self._chunks[0][0]:
                start, data = next(chunk for chunk in reversed(self._chunks) if chunk[0] <= offset)
                return data[offset - start : stop - start]
            if self._chunks:
                stop = min(stop, self._chunks[0][0])
            segment = self._segments[bisect_right(self._starts, offset) - 1]
            stop = min(stop, segment.start + segment.size)
            generation = segment.generation
            at = segment.at + offset - segment.start
        if generation is None:
            return b"\n" * (stop - offset)
        return _read_generation(generation, at, stop - offset)


def _read_generation(generation: Generation, at: int, size: int) -> bytes:
    reader, why = generation.reader, generation.why
    if reader is None:
        return filler(f"[{why}]", size)
    try:
        data = reader.read(at, size)
        # A copy may be overwritten by the next one, a file rewritten before the next tick sees it.
        if not generation.signature.holds(reader):
            data, why = b"", "rewritten"
    except OSError as error:
        data, why = b"", f"unreadable: {error.strerror}"
    return data + filler(f"[{why}]", size - len(data))
