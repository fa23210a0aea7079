"""Bytes that come only once, kept so that they can be read again by position.

Memory holds the newest 256 KiB, unlinked temporary files the rest, up to a budget; beyond it the oldest bytes go.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field

from logview.errors import UsageError
from logview.sources.file import pread

GIB = 1 << 30
BUDGET = GIB
"""Bytes kept of standard input, of a pipe and of a packed file, unless LOGVIEW_SPOOL says otherwise."""
TAIL = 256 << 10
SEGMENTS = 16
"""A spool's budget is cut into so many files; the oldest goes as a whole."""

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": GIB, "T": 1 << 40}


def spool_budget() -> int:
    """Bytes a spool may keep: the environment's LOGVIEW_SPOOL ("500M", "4G"), else 1 GiB."""
    text = os.environ.get("LOGVIEW_SPOOL", "").strip().upper().removesuffix("IB").removesuffix("B")
    if not text:
        return BUDGET
    number, unit = (text[:-1], text[-1]) if text[-1] in UNITS else (text, "")
    try:
        return max(TAIL * 4, int(float(number) * UNITS[unit]))
    except (ValueError, OverflowError):
        raise UsageError(f'LOGVIEW_SPOOL is "{text}"; wanted a size such as 500M or 4G') from None


def filler(text: str, size: int) -> bytes:
    """What stands in for `size` bytes that have gone: the text, blanks, a line end."""
    if size <= 0:
        return b""
    return text.encode("utf-8", "replace")[: size - 1].ljust(size - 1) + b"\n"


@dataclass(slots=True)
class _Segment:
    start: int
    fd: int
    size: int = 0


@dataclass(slots=True)
class Spool:
    """An append-only byte stream of which the newest `budget` bytes can be read; safe from any thread.

    first   offset of the oldest byte that is still there
    size    bytes ever appended
    full    the disk refused: what does not fit in memory goes
    """

    budget: int = BUDGET
    first: int = 0
    size: int = 0
    full: bool = False
    _segments: list[_Segment] = field(default_factory=list)
    _tail: bytearray = field(default_factory=bytearray)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def append(self, data: bytes) -> int:
        """Add bytes; the number of bytes that had to go for it, 0 as a rule."""
        with self._lock:
            before = self.first
            self._tail += data
            self.size += len(data)
            if len(self._tail) > TAIL:
                self._flush()
            return self.first - before

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; for bytes that have gone a line that says so."""
        with self._lock:
            end = min(offset + size, self.size)
            if offset >= end:
                return b""
            parts = []
            if offset < self.first:
                gone = min(end, self.first) - offset
                parts.append(filler("[gone: the spool kept only the newest bytes]", gone))
                offset += gone
            for segment in self._segments:
                if offset < min(end, segment.start + segment.size) and offset >= segment.start:
                    take = min(end, segment.start + segment.size) - offset
                    parts.append(pread(segment.fd, take, offset - segment.start))
                    offset += take
            if offset < end:
                start = self.size - len(self._tail)
                parts.append(bytes(self._tail[offset - start : end - start]))
            return b"".join(parts)

    def close(self) -> None:
        """Give the disk space back; nothing can be read afterwards."""
        with self._lock:
            for segment in self._segments:
                os.close(segment.fd)
            self._segments.clear()
            self._tail.clear()
            self.first = self.size

    def _flush(self) -> None:
        """Move the tail to disk; drop the oldest segment where the budget or the disk is full."""
        view = memoryview(bytes(self._tail))
        self.full = False
        while view:
            try:
                written = self._write(view)
            except OSError:
                # The disk is full: only a segment that holds something gives space back.
                if self._segments and not self._segments[-1].size:
                    os.close(self._segments.pop().fd)
                if self._drop_oldest():
                    continue
                self.full = True
                break
            view = view[written:]
        kept = bytes(view[-TAIL:]) if self.full else b""
        self._tail[:] = kept
        if self.full:
            self.first = self.size - len(kept)

    def _write(self, view: memoryview) -> int:
        limit = max(TAIL, self.budget // SEGMENTS)
        if not self._segments or self._segments[-1].size >= limit:
            import tempfile

            with tempfile.TemporaryFile(buffering=0, prefix="logview-") as file:
                fd = os.dup(file.fileno())
            self._segments.append(_Segment(self.size - len(view), fd))
            while len(self._segments) > SEGMENTS:
                self._drop_oldest()
        segment = self._segments[-1]
        written = os.write(segment.fd, view[: max(1, limit - segment.size)])
        segment.size += written
        return written

    def _drop_oldest(self) -> bool:
        if not self._segments:
            return False
        oldest = self._segments.pop(0)
        os.close(oldest.fd)
        self.first = max(self.first, oldest.start + oldest.size)
        return True
