"""Bytes of many lines at once, as 64-bit words: fetched at any place, and read as decimal digits without a loop.

A word holds eight bytes of a block, the first byte lowest. Knows no format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE = 256
"""Bytes before and behind a block at which words may be fetched; they read as 0."""
_TENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_CLOCK = np.uint64(0x0F0F000F0F000F0F)
"""The digits of `hh:mm:ss`."""
_LOW = np.uint64(0x000000FF000000FF)


class Words:
    """Any eight consecutive bytes of a block. The block is not copied."""

    def __init__(self, block: bytes) -> None:
        self._size = len(block)
        count = max(len(block) - 7, 0)
        # Overlapping words, one at each byte: numpy reads them in place.
        self._inside: NDArray[np.uint64] = np.ndarray((count,), np.uint64, block, 0, (1,)) if count else _no_words()
        self._front = bytes(EDGE) + block[: EDGE + 8]
        self._back = block[max(len(block) - EDGE, 0) :] + bytes(EDGE + 8)

    def at(self, places: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The words that begin at `places`, ascending, from −EDGE to EDGE bytes behind the block."""
        first, last = np.searchsorted(places, (0, max(self._size - 7, 0)))
        if first == 0 and last == len(places):
            return self._inside[places]
        words = np.empty(len(places), np.uint64)
        words[first:last] = self._inside[places[first:last]]
        for at in (*range(first), *range(last, len(places))):
            words[at] = self._at_edge(int(places[at]))
        return words

    def _at_edge(self, place: int) -> int:
        if place < 0:
            return int.from_bytes(self._front[place + EDGE : place + EDGE + 8], "little")
        place -= max(self._size - EDGE, 0)
        return int.from_bytes(self._back[place : place + 8], "little")


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


def number(words: Words, places: NDArray[np.int64], digits: int) -> NDArray[np.int64]:
    """The numbers of 1 to 19 `digits` that begin at `places`."""
    total = np.zeros(len(places), np.int64)
    for first in range(0, digits, 8):
        size = min(8, digits - first)
        # Moved up, the digits stand behind zeros, which lead the number.
        word = words.at(places + first) << np.uint64(8 * (8 - size))
        total = total * 10**size + eight(word).astype(np.int64)
    return total


def clock(words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds of the day from `hh:mm:ss`, and which of them a clock can show."""
    pairs = words & _CLOCK
    pairs = pairs * np.uint64(10) + (pairs >> np.uint64(8))
    hour, minute, second = (((pairs >> np.uint64(up)) & np.uint64(0xFF)).astype(np.int64) for up in (0, 24, 48))
    return hour * 3600 + minute * 60 + second, (hour < 24) & (minute < 60) & (second < 60)


def _no_words() -> NDArray[Any]:
    return np.empty(0, np.uint64)
