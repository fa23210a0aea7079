"""Which head fits which of many lines, and the time in them: heads of one mould are tried on all lines at once.

Heads of one mould are constant at the same places, so a line's bytes are fetched and masked once for all of them, and
compared once where all of them say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.words import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from logview.index.heads import Constant, Head
    from logview.index.words import Words

MAX_HEADS = 64
"""Beyond this a source has no fixed heads, and looking for them only costs time."""
NOBODY = -1
"""In `Lines.named`: no member that some head asks for stands in the line."""
_SMALL_ROW, _ROW = 4, 8
"""Words are compared in rows of so many, or a multiple of the latter: as many answers are one number again."""
_ALL_TRUE = np.uint64(0x0101010101010101)
_MOST = 7 / 8
"""Where a mould fits so many of the lines, times are read in all of them: picking the others out costs more."""


class Lines(NamedTuple):
    """Lines of a block.

    sizes  include the line feed
    named  number of the member that names the service in each line, or NOBODY; None: no head asks for one
    """

    words: Words
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    named: NDArray[np.int16] | None

    def only(self, kept: NDArray[np.intp]) -> Lines:
        """Some of the lines."""
        named = None if self.named is None else self.named[kept]
        return Lines(self.words, self.starts[kept], self.sizes[kept], named)


class _Side:
    """The constant starts, or ends, of heads of one mould."""

    def __init__(self, constants: Sequence[Constant]) -> None:
        self.size = constants[0].size
        count = len(constants[0].mask)
        self._words = _SMALL_ROW if count <= _SMALL_ROW else -(-count // _ROW) * _ROW
        padding = (0,) * (self._words - count)
        mask = np.array((*constants[0].mask, *padding), np.uint64)
        wants = np.array([(*one.want, *padding) for one in constants], np.uint64)
        differs = (wants != wants[0]).any(axis=0)
        self._apart = [(column, mask[column], wants[:, column]) for column in np.flatnonzero(differs).tolist()]
        self._mask, self._common = np.where(differs, 0, mask), np.where(differs, 0, wants[0])

    def rows(self, words: Words, places: NDArray[np.int64]) -> NDArray[np.uint64]:
        """What stands at each of some places, as far as it is looked at."""
        return words.rows(places, self._words)

    def holds(self, reach: int) -> bool:
        """Whether the rows are so many bytes long."""
        return reach <= 8 * self._words

    def fits(self, rows: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], list[NDArray[np.uint64]]]:
        """(which rows agree with what all say, the words in which they differ)."""
        columns = [rows[:, column] & mask for column, mask, _ in self._apart]
        equal = (rows & self._mask) == self._common
        if self._words == _SMALL_ROW:
            return (equal.view(np.uint32) == np.uint32(_ALL_TRUE & 0xFFFFFFFF)).ravel(), columns
        folded = equal.view(np.uint64) == _ALL_TRUE
        return folded.ravel() if self._words == _ROW else folded.all(axis=1), columns

    def fits_one(self, at: int, columns: list[NDArray[np.uint64]], agree: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of the rows that `agree` with what all say, those that do with the one with number `at`."""
        for column, (_, _, wants) in zip(columns, self._apart, strict=True):
            agree = agree & (column == wants[at])
        return agree


class Mould:
    """Some heads of one mould; `numbers` are theirs among all heads of a source."""

    def __init__(self, numbers: Sequence[int], heads: Sequence[Head], names: Sequence[int]) -> None:
        """names: the number of each head's `named`, or NOBODY."""
        self.numbers = tuple(numbers)
        self.first = heads[0]
        self._heads = tuple(heads)
        self._names = names
        self._start = _Side([head.start for head in heads])
        self._end = None if self.first.end is None else _Side([head.end for head in heads if head.end is not None])
        self.end_size = 0 if self._end is None else self._end.size
        side = self._end if self.first.stamp_in_tail else self._start
        self._holds_stamp = side is not None and side.holds(self.first.stamp.reach())
        self.is_doubtful = any(head.contrary for head in heads)

    @staticmethod
    def key(head: Head) -> object:
        """Equal for heads of one mould."""
        end = None if head.end is None else (head.end.size, head.end.mask)
        return head.start.size, head.start.mask, end, head.stamp, head.stamp_in_tail, head.is_json

    def ends_at(self, lines: Lines) -> NDArray[np.int64]:
        """Where the constant end would begin in each line."""
        return lines.starts + lines.sizes - (1 + self.end_size)

    def fit(self, lines: Lines, zone: tzinfo | None) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """(number of the head that fits, −1 for none; the time), for each line; without a head a time means nothing."""
        starts = self._start.rows(lines.words, lines.starts)
        ends = None if self._end is None else self._end.rows(lines.words, self.ends_at(lines))
        found = self._which(lines, starts, ends)
        fitting = found >= 0
        count = np.count_nonzero(fitting)
        times = np.zeros(len(found), np.int64)
        if not count:
            return found, times
        picked: NDArray[np.intp] | slice = np.flatnonzero(fitting) if count < _MOST * len(found) else slice(None)
        stamp, rows = self.first.stamp, ends if self.first.stamp_in_tail else starts
        if rows is not None and self._holds_stamp:
            ns, are_times = stamp.ns(Rows(rows[picked]), 0, zone)
        else:
            origins = self.ends_at(lines) if self.first.stamp_in_tail else lines.starts
            ns, are_times = stamp.ns(lines.words, origins[picked], zone)
        if isinstance(picked, slice):
            found[~are_times] = -1
            return found, ns
        found[picked[~are_times]] = -1
        times[picked] = ns
        return found, times

    def _which(self, lines: Lines, starts: NDArray[np.uint64], ends: NDArray[np.uint64] | None) -> NDArray[np.int16]:
        """The number of the head whose constant bytes stand in each line, −1 for none."""
        agree, in_start = self._start.fits(starts)
        agree &= lines.sizes > self._start.size + self.end_size
        in_end: list[NDArray[np.uint64]] = []
        if self._end is not None and ends is not None:
            agree_there, in_end = self._end.fits(ends)
            agree &= agree_there
        found = np.full(len(agree), -1, np.int16)
        for at, number in enumerate(self.numbers):
            own = self._start.fits_one(at, in_start, agree)
            if self._end is not None:
                own = self._end.fits_one(at, in_end, own)
            if lines.named is not None:
                own = own & (lines.named == self._names[at])
            np.copyto(found, number, where=own)
        return found

    def extends(self, other: Mould) -> bool:
        """Whether a line may fit this mould and a shorter one, which then knows less of it."""
        if self._start.size <= other._start.size:
            return False
        return any(_begins(mine.start, theirs.start) for mine in self._heads for theirs in other._heads)


def _begins(longer: Constant, shorter: Constant) -> bool:
    """Whether bytes that fit `longer` fit `shorter`, as far as it is open to see."""
    return all(
        (mine & both) == (theirs & both)
        for mine, mine_mask, theirs, mask in zip(longer.want, longer.mask, shorter.want, shorter.mask, strict=False)
        for both in (mine_mask & mask,)
    )
