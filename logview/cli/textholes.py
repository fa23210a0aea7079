"""Where the ids and the message of text lines stand, found for many lines at once.

A text line's head is a number of words (decode/heads.py says how many); its skeleton is the head with the digits of
the time as 0 and each id behind `=` that holds a digit as one sign. Lines with one skeleton are read alike, unless
something in the message may decide otherwise: those are marked odd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.cli.holes import Holes, inside, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]

LONGEST = 4096
"""Bytes of a line whose message no printer cuts."""
_FEED, _BLANK, _QUOTE, _SLASH, _EQUAL, _ZERO, _STAR = b'\n "\\=0*'
_CLOSING = np.zeros(256, np.bool_)
_CLOSING[list(b"}])")] = True
_BEFORE_BRACE = np.zeros(256, np.bool_)
_BEFORE_BRACE[list(b"{ |-\t")] = True
_NAME = np.zeros(256, np.bool_)
_NAME[[*b"_.-", *range(*b"0:"), *range(*b"A["), *range(*b"a{")]] = True


class Heading(NamedTuple):
    """Of a line's head.

    words    how many words it has, and how many of the message decide what is one
    time     where the time ends, which begins the line
    message  where the message begins; 0: behind the head's last word
    """

    words: int
    time: int
    message: int


def text_holes(text: bytes, heading: Heading) -> Holes:
    """The heads of the lines of `text`, which ends with a line feed, as far as they are laid out so.

    The holes of a line are its ids, then its message. Odd are lines with letters that a printer may change.
    """
    data = padded(text)
    block = data[: len(text)]
    ends = np.flatnonzero(block == _FEED)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    blanks, equals = np.flatnonzero(block == _BLANK), np.flatnonzero(block == _EQUAL)
    word = np.searchsorted(blanks, starts) + heading.words - 1
    odd = _odd(text, block, starts, ends) | (word >= np.searchsorted(blanks, ends))
    stops = np.where(odd, starts, np.append(blanks, 0)[np.minimum(word, len(blanks))])
    begins = starts + heading.message if heading.message else stops + 1
    odd |= (begins >= ends) | (starts + heading.time > stops)
    since = np.searchsorted(equals, ends)
    has_equal = np.diff(since, prepend=0) > 0
    if heading.message:
        odd |= (data[begins] == _BLANK) | (np.searchsorted(equals, begins) < since)
    else:
        odd |= _BEFORE_BRACE[data[begins]]
    owners = np.searchsorted(ends, equals)
    is_id = (equals > starts[owners] + heading.time) & (equals < stops[owners]) & ~odd[owners]
    ids, sizes, owners = _ids(block, equals[is_id] + 1, owners[is_id])
    counts = np.bincount(owners, minlength=len(ends))
    firsts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts + ~odd)))
    places = np.empty(int(firsts[-1]), np.int64)
    lengths = np.empty_like(places)
    at = firsts[owners] + np.arange(len(ids)) - np.searchsorted(owners, owners)
    places[at], lengths[at] = ids, sizes
    good = np.flatnonzero(~odd)
    at = firsts[good] + counts[good]
    places[at], lengths[at] = begins[good], (ends - begins)[good]
    # With and without a pair somewhere in the line are two shapes.
    marks = stops[has_equal & ~odd]
    out = block.copy()
    out[marks] = _EQUAL
    digits = (starts[good, None] + np.arange(heading.time)).ravel()
    if heading.message:
        # What of the message decides is told by its shape.
        words = np.flatnonzero(block - np.uint8(_ZERO) < 10)
        row = np.searchsorted(ends, words)
        digits = np.concatenate((digits, words[~odd[row] & (words >= begins[row]) & (words < stops[row])]))
    out[digits[out[digits] - np.uint8(_ZERO) < 10]] = _ZERO
    out[ids] = _STAR
    toggles = np.zeros(-(-(len(block) + 1) // 8) * 8, np.uint8)
    toggles[starts[good]] ^= 1
    toggles[stops[good]] ^= 1
    long = sizes > 1
    toggles[ids[long] + 1] ^= 1
    toggles[ids[long] + sizes[long]] ^= 1
    keep = inside(toggles)[: len(block)] > 0
    keep[ends], keep[marks] = True, True
    return Holes(
        data=data,
        starts=starts,
        ends=ends,
        skeletons=out[keep].tobytes().split(b"\n")[:-1],
        odd=odd,
        texts=firsts,
        numbers=np.zeros(len(ends) + 1, np.int64),
        begins=places,
        sizes=lengths,
        marked=np.zeros(len(places), np.bool_),
        letters=np.full(len(places), _STAR, np.uint8),
    )


def _odd(text: bytes, block: NDArray[np.uint8], starts: Ints, ends: Ints) -> Truths:
    """Lines that no time begins, or of which more than the head decides."""
    last = block[ends - 1]
    odd: Truths = (block[starts] - np.uint8(_ZERO) >= 10) | (ends - starts > LONGEST)
    odd |= _CLOSING[last] | (last == _BLANK)
    wild = np.flatnonzero((block - np.uint8(_BLANK) > 94) | (block == _QUOTE) | (block == _SLASH))
    if len(wild) > len(ends):
        odd[np.searchsorted(ends, wild[block[wild] != _FEED])] = True
    at = text.find(b" - - [")
    while at >= 0:
        odd[np.searchsorted(ends, at)] = True
        at = text.find(b" - - [", at + 1)
    return odd


def _ids(block: NDArray[np.uint8], begins: Ints, owners: Ints) -> tuple[Ints, Ints, Ints]:
    """(begins, sizes, owners) of those of the values that have a name's letters and a digit among them."""
    if not len(begins):
        return begins, begins, owners
    others = np.flatnonzero(~_NAME[block])
    sizes = others[np.searchsorted(others, begins)] - begins
    begins, sizes, owners = begins[sizes > 0], sizes[sizes > 0], owners[sizes > 0]
    bounds = np.stack((begins, begins + sizes), axis=1).ravel()
    has_digit = np.logical_or.reduceat(block - np.uint8(_ZERO) < 10, bounds)[::2] if len(begins) else sizes > 0
    return begins[has_digit], sizes[has_digit], owners[has_digit]
