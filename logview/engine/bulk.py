"""The verdicts of what a large log held when it was opened, block by block, by the road that `check` takes.

Gives numbers of verdicts for whole ranges of rows. Knows the columns, writes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.store import DEAD, EARLY, NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.engine.feed import Feed
    from logview.index.store import Store
    from logview.standard.check import StreamChecker
    from logview.standard.judged import Judged

MIN_BYTES = 256 << 10
"""Of less the records are judged one by one."""
BLOCK = 128 << 10
"""Bytes judged between two looks at what the screen wants."""


class Range(NamedTuple):
    """The rows of one source, one behind the other, in the order of the source."""

    first: int
    end: int
    end_offset: int
    """Where the first record begins that is not in the range."""


def range_from(store: Store, feed: Feed, gid: int) -> Range | None:
    """The rows from `gid` on that can be judged by blocks; None where each must be judged by itself.

    gid  the source's first row
    """
    numbers = np.flatnonzero(store.source[gid : store.count] != feed.number)
    end = gid + int(numbers[0]) if len(numbers) else store.count
    # The last records may still gain lines.
    whole_to = min(feed.last_starts() | {int(store.start[end - 1])})
    starts = store.start[gid:end]
    if (store.flags[gid:end] & (NOTICE | DEAD | EARLY)).any() or (starts[1:] <= starts[:-1]).any():
        return None
    whole_to = _uncut(store, gid, end, whole_to)
    end = gid + int(np.searchsorted(starts, whole_to))
    if end <= gid or int(store.start[gid]) or whole_to < MIN_BYTES or feed.arrivals.has(whole_to - 1):
        return None
    return Range(gid, end, whole_to)


def _uncut(store: Store, first: int, end: int, offset: int) -> int:
    """The last offset up to `offset` that cuts no record of the rows [first, end) whose lines stand apart."""
    for gid in sorted((gid for gid in list(store.more) if first <= gid < end), reverse=True):
        last, size = store.more[gid][-1]
        if last + size > offset:
            offset = min(offset, int(store.start[gid]))
    return offset


class Swept(NamedTuple):
    """What one step has judged."""

    first: int
    end: int
    """The rows [first, end)."""
    rows: list[tuple[int, Judged]]
    """Those with violations, and those whose records were made."""


class Bulk:
    """Judges a range of one source's rows."""

    def __init__(self, store: Store, feed: Feed, stream: StreamChecker, rows: Range) -> None:
        # Loaded when there is something to judge: the first screen comes before.
        from logview.standard.sweep import Sweep

        self.source = feed.number
        self._store = store
        self._feed = feed
        self._rows = rows
        self.next = rows.first
        """Rows of the range below this are judged."""
        self._sweep = Sweep(stream, feed.hints)
        self._steps = self._sweep.steps(self._blocks())
        self._ahead: list[tuple[int, Judged]] = []
        """What was judged of records that stand behind an open one."""

    def step(self) -> Swept | None:
        """Judge on; None when the range is through."""
        made = next(self._steps, None)
        if made is None:
            return None
        judged = list(made)
        first, rows = self.next, self._rows
        starts = self._store.start[rows.first : rows.end]
        self.next = rows.first + int(np.searchsorted(starts, self._sweep.judged_to))
        offsets = np.array([one.offset for one in judged], np.int64)
        places = np.minimum(np.searchsorted(starts, offsets), len(starts) - 1)
        there = starts[places] == offsets
        self._ahead += [(rows.first + int(place), judged[at]) for at, place in enumerate(places) if there[at]]
        found = [one for one in self._ahead if one[0] < self.next]
        self._ahead = [one for one in self._ahead if one[0] >= self.next]
        return Swept(first, self.next, found)

    @property
    def next_offset(self) -> int:
        """Where the first record begins that has no verdict yet."""
        return self._sweep.judged_to

    @property
    def lineno(self) -> int:
        """The number of the line behind what was judged."""
        return self._sweep.lineno

    def _blocks(self) -> Iterator[bytes]:
        offset = 0
        while offset < self._rows.end_offset:
            block = self._feed.source.read(offset, min(BLOCK, self._rows.end_offset - offset))
            if not block:
                return
            offset += len(block)
            yield block
