"""One file of a followed path between two truncations: how far it was read, and how a rewritten one is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from logview.sources.file import FileSource

if TYPE_CHECKING:
    import os

HEAD = 1 << 10
"""Bytes of a generation's beginning that must still be there, read again after every read."""
TAIL = 64
"""Bytes before the last read's end that must still be there."""

State = tuple[int, int, int]
"""Size, and the times of the last change of content and of inode, ns. The times never prove that nothing changed."""


class Reader(Protocol):
    """What gives a generation's bytes by position: a FileSource or a PackedSource."""

    path: str | None

    def size(self) -> int: ...
    def read(self, offset: int, size: int) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Signature:
    """How far a generation was read, and what stood there: enough to tell its file from a rewritten one.

    taken  bytes of it that are in the stream, or were left out with a notice
    head   its first bytes, up to HEAD of them
    tail   the bytes before `taken`, up to TAIL of them
    """

    taken: int = 0
    head: bytes = b""
    tail: bytes = b""

    def grown(self, data: bytes) -> Signature:
        """The signature once `data`, which stands at `taken`, is taken too."""
        head = self.head
        if len(head) < HEAD and self.taken == len(head):
            head = (head + data[: HEAD - len(head)])[:HEAD]
        tail = data[-TAIL:] if len(data) >= TAIL else (self.tail + data)[-TAIL:]
        return Signature(self.taken + len(data), head, tail)

    def skipped(self, size: int) -> Signature:
        """The signature once `size` NUL bytes are left out."""
        grown = self.grown(bytes(min(size, HEAD)))
        return Signature(self.taken + size, grown.head, grown.tail)

    def holds(self, reader: Reader) -> bool:
        """Whether `reader` has these bytes in these places; OSError when it cannot be read."""
        if reader.read(0, len(self.head)) != self.head:
            return False
        return reader.read(self.taken - len(self.tail), len(self.tail)) == self.tail


def signature_of(reader: Reader, taken: int) -> Signature:
    """The signature of the first `taken` bytes as they are now."""
    tail = min(TAIL, taken)
    return Signature(taken, reader.read(0, min(HEAD, taken)), reader.read(taken - tail, tail))


@dataclass(slots=True, eq=False)
class Generation:
    """One file of a followed path, between two truncations.

    reader      None: its bytes have gone, `why` says how
    signature   replaced as a whole, so that readers in other threads never see half of a new one
    line_start  where the line that `taken` stands in began
    is_copy     read from a copy of the file that was made before a truncation
    was_beside  found beside the path; empty at that time, it may have been a copy being made
    was_cut     the stream went on with another generation in the middle of a line of this one
    grown_at    clock of the last growth; `unfinished_*`: the line being held back; `checked*`: the last verification
    held        how the file's first line began when it was held back, as long as nothing is taken
    """

    reader: Reader | None
    signature: Signature = Signature()
    line_start: int = 0
    was_cut: bool = False
    is_copy: bool = False
    was_beside: bool = False
    why: str = "gone"
    grown_at: float = 0.0
    unfinished_at: int = -1
    unfinished_since: float = 0.0
    held: bytes = b""
    nul_until: int = 0
    checked: tuple[int, int, int] = (-1, 0, 0)
    checked_at: float = float("-inf")

    @property
    def taken(self) -> int:
        """Offset in the file up to which its bytes are in the stream."""
        return self.signature.taken

    def advance(self, data: bytes) -> None:
        """Note that `data`, which stands at `taken`, is in the stream now."""
        newline = data.rfind(b"\n")
        if newline >= 0:
            self.line_start = self.taken + newline + 1
        self.signature = self.signature.grown(data)

    def skip(self, size: int) -> None:
        """Leave `size` NUL bytes at `taken` out of the stream."""
        self.signature = self.signature.skipped(size)
        self.line_start = self.taken

    def rewind(self) -> None:
        """Go back to the start of the line that was cut, to take it whole."""
        self.signature = Signature(self.line_start, self.signature.head[: self.line_start], b"")
        self.was_cut = False


def state_of(reader: Reader) -> State:
    """Size and times now; OSError when they cannot be asked."""
    if isinstance(reader, FileSource):
        return state_from(reader.stat())
    return reader.size(), 0, 0


def state_from(found: os.stat_result) -> State:
    """The state in a stat."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
