"""Numbers that stand as texts, and those long enough for a card number, found in a whole block at once.

For each byte of a block one bit says whether it may be part of a number; what a rule asks of many bytes side by side is
done for whole words at once, and only what is left is looked at by its digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logview.index.words import are_digits

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
_QUOTE, _COLON = b'":'
_ONE, _DIGITS = np.uint64(1), 2**64 - 1


def figures(data: bytes) -> list[int]:
    """Places in lines that hold 13 digits or more as a card has them, or a decimal number as text. 1 to 2 ns a byte."""
    block = np.frombuffer(data, np.uint8)
    # From the hyphen to the 9: besides digits the point and the stroke. One comparison for both questions.
    near: NDArray[np.bool_] = block - np.uint8(ord("-")) <= ord("9") - ord("-")
    return [*_cards(data, block, bits_of(near)), *_decimals(data, block, near)]


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


def _cards(data: bytes, block: NDArray[np.uint8], near: Bits) -> list[int]:
    """Where 13 digits stand of which the first is 3 to 9, or 14, as no part of a longer name or fraction."""
    two = near & _later(near, 1)
    four = two & _later(two, 2)
    places = places_of(four & _later(four, 4) & _later(four, 8) & _later(near, CARD - 1))
    # Most that is as long is a time in milliseconds, which begins with 1.
    is_long = block[np.minimum(places + CARD, len(block) - 1)] - np.uint8(ord("0")) <= 9
    is_long &= places + CARD < len(block)
    places = places[is_long | (block[places] >= ord("3"))]
    if not len(places):
        return []
    words: NDArray[np.uint64] = np.ndarray((len(data) - 7,), "<u8", data, 0, (1,))
    places = places[are_digits(words[places], _DIGITS) & are_digits(words[places + CARD - 8], _DIGITS)]
    return places[~_BEHIND_WORD[block[np.maximum(places - 1, 0)]] | (places == 0)].tolist()  # type: ignore[no-any-return]


def _decimals(data: bytes, block: NDArray[np.uint8], near: NDArray[np.bool_]) -> list[int]:
    """The closing quotes of values that are a decimal number as text."""
    places = np.flatnonzero((block[:-1] == _QUOTE) & near[1:]) + 1
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
