"""Digits of a block that may be a card number, and texts that are nothing but a number.

An automaton begins anew at every digit, which is most of what it costs. Here a block becomes bits, 64 bytes a word, and
what follows is done for whole words at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.uint64]
    """Bit n of word m stands for byte 64 m + n."""

CARD = 13
"""Digits of the shortest card number."""
_DECIMAL = re.compile(rb':\s?"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"')
"""LV411, and what stands before it."""
_VERSION = (b'version":', b'version": ', b'Version":', b'Version": ')
"""How the key ends whose value may look like a number."""
_BEHIND_WORD = np.zeros(256, np.bool_)
_BEHIND_WORD[list(b"_.*-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = True
"""Behind these a number is a part of something else."""
_ONE, _ALL = np.uint64(1), np.uint64(2**64 - 1)


def figures(data: bytes) -> list[int]:
    """Places in lines that hold 13 digits or more as a card has them, or a decimal number as text. 1.5 ns a byte."""
    block = np.frombuffer(data, np.uint8)
    return [*_cards(block), *_decimals(data, block)]


def bits_of(mask: NDArray[np.bool_]) -> Bits:
    """The mask as bits, with a word of zeros or more behind it."""
    packed = np.zeros((len(mask) // 64 + 2) * 8, np.uint8)
    packed[: (len(mask) + 7) // 8] = np.packbits(mask, bitorder="little")
    return packed.view("<u8")


def places_of(bits: Bits) -> NDArray[np.int64]:
    """Where bits are set; quick where they are few."""
    words = np.flatnonzero(bits)
    ones = np.flatnonzero(np.unpackbits(bits[words].view(np.uint8), bitorder="little"))
    places: NDArray[np.int64] = words[ones >> 6] * 64 + (ones & 63)
    return places


def _later(bits: Bits, by: int) -> Bits:
    """For each byte, the bit of the one `by` < 64 further on."""
    moved: Bits = bits >> np.uint64(by)
    moved[:-1] |= bits[1:] << np.uint64(64 - by)
    return moved


def _cards(block: NDArray[np.uint8]) -> list[int]:
    """Where 13 digits stand of which the first is 3 to 9, or 14, as no part of a longer name or fraction."""
    digits = bits_of(block - np.uint8(ord("0")) <= 9)
    two = digits & _later(digits, 1)
    four = two & _later(two, 2)
    long = four & _later(four, 4) & _later(four, 8) & _later(digits, CARD - 1)
    large = bits_of(block - np.uint8(ord("3")) <= ord("9") - ord("3"))
    places = places_of(long & (large | _later(digits, CARD)))
    return places[~_BEHIND_WORD[block[np.maximum(places - 1, 0)]] | (places == 0)].tolist()  # type: ignore[no-any-return]


def _decimals(data: bytes, block: NDArray[np.uint8]) -> list[int]:
    """The closing quotes of values that are a decimal number as text."""
    quotes = bits_of(block == ord('"'))
    # From the hyphen to the 9, and what stands in exponents.
    marks = block - np.uint8(ord("-")) <= ord("9") - ord("-")
    marks |= block == ord("+")
    marks |= (block | np.uint8(0x20)) == ord("e")
    numeric = bits_of(marks)
    starts = quotes << _ONE
    starts[1:] |= quotes[:-1] >> np.uint64(63)
    starts &= numeric
    # A one added at the start of a run is carried to the place behind its end.
    sums = numeric + starts
    sums[1:] += sums[:-1] < numeric[:-1]
    ends = sums & ~numeric & quotes
    # A number of 64 digits and more: the carry may have been lost.
    ends |= np.where(numeric == _ALL, _ONE, np.uint64(0))
    return [place for place in places_of(ends).tolist() if _is_decimal(data, place)]


def _is_decimal(data: bytes, end: int) -> bool:
    if data[end] != ord('"'):
        return True
    start = data.rfind(b'"', 0, end)
    if data.endswith(_VERSION, 0, start):
        return False
    return _DECIMAL.fullmatch(data, max(start - 2, 0), end + 1) is not None or (
        _DECIMAL.fullmatch(data, max(start - 1, 0), end + 1) is not None
    )
