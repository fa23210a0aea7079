"""A stream of blocks cut into whole lines."""

from __future__ import annotations

from logview.index.scan import RECORD_LIMIT

Piece = tuple[bytes, int, int]
"""(bytes, offset, size): so many of the bytes are whole lines; `size` exceeds them only for a single cut line."""


class Lines:
    """Cuts a stream of blocks into whole lines; a line longer than a record may be is kept by its length only."""

    def __init__(self) -> None:
        self.partial = b""
        """The start of the unfinished last line."""
        self.start = 0
        """Offset of its first byte."""
        self._skipped = 0

    def whole(self, data: bytes, offset: int) -> list[Piece]:
        """(lines, offset, size) of what is complete now; `size` exceeds the bytes only for a single cut line."""
        found: list[Piece] = []
        if self._skipped:
            end = data.find(b"\n") + 1
            if not end:
                self._skipped += len(data)
                return found
            found.append((self.partial + b"\n", self.start, len(self.partial) + self._skipped + end))
            data, offset, self.partial, self._skipped = data[end:], offset + end, b"", 0
        if not self.partial:
            self.start = offset
        cut = data.rfind(b"\n") + 1
        if cut:
            lines = b"".join((self.partial, memoryview(data)[:cut]))
            found.append((lines, self.start, len(lines)))
            self.start, self.partial = offset + cut, data[cut:]
        else:
            self.partial += data
        if len(self.partial) > RECORD_LIMIT:
            self._skipped = len(self.partial) - RECORD_LIMIT
            self.partial = self.partial[:RECORD_LIMIT]
        return found

    def whole_again(self, data: bytes, offset: int) -> tuple[list[Piece], int]:
        """(what is complete now, bytes of `data` that are done with): the next block begins behind these.

        So the unfinished last line is read a second time, and a block need not be copied to be joined with its rest.
        """
        cut = data.rfind(b"\n") + 1
        if not cut:
            return self.whole(data, offset), len(data)
        if self.partial or self._skipped:
            return self.whole(data[:cut], offset), cut
        self.start = offset + cut
        return [(data, offset, cut)], cut

    def rest(self) -> Piece | None:
        """The unfinished last line as if it were finished; None when there is none."""
        if not self.partial:
            return None
        return self.partial, self.start, len(self.partial) + self._skipped
