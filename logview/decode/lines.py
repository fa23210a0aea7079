"""Bytes → physical lines, whatever the encoding; and a window of recent bytes. Splits at line feeds only.

pino leaves U+2028 unescaped and terminals draw progress bars with CR: neither ends a line (`str.splitlines` would).
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SYSLOG = re.compile(rb"(?=<\d{1,3}>1 (?:\d{4}-\d\d-\d\dT|- ))")
_SYSLOG_START = re.compile(rb"<\d{1,3}>1 ")

UTF8 = "utf-8"

LONGEST = 1 << 20
"""Bytes of an unfinished line that are kept; of a longer one the beginning and the size."""


def encoding_of(head: bytes) -> str:
    """The encoding of a source by its first bytes: a byte order mark, or NULs where UTF-16 puts those of ASCII."""
    if head[:2] == b"\xff\xfe" and head[2:4] != b"\0\0":
        return "utf-16-le"
    if head[:2] == b"\xfe\xff":
        return "utf-16-be"
    sample = head[:64]
    if len(sample) >= 8:
        even, odd = sample[::2], sample[1::2]
        if odd.count(0) > len(odd) * 3 // 4 and not even.count(0):
            return "utf-16-le"
        if even.count(0) > len(even) * 3 // 4 and not odd.count(0):
            return "utf-16-be"
    return UTF8


class Splitter:
    """Cuts a stream into lines. Keeps a partial last line, in one copy however often it grows."""

    def __init__(self) -> None:
        self.encoding: str | None = None
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._at: int | None = None

    @property
    def at(self) -> int:
        """Offset of the line that is not complete yet."""
        return self._at or 0

    def feed(self, data: bytes, offset: int) -> Iterator[tuple[bytes, int, int]]:
        """(line without its end, offset, size with its end) of each line completed by `data`."""
        if self._at is None or not self._kept:
            # The index leaves out lines it knows already: what comes may begin further on.
            self._at = offset
        if self.encoding is None:
            head = b"".join(self._kept) + data
            if len(head) < 64 and self._at == 0 and b"\n" not in head[:64]:
                self._keep(data)
                return
            self.encoding = encoding_of(head) if self._at == 0 else UTF8
        if self.encoding != UTF8:
            yield from self._wide(data)
            return
        first = data.find(b"\n")
        if first < 0:
            self._keep(data)
            yield from self._without_ends()
            return
        at = self._at
        if self._kept:
            size = self._kept_size + first + 1
            if self._kept_size <= LONGEST:
                self._kept.append(data[:first])
            yield from self._line(b"".join(self._kept), at, size)
            self._kept, self._kept_size = [], 0
            at += size
            data = data[first + 1 :]
        pieces = data.split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            size = len(piece) + 1
            if piece[:1] == b"<":
                yield from self._line(piece, at, size)
            else:
                yield piece, at, size
            at += size
        self._at = at
        if rest:
            self._keep(rest)
            yield from self._without_ends()

    @staticmethod
    def _line(piece: bytes, at: int, size: int) -> Iterable[tuple[bytes, int, int]]:
        """One line; several records where it is a syslog stream without line ends."""
        if size <= LONGEST and _SYSLOG_START.match(piece):
            return _records_in(piece, at, size - len(piece))
        return [(piece, at, size)]

    def finish(self) -> Iterator[tuple[bytes, int, int]]:
        """The last line, when the source does not end with a line end."""
        rest, kept_size = b"".join(self._kept), self._kept_size
        self._kept, self._kept_size = [], 0
        at = self._at or 0
        if self.encoding is None:
            self.encoding = encoding_of(rest) if at == 0 else UTF8
            if b"\n" in rest or self.encoding != UTF8:
                yield from self.feed(rest, at)
                rest, kept_size = b"".join(self._kept), self._kept_size
                self._kept, self._kept_size = [], 0
                at = self._at or 0
        if not rest:
            return
        size = max(kept_size, len(rest))
        self._at = at + size
        if self.encoding == UTF8:
            yield from self._line(rest, at, size)
        else:
            yield _narrow(rest, self.encoding), at, len(rest)

    def _keep(self, data: bytes) -> None:
        # Of a line beyond what is ever parsed only the size matters.
        if self._kept_size <= LONGEST:
            self._kept.append(data)
        self._kept_size += len(data)

    def _without_ends(self) -> Iterator[tuple[bytes, int, int]]:
        """Records of a syslog stream written without line ends: each ends where the next header begins."""
        if self._kept_size > LONGEST or self._kept[0][:1] != b"<":
            return
        if not _SYSLOG_START.match(b"".join(self._kept[:8])[:8]):
            return
        rest = b"".join(self._kept)
        cuts = [found.start() for found in _SYSLOG.finditer(rest)]
        at = self._at or 0
        # The last header may be incomplete, and its record surely is.
        for start, end in itertools.pairwise(cuts):
            yield rest[start:end], at + start, end - start
        last = cuts[-1] if cuts else 0
        self._at = at + last
        self._kept, self._kept_size = [rest[last:]], len(rest) - last

    def _wide(self, data: bytes) -> Iterator[tuple[bytes, int, int]]:
        """Lines of UTF-16: the line feed is two bytes, on an even offset."""
        rest = b"".join([*self._kept, data])
        little = self.encoding == "utf-16-le"
        end = b"\n\0" if little else b"\0\n"
        at, start, search = self._at or 0, 0, 0
        while (found := rest.find(end, search)) >= 0:
            if found % 2:
                search = found + 1
                continue
            line = rest[start:found]
            yield _narrow(line, self.encoding or UTF8), at + start, found + 2 - start
            start = search = found + 2
        self._at = at + start
        self._kept, self._kept_size = ([rest[start:]], len(rest) - start) if start < len(rest) else ([], 0)


def _records_in(piece: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The syslog records in one line; `end` is the size of its line end, which goes to the last."""
    cuts = [found.start() for found in _SYSLOG.finditer(piece)] or [0]
    cuts[0] = 0
    for start, stop in zip(cuts, [*cuts[1:], len(piece)], strict=True):
        yield piece[start:stop], at + start, stop - start + (end if stop == len(piece) else 0)


