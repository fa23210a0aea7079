"""Numbers that stand as texts, and those long enough for a card number, found in a whole block at once.

For each byte of a block one bit says whether it is a digit; what a rule asks of many digits side by side is done for
whole words at once.
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
_DECIMAL = re.compile(rb'"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"')
"""LV411."""
_LOOKED_AT = 12
"""Bytes of a text that are looked at before it is read as a number."""
_VERSION = (b'version":', b'version": ', b'Version":', b'Version": ')
"""How the key ends whose value may look like a number."""
_BEHIND_WORD = np.zeros(256, np.bool_)
_BEHIND_WORD[list(b"_.*-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = True
"""Behind these a number is a part of something else."""
_FOLLOWS = np.zeros((256, 256), np.bool_)
"""Which signs stand side by side in numbers: by their signs, dates and times of day differ from them."""
for _before, _behind in ((b"0123456789", b"0123456789.eE"), (b"-.+", b"0123456789"), (b"eE", b"0123456789+-")):
    _FOLLOWS[np.ix_(list(_before), list(_behind))] = True
_BEFORE_VALUE = np.zeros(256, np.bool_)
_BEFORE_VALUE[list(b": \t\n\r\f\v")] = True
_QUOTE, _COLON, _MINUS = b'":-'


def figures(data: bytes) -> list[int]:
    """Places in lines that hold 13 digits or more as a card has them, or a decimal number as text. 1 to 2 ns a byte."""
    block = np.frombuffer(data, np.uint8)
    are_digits: NDArray[np.bool_] = block - np.uint8(ord("0")) <= 9
    return [*_cards(block, bits_of(are_digits)), *_decimals(data, block, are_digits)]


def bits_of(mask: NDArray[np.bool_]) -> Bits:
    """The mask as bits, with a word of zeros or more behind it."""
    packed = np.zeros((len(mask) // 64 + 2) * 8, np.uint8)
    packed[: (len(mask) + 7) // 8] = np.packbits(mask, bitorder="little")
    return packed.view("<u8")


def places_of(bits: Bits) -> NDArray[np.int64]:
    """Where bits are set; quick where they are few."""
    words = np.flatnonzero(bits)
    # Of truth values, numpy skips what is false by words.
    ones = np.flatnonzero(np.unpackbits(bits[words].view(np.uint8), bitorder="little").view(np.bool_))
    places: NDArray[np.int64] = words[ones >> 6] * 64 + (ones & 63)
    return places


def _later(bits: Bits, by: int) -> Bits:
    """For each byte, the bit of the one `by` < 64 further on."""
    moved: Bits = bits >> np.uint64(by)
    moved[:-1] |= bits[1:] << np.uint64(64 - by)
    return moved


def _cards(block: NDArray[np.uint8], digits: Bits) -> list[int]:
    """Where 13 digits stand of which the first is 3 to 9, or 14, as no part of a longer name or fraction."""
    two = digits & _later(digits, 1)
    four = two & _later(two, 2)
    places = places_of(four & _later(four, 4) & _later(four, 8) & _later(digits, CARD - 1))
    # Most that is as long is a time in milliseconds, which begins with 1.
    is_long = block[np.minimum(places + CARD, len(block) - 1)] - np.uint8(ord("0")) <= 9
    is_long &= places + CARD < len(block)
    places = places[is_long | (block[places] >= ord("3"))]
    return places[~_BEHIND_WORD[block[np.maximum(places - 1, 0)]] | (places == 0)].tolist()  # type: ignore[no-any-return]


def _decimals(data: bytes, block: NDArray[np.uint8], are_digits: NDArray[np.bool_]) -> list[int]:
    """The closing quotes of values that are a decimal number as text."""
    may_begin = are_digits[1:] | (block[1:] == _MINUS)
    may_begin &= block[:-1] == _QUOTE
    places = np.flatnonzero(may_begin) + 1
    places = places[(places > 1) & _BEFORE_VALUE[block[places - 2]]]
    begins = _may_be_numbers(block, places)
    return [end for begin in begins.tolist() if (end := _end_of(data, begin - 1)) > 0]


def _may_be_numbers(block: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the places behind opening quotes those with nothing but what numbers have, as far as is looked."""
    ended = []
    before = block[places]
    for number in range(1, _LOOKED_AT):
        is_there = places < len(block) - number
        if not is_there.all():
            places, before = places[is_there], before[is_there]
        chars = block[places + number]
        ended.append(places[chars == _QUOTE])
        stays = _FOLLOWS[before, chars]
        places, before = places[stays], chars[stays]
    return np.concatenate((*ended, places))


def _end_of(data: bytes, start: int) -> int:
    """Where the decimal number as text ends that opens at `start`; 0: it is none, or a version."""
    found = _DECIMAL.match(data, start)
    if found is None or not (data[start - 1] == _COLON or data[start - 2 : start - 1] == b":"):
        return 0
    return 0 if data.endswith(_VERSION, 0, start) else found.end() - 1
