"""Which head fits which of many lines, and the time in them: heads of one mould are tried on all lines at once.

Heads of one mould are constant at the same places, so a line's bytes are fetched and masked once for all of them, and
compared once where all of them say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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
_ROW = 8
"""Words are compared in rows of a multiple of so many: eight answers are one word again."""
_ALL_TRUE = np.uint64(0x0101010101010101)


class Lines(NamedTuple):
    """Lines of a block.

    sizes  include the line feed
    named  number of the member that names the service in each line, or NOBODY; None: no head asks for one
    """

    words: Words
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    named: NDArray[np.int16] | None

    def only(self, kept: NDArray[np.bool_]) -> Lines:
        """Some of the lines."""
        named = None if self.named is None else self.named[kept]
        return Lines(self.words, self.starts[kept], self.sizes[kept], named)


class _Side:
    """The constant starts, or ends, of heads of one mould."""

    def __init__(self, constants: Sequence[Constant]) -> None:
        self.size = constants[0].size
        self._words = -(-len(constants[0].mask) // _ROW) * _ROW
        padding = (0,) * (self._words - len(constants[0].mask))
        self._mask = np.array((*constants[0].mask, *padding), np.uint64)
        wants = np.array([(*one.want, *padding) for one in constants], np.uint64)
        self._differing = np.flatnonzero((wants != wants[0]).any(axis=0))
        self._common = wants[0]
        self._wants = wants[:, self._differing]

    def fits(self, words: Words, places: NDArray[np.int64]) -> tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]:
        """(which places agree with what all say, for each what it alone says)."""
        rows = words.rows(places, self._words)
        rows &= self._mask
        columns = [np.ascontiguousarray(rows[:, column]) for column in self._differing]
        equal = rows == self._common
        equal[:, self._differing] = True
        folded = equal.view(np.uint64) == _ALL_TRUE
        common = folded.ravel() if self._words == _ROW else folded.all(axis=1)
        apart = []
        for wants in self._wants:
            own = np.ones(len(places), np.bool_)
            for column, want in zip(columns, wants, strict=True):
                own &= column == want
            apart.append(own)
        return common, apart


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
        self.is_doubtful = any(head.contrary for head in heads)

    @staticmethod
    def key(head: Head) -> object:
        """Equal for heads of one mould."""
        end = None if head.end is None else (head.end.size, head.end.mask)
        return head.start.size, head.start.mask, end, head.stamp, head.stamp_in_tail, head.is_json

    def ends_at(self, lines: Lines) -> NDArray[np.int64]:
        """Where the constant end would begin in each line."""
        return lines.starts + lines.sizes - (1 + self.end_size)

    def fit(self, lines: Lines, zone: tzinfo | None) -> tuple[NDArray[np.intp], NDArray[np.int16], NDArray[np.int64]]:
        """The lines that some head of the mould fits: (their indices, the heads' numbers, their times)."""
        fitting, starts = self._start.fits(lines.words, lines.starts)
        fitting &= lines.sizes > self._start.size + self.end_size
        ends: Sequence[NDArray[np.bool_]] = ()
        if self._end is not None:
            agree, ends = self._end.fits(lines.words, self.ends_at(lines))
            fitting &= agree
        found = np.full(len(lines.starts), -1, np.int16)
        for at, number in enumerate(self.numbers):
            own = fitting & starts[at] if len(starts) > 1 else fitting
            if len(ends) > 1:
                own = own & ends[at]
            if lines.named is not None:
                own = own & (lines.named == self._names[at])
            found[own] = number
        rows = np.flatnonzero(found >= 0)
        origins = (self.ends_at(lines) if self.first.stamp_in_tail else lines.starts)[rows]
        ns, are_times = self.first.stamp.ns(lines.words, origins, zone)
        if not are_times.all():
            rows, ns = rows[are_times], ns[are_times]
        return rows, found[rows], ns

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
