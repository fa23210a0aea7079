"""A block of whole lines: where each begins, and which must be judged by themselves because of their bytes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEHIND = 64
"""Bytes behind a block that may be read."""
_FEED, _RETURN, _TAB, _BACKSLASH, _DELETE = b"\n\r\t\\\x7f"


class Block:
    """Lines of which the last ends with its line feed. Arrays have one entry a line.

    data     the lines
    padded   the same with 64 bytes behind it; `bytes`: as numbers
    starts   where they begin in `data`; `ends`: the line feeds
    is_json  lines that begin an object
    odd      lines that must be judged by themselves
    escapes  where backslashes stand in lines that are JSON: they are known only where they are in a part that stays as
             it is (verbatim.py)
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.padded = data + bytes(BEHIND)
        padded = np.frombuffer(self.padded, np.uint8)
        self.bytes: NDArray[np.uint8] = padded[: len(data)]
        # Of truth values, numpy skips what is false by words.
        low = np.flatnonzero(self.bytes < ord(" "))
        is_feed = self.bytes[low] == _FEED
        self.ends: NDArray[np.int64] = low[is_feed]
        self.starts = _starts(self.ends)
        self.is_json: NDArray[np.bool_] = (self.bytes[self.starts] == ord("{")) & (padded[self.starts + 1] == ord('"'))
        self.odd: NDArray[np.bool_] = self._odd_ends()
        self.escapes: NDArray[np.int64] = np.zeros(0, np.int64)
        self._mark(low[~is_feed])

    @classmethod
    def known(cls, data: bytes, ends: NDArray[np.int64], is_json: NDArray[np.bool_], odd: NDArray[np.bool_]) -> Block:
        """A block of which another process has found all this."""
        block = cls.__new__(cls)
        block.data, block.padded = data, data + bytes(BEHIND)
        block.bytes = np.frombuffer(data, np.uint8)
        block.starts, block.ends, block.is_json, block.odd = _starts(ends), ends, is_json, odd
        block.escapes = np.zeros(0, np.int64)
        return block

    def __len__(self) -> int:
        return len(self.ends)

    def line(self, row: int) -> bytes:
        """A line without its line feed."""
        return self.data[self.starts[row] : self.ends[row]]

    def whole(self, row: int) -> bytes:
        """A line with its line feed."""
        return self.data[self.starts[row] : self.ends[row] + 1]

    def rows_of(self, places: NDArray[np.int64]) -> NDArray[np.intp]:
        """The line each place lies in."""
        return np.searchsorted(self.ends, places)

    def _odd_ends(self) -> NDArray[np.bool_]:
        """Empty lines, JSON lines that do not end as such, what begins like another format."""
        block, starts, ends = self.bytes, self.starts, self.ends
        last = block[np.maximum(ends - 1, 0)]
        last = np.where(last == _RETURN, block[np.maximum(ends - 2, 0)], last)
        first = block[starts]
        odd: NDArray[np.bool_] = (ends == starts) | (self.is_json & (last != ord("}")))
        odd |= (first == ord("<")) | ((first == ord("{")) & ~self.is_json)
        return odd

    def _mark(self, low: NDArray[np.int64]) -> None:
        """Control characters, bytes that are no UTF-8; escapes in JSON.

        low  where control characters stand that are no line feeds
        """
        block = self.bytes
        escapes = self._where(_BACKSLASH)
        self.escapes = escapes[self.is_json[self.rows_of(escapes)]]
        for places in (low, self._where(_DELETE)):
            if not len(places):
                continue
            kinds, rows = block[places], self.rows_of(places)
            fine = (kinds == _TAB) & ~self.is_json[rows]
            fine |= (kinds == _RETURN) & (places + 1 == self.ends[rows])
            self.odd[rows[~fine]] = True
        if not self.data.isascii():
            try:
                self.data.decode()
            except UnicodeDecodeError:
                self.odd[self.rows_of(np.flatnonzero(block >= 128))] = True

    def _where(self, byte: int) -> NDArray[np.int64]:
        # Most blocks have none, which the C library finds out in a tenth of the time.
        return np.flatnonzero(self.bytes == byte) if byte in self.data else np.zeros(0, np.int64)


def _starts(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.empty_like(ends)
    starts[:1], starts[1:] = 0, ends[:-1] + 1
    return starts
