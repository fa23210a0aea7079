"""The verdicts of what a large log held when it was opened, block by block, by the road that `check` takes.

Gives numbers of verdicts for whole ranges of rows. Knows the columns, writes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.store import DEAD, EARLY, NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from logview.engine.feed import Feed
    from logview.index.store import Store
    from logview.standard.check import StreamChecker
    from logview.standard.judged import Judged

MIN_BYTES = 256 << 10
"""Of less the records are judged one by one."""
LONGEST = 1 << 20
"""Bytes of the longest record that is judged so: a block holds whole lines, however long they are."""
BLOCK = 128 << 10
"""Bytes judged between two looks at what the screen wants."""


class Rows(NamedTuple):
    """Rows of one source, in the order of the source; those of other sources may stand between them."""

    gids: NDArray[np.int64]
    starts: NDArray[np.int64]
    """Where each row's record begins."""
    end_offset: int
    """Where the first record begins that is not among them."""


def rows_from(store: Store, feed: Feed, gid: int) -> Rows | None:
    """The rows from `gid` on that can be judged by blocks; None where each must be judged by itself.

    gid  the source's first row
    """
    gids = np.flatnonzero(store.source[gid : store.count] == feed.number) + gid
    starts = store.start[gids].astype(np.int64)
    if (store.flags[gids] & (NOTICE | DEAD | EARLY)).any() or (starts[1:] <= starts[:-1]).any():
        return None
    if (store.size[gids] > LONGEST).any():
        return None
    # The last records may still gain lines.
    whole_to = _uncut(store, feed.number, min(feed.last_starts() | {int(starts[-1])}))
    end = int(np.searchsorted(starts, whole_to))
    if not end or int(starts[0]) or whole_to < MIN_BYTES or feed.arrivals.has(whole_to - 1):
        return None
    return Rows(gids[:end], starts[:end], whole_to)


def _uncut(store: Store, source: int, offset: int) -> int:
    """The last offset up to `offset` that cuts no record of the source whose lines stand apart."""
    for gid in sorted((gid for gid in list(store.more) if int(store.source[gid]) == source), reverse=True):
        last, size = store.more[gid][-1]
        if last + size > offset:
            offset = min(offset, int(store.start[gid]))
    return offset


class Swept(NamedTuple):
    """What one step has judged."""

    gids: NDArray[np.int64]
    found: list[tuple[int, Judged]]
    """(place among the gids, what was found): rows with violations, and those whose records were made."""


class Bulk:
    """Judges rows of one source."""

    def __init__(self, feed: Feed, stream: StreamChecker, rows: Rows) -> None:
        # Loaded when there is something to judge: the first screen comes before.
        from logview.standard.sweep import Sweep

        self.source = feed.number
        self._feed = feed
        self._rows = rows
        self.judged = 0
        """So many of the rows are judged."""
        self._sweep = Sweep(stream, feed.hints)
        self._steps = self._sweep.steps(self._blocks())
        self._ahead: list[tuple[int, Judged]] = []
        """What was judged of records that stand behind an open one."""

    def step(self) -> Swept | None:
        """Judge on; None when the rows are through."""
        made = next(self._steps, None)
        if made is None:
            return None
        judged = list(made)
        first, starts = self.judged, self._rows.starts
        self.judged = int(np.searchsorted(starts, self._sweep.judged_to))
        offsets = np.array([one.offset for one in judged], np.int64)
        places = np.minimum(np.searchsorted(starts, offsets), len(starts) - 1)
        there = starts[places] == offsets
        self._ahead += [(int(place), judged[at]) for at, place in enumerate(places) if there[at]]
        found = [(place - first, one) for place, one in self._ahead if place < self.judged]
        self._ahead = [one for one in self._ahead if one[0] >= self.judged]
        return Swept(self._rows.gids[first : self.judged], found)

    @property
    def end_offset(self) -> int:
        """Where the first record begins that is not judged here."""
        return self._rows.end_offset

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
