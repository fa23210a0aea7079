"""Packed files (.gz .bz2 .xz .zst) as Sources: unpacked as far as they are read, spooled, never beyond a budget.

Told by their first bytes, never by their names. Several members one after another are one stream; what could be
unpacked of a broken file is kept, and a notice says where it broke.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from logview.sources.events import Notice
from logview.sources.spool import Spool, spool_budget

if TYPE_CHECKING:
    from logview.sources.file import FileSource

INPUT = 64 << 10
OUTPUT = 1 << 20
"""Most bytes one step unpacks, so that a bomb costs a step and not the memory."""
ZSTD_INPUT = 1 << 8
"""zstandard unpacks all it is given: 256 bytes are at most 86 blocks of 128 KiB (RFC 8878 §3.1.1.2)."""
RATIO = 200
RATIO_AFTER = 64 << 20
"""A file that unpacks to more than 200 times its size, once 64 MiB have come, is taken for a bomb."""

MAGIC = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
"""First bytes → format (RFC 1952; bzip2's own; the .xz file format §2.1.1; RFC 8878 §3.1.1)."""


def packing(head: bytes) -> str | None:
    """Which of the four formats a file with these first bytes is in; None: none."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


class Member(Protocol):
    """One member of a packed file: what the four libraries have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def unpack(self, data: bytes) -> bytes:
        """At most about OUTPUT bytes for the data and for what was left of earlier data."""

    @property
    def needs_input(self) -> bool: ...


class _Gzip:
    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def unpack(self, data: bytes) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, OUTPUT)


class _Stdlib:
    """bz2 and lzma share one interface."""

    def __init__(self, packing: str) -> None:
        import bz2
        import lzma

        self._inner = bz2.BZ2Decompressor() if packing == "bzip2" else lzma.LZMADecompressor(lzma.FORMAT_XZ)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    def unpack(self, data: bytes) -> bytes:
        return self._inner.decompress(data, OUTPUT)


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._waiting = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._waiting

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    def unpack(self, data: bytes) -> bytes:
        waiting = self._waiting + data
        data, self._waiting = waiting[:ZSTD_INPUT], waiting[ZSTD_INPUT:]
        return self._inner.decompress(data)


def _member(packing: str) -> Member:
    if packing == "gzip":
        return _Gzip()
    return _Zstd() if packing == "zstd" else _Stdlib(packing)


class PackedSource:
    """A packed file as a Source of its unpacked bytes.

    file      the packed file; taken over
    packing   "gzip", "bzip2", "xz" or "zstd"
    budget    bytes unpacked at most; beyond it a notice
    """

    def __init__(self, file: FileSource, packing: str, *, budget: int | None = None) -> None:
        self.name = file.name
        self.path = file.path
        self.packing = packing
        self.identity = file.identity
        self.notices: list[Notice] = []
        self.ended = False
        """Everything that will be unpacked has been."""
        self._file = file
        self._budget = spool_budget() if budget is None else budget
        # Room for the one step that crosses the budget, so that nothing already unpacked goes.
        self._spool = Spool(self._budget * 2)
        self._lock = threading.Lock()
        self._member = _member(packing)
        self._at = 0
        self._member_used = False

    def size(self) -> int:
        """Unpacked bytes; unpacks the whole file the first time, within the budget."""
        with self._lock:
            while self._step():
                pass
        return self._spool.size

    def unpacked(self) -> int:
        """Bytes unpacked so far."""
        return self._spool.size

    def advance(self, size: int) -> int:
        """Unpack about `size` bytes more; bytes unpacked so far."""
        with self._lock:
            until = self._spool.size + size
            while self._spool.size < until and self._step():
                pass
        return self._spool.size

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`, unpacking as far as that needs; short only at the end."""
        if self._spool.size < offset + size:
            with self._lock:
                while self._spool.size < offset + size and self._step():
                    pass
        return self._spool.read(offset, size)

    def close(self) -> None:
        """Close the file and give the spool back."""
        with self._lock:
            self.ended = True
            self._file.close()
            self._spool.close()

    def _step(self) -> bool:
        """Unpack one piece; False at the end, at the budget, or where the file is broken."""
        if self.ended:
            return False
        data = b""
        if self._member.needs_input and not self._member.eof:
            try:
                data = self._file.read(self._at, INPUT)
            except OSError as error:
                return self._end(f"reading stopped: {error.strerror}")
            self._at += len(data)
            if not data:
                return self._end("the packed file ends in the middle; unpacked as far as it goes")
        return self._unpack(data) and self._within_budget()

    def _unpack(self, data: bytes) -> bool:
        try:
            unpacked = self._member.unpack(data)
        # zlib.error, OSError (bz2), lzma.LZMAError, zstandard.ZstdError, EOFError: five trees for one thing.
        except Exception as error:  # noqa: BLE001
            if not self._member_used and self._spool.size:
                return self._end("bytes after the packed data are no packed data; they are left out")
            return self._end(f"the packed file is broken: {error}")
        self._member_used = True
        if unpacked:
            self._spool.append(unpacked)
        return self._next_member() if self._member.eof else True

    def _next_member(self) -> bool:
        """Go on with the member that follows, if any. Padding with NUL is allowed (gzip manual; .xz §2.2)."""
        rest = self._member.unused_data.lstrip(b"\0")
        while len(rest) < 6 and (more := self._file.read(self._at, INPUT)):
            self._at += len(more)
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            return self._end(None)
        if packing(rest) is None and not any(magic.startswith(rest) for magic in MAGIC):
            return self._end(f"{len(rest) + max(0, self._left()):,} bytes after the packed data are left out")
        self._member = _member(packing(rest) or self.packing)
        self._member_used = False
        return self._unpack(rest)

    def _left(self) -> int:
        return self._file.size() - self._at

    def _within_budget(self) -> bool:
        size = self._spool.size
        if size >= self._budget:
            hint = "set LOGVIEW_SPOOL=8G to unpack more"
            return self._end(f"unpacking stopped at {size:,} bytes, the budget; {hint}")
        if size > RATIO_AFTER and size > RATIO * max(1, self._at):
            return self._end(f"unpacking stopped at {size:,} bytes: {size // max(1, self._at)} times the packed size")
        return True

    def _end(self, text: str | None) -> bool:
        self.ended = True
        if text is not None:
            self.notices.append(Notice(0, "unpack", text, self._spool.size))
        return False
