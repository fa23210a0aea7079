"""The verdicts of many records of one source, block by block, by the road that `check` takes.

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
    from logview.standard.sweep import Sweep

MIN_BYTES = 256 << 10
"""Of less the records are judged one by one, unless lines like them are known already."""
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


def rows_from(store: Store, feed: Feed, gid: int, least_bytes: int) -> Rows | None:
    """The rows from `gid` on that can be judged by blocks; None where each must be judged by itself.

    gid  a row of the source; those before it have their verdicts
    """
    gids = np.flatnonzero(store.source[gid : store.count] == feed.number) + gid
    gids = gids[(store.flags[gids] & (NOTICE | DEAD | EARLY)) == 0]
    starts = store.start[gids].astype(np.int64)
    if not len(gids) or (starts[1:] <= starts[:-1]).any() or (store.size[gids] > LONGEST).any():
        return None
    # The last records may still gain lines.
    whole_to = _uncut(store, feed.number, min(feed.last_starts() | {int(starts[-1])}))
    end = int(np.searchsorted(starts, whole_to))
    is_found = int(starts[0]) == 0 and not feed.arrivals.has(whole_to - 1)
    if not end or whole_to - int(starts[0]) < least_bytes or not (is_found or feed.is_plain):
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


def sweep_of(stream: StreamChecker, feed: Feed) -> Sweep:
    """What judges the source's rows by blocks, a run of them at a time; the lines it has come to know stay known."""
    # Loaded when there is something to judge: the first screen comes before.
    from logview.standard.sweep import Sweep

    return Sweep(stream, feed.hints)


class Bulk:
    """Judges a run of rows of one source.

    lineno  number of their first line
    """

    def __init__(self, feed: Feed, sweep: Sweep, rows: Rows, lineno: int = 1) -> None:
        self.source = feed.number
        self._feed = feed
        self._rows = rows
        self.judged = 0
        """So many of the rows are judged."""
        self._sweep = sweep
        if int(rows.starts[0]):
            sweep.go_on_at(int(rows.starts[0]), lineno, feed.near(int(rows.gids[0])))
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
        offset = int(self._rows.starts[0])
        while offset < self._rows.end_offset:
            block = self._feed.source.read(offset, min(BLOCK, self._rows.end_offset - offset))
            if not block:
                return
            offset += len(block)
            yield block
