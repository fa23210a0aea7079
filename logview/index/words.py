"""Bytes of many lines at once, as 64-bit words: fetched at any place, and read as decimal digits without a loop.

A word holds eight bytes of a block, the first byte lowest. Knows no format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE = 512
"""Bytes before and behind a block at which words may be fetched; they read as 0."""
_TENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_CLOCK = np.uint64(0x0F0F000F0F000F0F)
"""The digits of `hh:mm:ss`."""
_LOW = np.uint64(0x000000FF000000FF)


class Fetched(Protocol):
    """Where words are had from; what a place is, is its own affair."""

    def at(self, places: Any) -> NDArray[np.uint64]:
        """The words at some places."""


class Rows:
    """The same stretch of many lines, a row of words for each."""

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def at(self, place: int) -> NDArray[np.uint64]:
        """The word that begins at this byte of each row; it ends in the row."""
        count, words = self._words.shape
        # Words side by side: what is done with them next goes through them many times.
        return np.ndarray((count,), np.uint64, self._words, place, (8 * words,)).copy()


class Overlapping:
    """Any eight consecutive bytes of a block that has eight bytes or more behind it; they are not copied."""

    def __init__(self, padded: bytes) -> None:
        # One word at each byte: numpy reads them in place.
        self._words: NDArray[np.uint64] = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))

    def at(self, places: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The words that begin at `places`."""
        found: NDArray[np.uint64] = self._words[places]
        return found


class Words:
    """Any eight consecutive bytes of a block, in a copy that may be written on."""

    def __init__(self, block: bytes | memoryview) -> None:
        size = len(block)
        self._padded = np.empty(size + 2 * EDGE + 8, np.uint8)
        self._padded[:EDGE] = self._padded[EDGE + size :] = 0
        self.bytes: NDArray[np.uint8] = self._padded[EDGE : EDGE + size]
        """The copy of the block."""
        self.bytes[:] = np.frombuffer(block, np.uint8)
        # Overlapping words, one at each byte: numpy reads them in place.
        self._words: NDArray[np.uint64] = np.ndarray((size + 2 * EDGE + 1,), np.uint64, self._padded, 0, (1,))

    def at(self, places: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The words that begin at `places`, from −EDGE to EDGE bytes behind the block."""
        found: NDArray[np.uint64] = self._words[places + EDGE]
        return found

    def rows(self, places: NDArray[np.int64], words: int) -> NDArray[np.uint64]:
        """So many consecutive words from each of `places` on, one row for each; fetched as a whole, which is faster."""
        found: NDArray[np.uint64] = self._pieces(8 * words)[places + EDGE].view(np.uint64).reshape(-1, words)
        return found

    def equal(self, places: NDArray[np.int64], text: bytes) -> NDArray[np.bool_]:
        """At which places `text` stands; it must not reach beyond EDGE bytes behind the block."""
        wanted = np.frombuffer(text, np.uint8)
        found: NDArray[np.bool_] = (
            self._pieces(len(text))[places + EDGE].view(np.uint8).reshape(-1, len(text)) == wanted
        ).all(axis=1)
        return found

    def blank(self, places: NDArray[np.int64], size: int) -> None:
        """Overwrite `size` bytes at each of `places` with zeros."""
        if size:
            self._pieces(size)[places + EDGE] = np.zeros((), f"V{size}")

    def _pieces(self, size: int) -> NDArray[Any]:
        return np.ndarray((len(self._padded) - size + 1,), f"V{size}", self._padded, 0, (1,))


def are_digits(words: NDArray[np.uint64], mask: int) -> NDArray[np.bool_]:
    """In which words every byte that `mask` covers (0xFF each) is an ASCII digit."""
    # A digit's high half is 3, also after 6 is added. Bytes outside the mask are cleared, or they might carry over.
    high, six = np.uint64(mask & 0xF0F0F0F0F0F0F0F0), np.uint64(mask & 0x0606060606060606)
    covered = words & np.uint64(mask)
    covered = (covered & high) | (((covered + six) & high) >> np.uint64(4))
    found: NDArray[np.bool_] = covered == np.uint64(mask & 0x3333333333333333)
    return found


def eight(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The numbers that eight digits make; Johnny Lee, "Fast numeric string to int" (2016). A zero byte counts as 0."""
    pairs = words & _TENS
    pairs = pairs * np.uint64(10) + (pairs >> np.uint64(8))
    quads = (pairs & _LOW) * np.uint64(0x000F424000000064)
    quads += ((pairs >> np.uint64(16)) & _LOW) * np.uint64(0x0000271000000001)
    return quads >> np.uint64(32)


def number(words: Fetched, places: NDArray[np.int64] | int, digits: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The numbers of 1 to 19 `digits` that begin at `places`, and which are nothing but digits.

    The leading ones of longer numbers are read once for each run of equal ones: times of consecutive lines share them.
    """
    size = digits % 8 or 8
    rest = digits - size
    total, are_numbers = _digits(words.at(places + rest), size)
    for first in range(rest - 8, -1, -8):
        scale = 10 ** (digits - first - 8)
        word = words.at(places + first)
        firsts, sizes = runs(word)
        if len(firsts) > len(word) // 2:
            value, are = _digits(word, 8)
            total += value * scale
        else:
            value, are = _digits(word[firsts], 8)
            total += np.repeat(value * scale, sizes)
            are = are if are.all() else np.repeat(are, sizes)
        are_numbers &= are.all() if len(are) != len(are_numbers) else are
    return total, are_numbers


def _digits(word: NDArray[np.uint64], size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The numbers that the first `size` bytes of words make, and which are digits."""
    # Moved up, the digits stand behind zeros, which lead the number.
    moved = word << np.uint64(8 * (8 - size)) if size < 8 else word
    return eight(moved).view(np.int64), are_digits(word, (1 << 8 * size) - 1)


def runs(*columns: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where rows that equal the one before end: (first of each run, rows in it)."""
    changed = np.ones(len(columns[0]), np.bool_)
    if len(changed):
        np.logical_or.reduce([column[1:] != column[:-1] for column in columns], out=changed[1:])
    firsts = np.flatnonzero(changed)
    return firsts, np.diff(firsts, append=len(changed))


def clock(words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds of the day from `hh:mm:ss`, and which of them a clock can show."""
    pairs = words & _CLOCK
    pairs = pairs * np.uint64(10) + (pairs >> np.uint64(8))
    hour, minute, second = (((pairs >> np.uint64(up)) & np.uint64(0xFF)).astype(np.int64) for up in (0, 24, 48))
    return hour * 3600 + minute * 60 + second, (hour < 24) & (minute < 60) & (second < 60)
