"""Where the values of JSON lines stand, found for many lines at once, and what is left of the lines without them.

What is left, keys, punctuation, the values of level keys, `true`, `null`, is a line's **skeleton**; the strings and
numbers that are left out are its **holes**. Lines with one skeleton hold as many holes in the same order. Elements of
lists that are numbers stay where they are: they make further skeletons, never a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logview.decode.jsonline import LONGEST
from logview.decode.shape import LEVEL_KEYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEED, _QUOTE, _COLON, _BLANK, _OPEN, _CLOSE, _SLASH, _MINUS, _POINT, _ZERO = b'\n": {}\\-.0'
_BEHIND = 64
_DIGITS = 18
"""Digits of a whole number that no reader makes something else of (64 bits hold 18 of any)."""
_EXACT = 15
"""Significant digits that a double keeps, so that it is written as it was read."""
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [2**64 - 1], np.uint64)
_LEVELS = np.array(sorted({int.from_bytes(key.encode()[:8], "little") for key in LEVEL_KEYS}), np.uint64)
"""First eight bytes of the keys whose values stay; other keys that begin alike keep theirs too, which harms nothing."""
_TINY = int.from_bytes(b"0.0000", "little")
_ONES = np.uint64(0x0101010101010101)
_ZEROS, _LOW, _HIGH, _ADDED = (np.uint64(byte) * _ONES for byte in (_ZERO, 0x7F, 0x80, 118))
_SIX = np.uint64((1 << 48) - 1)


@dataclass(slots=True)
class Holes:
    """The lines of a block and their holes.

    data       the block with some bytes behind it
    starts     where lines begin; `ends`: their line feeds
    skeletons  one a line
    odd        lines of which nothing can be told: no JSON object on one line, control characters, odd numbers
    texts      the first hole of each line that is a string, and one more behind all; `numbers`: that is a number
    begins     where each hole's bytes begin, strings first, each kind in order; `sizes`: how many they are
    marked     holes that are not their own text: escapes, letters beyond ASCII, numbers written in another way
    letters    what stands for each hole in the skeleton: `s`, 1 for a whole number, 2 for another
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    skeletons: list[bytes]
    odd: NDArray[np.bool_]
    texts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    begins: NDArray[np.int64]
    sizes: NDArray[np.int64]
    marked: NDArray[np.bool_]
    letters: NDArray[np.uint8]


@dataclass(slots=True)
class _Spans:
    """Holes of one kind."""

    begins: NDArray[np.int64]
    sizes: NDArray[np.int64]
    marked: NDArray[np.bool_]
    letters: NDArray[np.uint8]


def holes(text: bytes) -> Holes:
    """The holes of the lines of `text`, which ends with a line feed."""
    data = padded(text)
    block = data[: len(text)]
    ends = np.flatnonzero(block == _FEED)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    odd = (block[starts] != _OPEN) | (data[starts + 1] != _QUOTE) | (block[ends - 1] != _CLOSE)
    odd |= ends - starts > LONGEST
    controls = np.flatnonzero(block < _BLANK)
    if len(controls) > len(ends):
        odd[np.searchsorted(ends, controls[block[controls] != _FEED])] = True
    slashes = np.flatnonzero(block == _SLASH)
    quotes = _quotes(data, block, slashes)
    counts = np.diff(np.searchsorted(quotes, starts), append=len(quotes))
    odd |= counts % 2 == 1
    if odd.any():
        quotes = quotes[np.repeat(~odd, counts)]
    found, numbers = _values(data, quotes)
    wild = slashes if int(block.max(initial=0)) < 127 else np.flatnonzero((block >= 127) | (block == _SLASH))
    if len(wild) and len(found.begins):
        inside = np.searchsorted(found.begins, wild, side="right") - 1
        found.marked[inside[wild < found.begins[inside] + found.sizes[inside]]] = True
    wrong = numbers.sizes == 0
    if wrong.any():
        odd[np.searchsorted(ends, numbers.begins[wrong])] = True
    return Holes(
        data=data,
        starts=starts,
        ends=ends,
        skeletons=_skeletons(block, found, numbers),
        odd=odd,
        texts=np.append(np.searchsorted(found.begins, starts), len(found.begins)),
        numbers=np.append(np.searchsorted(numbers.begins, starts), len(numbers.begins)) + len(found.begins),
        begins=np.concatenate((found.begins, numbers.begins)),
        sizes=np.concatenate((found.sizes, numbers.sizes)),
        marked=np.concatenate((found.marked, numbers.marked)),
        letters=np.concatenate((found.letters, numbers.letters)),
    )


def padded(text: bytes) -> NDArray[np.uint8]:
    """The bytes, and some behind them, so that what is looked at behind a place is there."""
    return np.frombuffer(text + bytes(_BEHIND), np.uint8)