def _narrow(line: bytes, encoding: str) -> bytes:
    """A UTF-16 line as UTF-8; what is no UTF-16 becomes U+FFFD."""
    return line.decode(encoding, "replace").encode("utf-8", "surrogatepass")


def split(chunk: bytes, encoding: str | None) -> list[bytes]:
    """The lines of one run of a record, line ends removed; an empty last piece is no line."""
    if encoding in (None, UTF8):
        pieces = chunk.split(b"\n")
        if pieces[-1] == b"" and len(pieces) > 1:
            pieces.pop()
        return pieces
    splitter = Splitter()
    splitter.encoding = encoding
    found = [line for line, _, _ in splitter.feed(chunk, 0)]
    return found + [line for line, _, _ in splitter.finish()]


def without_middle(blocks: list[tuple[int, bytes]], unfinished: int) -> list[tuple[int, bytes]]:
    """(offset, block) of a stream without those of which nothing is ever decoded.

    unfinished  where the line begins that the last block does not end; beyond its first MiB nobody looks at it
    """
    if not blocks or blocks[-1][0] <= unfinished + LONGEST:
        return blocks
    return [(at, block) for at, block in blocks if at <= unfinished + LONGEST]


class Window:
    """The bytes of a stream that are still needed, by offset; of a line beyond 1 MiB its beginning and its end."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, bytes]] = []

    def add(self, block: bytes, offset: int) -> None:
        """Append the block at `offset`."""
        self._blocks.append((offset, block))

    def drop_middle(self, unfinished: int) -> None:
        """Forget what of the unfinished line is never decoded."""
        self._blocks = without_middle(self._blocks, unfinished)

    def take(self, start: int, size: int) -> bytes:
        """The bytes at `start`, without the middle of a line beyond 1 MiB; what lies before them is dropped."""
        while len(self._blocks) > 1 and self._blocks[0][0] + len(self._blocks[0][1]) <= start:
            self._blocks.pop(0)
        offset, block = self._blocks[0]
        found = block[start - offset : start - offset + size]
        if len(found) == size:
            return found
        end = start + size
        return b"".join([found, *(later[: max(end - at, 0)] for at, later in self._blocks[1:])])