def _quotes(data: NDArray[np.uint8], block: NDArray[np.uint8], slashes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The quotes that begin or end a string: those behind an odd number of backslashes do neither."""
    quotes = np.flatnonzero(block == _QUOTE)
    if len(slashes):
        firsts = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        sizes = np.diff(firsts, append=len(slashes))
        behind = slashes[firsts] + sizes
        escaped = behind[(sizes % 2 == 1) & (data[behind] == _QUOTE)]
        quotes = np.delete(quotes, np.searchsorted(quotes, escaped))
    return quotes


def _values(data: NDArray[np.uint8], quotes: NDArray[np.int64]) -> tuple[_Spans, _Spans]:
    """(strings, numbers) that are values, but those of level keys; a number that cannot be told has the size 0."""
    opens, closes = quotes[::2], quotes[1::2]
    is_key = data[closes + 1] == _COLON
    keys = np.flatnonzero(is_key)
    words: NDArray[np.uint64] = np.ndarray((len(data) - 8,), "<u8", data.data, strides=(1,))
    insides = opens[keys] + 1
    told = np.isin(words[insides] & _MASKS[np.minimum(closes[keys] - insides, 8)], _LEVELS)
    after = closes[keys] + 2
    after += data[after] == _BLANK
    first = data[after]
    is_hole = ~is_key & (closes - opens > 1)
    is_hole[keys[told & (first == _QUOTE)] + 1] = False
    begins, sizes = opens[is_hole] + 1, (closes - opens)[is_hole] - 1
    is_number = ~told & ((first - np.uint8(_ZERO) < 10) | (first == _MINUS))
    texts = _Spans(begins, sizes, np.zeros(len(begins), np.bool_), np.full(len(begins), ord("s"), np.uint8))
    return texts, _numbers(data, after[is_number])


def _numbers(data: NDArray[np.uint8], begins: NDArray[np.int64]) -> _Spans:
    """The numbers that begin there. Marked: those that are not written as Python and orjson write them."""
    words: NDArray[np.uint64] = np.ndarray((len(data) - 8,), "<u8", data.data, strides=(1,))
    is_minus = data[begins] == _MINUS
    firsts = begins + is_minus
    whole = _digits(words, firsts)
    sizes = whole + is_minus
    is_zero = data[firsts] == _ZERO
    wrong = (whole == 0) | (whole > _DIGITS) | (is_zero & (whole > 1))
    points = np.flatnonzero(data[firsts + whole] == _POINT)
    marked = np.zeros(len(begins), np.bool_)
    letters = np.full(len(begins), ord("1"), np.uint8)
    wrong |= is_zero & is_minus
    if len(points):
        behind = firsts[points] + whole[points] + 1
        fraction = _digits(words, behind)
        sizes[points] += fraction + 1
        letters[points] = ord("2")
        wrong[points] = (fraction == 0) | (whole[points] == 0) | (is_zero[points] & (whole[points] > 1))
        marked[points] = (
            (whole[points] + fraction > _EXACT)
            | ((data[behind + fraction - 1] == _ZERO) & (fraction > 1))
            | ((words[firsts[points]] & _SIX) == _TINY)
        )
    sizes[wrong] = 0
    return _Spans(begins, sizes, marked, letters)


def _digits(words: NDArray[np.uint64], begins: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many digits stand at each place, up to 24.

    words  the eight bytes at every place of the block
    """
    sizes = _leading_digits(words[begins])
    for _ in range(2):
        more = np.flatnonzero(sizes % 8 == 0) if len(sizes) else sizes
        more = more[sizes[more] > 0]
        if not len(more):
            break
        sizes[more] += _leading_digits(words[begins[more] + sizes[more]])
    return sizes


def _leading_digits(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many of eight bytes are digits before the first that is none."""
    others = words ^ _ZEROS
    # A byte below 10 has no high bit after 118 was added to its low seven bits, and none before.
    others = (((others & _LOW) + _ADDED) | others) & _HIGH
    behind = (others & (~others + np.uint64(1))) - np.uint64(1)
    return (np.bitwise_count(behind) >> 3).astype(np.int64)


def inside(toggles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each byte whether an odd number of toggles stands at or before it: 1 or 0. The size is a multiple of 8."""
    words = toggles.view("<u8") * _ONES
    before = np.cumsum(words >> np.uint64(56))
    words[1:] += (before[:-1] & np.uint64(1)) * _ONES
    return (words & _ONES).view(np.uint8)


def _skeletons(block: NDArray[np.uint8], texts: _Spans, numbers: _Spans) -> list[bytes]:
    """The lines with each string as `s`, each whole number as 1, each other number as 2."""
    out = block.copy()
    toggles = np.zeros(-(-(len(block) + 1) // 8) * 8, np.uint8)
    for spans in (texts, numbers):
        out[spans.begins] = spans.letters
        long = spans.sizes > 1
        begins = spans.begins[long]
        toggles[begins + 1] = 1
        toggles[begins + spans.sizes[long]] = 1
    left = out[inside(toggles)[: len(block)] == 0]
    skeletons: list[bytes] = left.tobytes().split(b"\n")
    skeletons.pop()
    return skeletons
