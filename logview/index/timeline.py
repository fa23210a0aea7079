"""One order for the records of all sources: by time, then source, then position.

A record without a time stands with the record before it. The order is total and stable: a late record is put where
its time belongs, records of one instant keep the order of their sources and lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from logview.index.store import DEAD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.index.store import Store


_NONE = np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Order:
    """Rows at one moment; safe to read while more come.

    gids   the records in time order, `main` of them valid; None: row n is gid `first + n`, as long as one file is
           in order
    tail   rows after those: the early look at the end of the sources, until the scan is through
    epoch  counts the changes that moved rows already there; growth at the end is none
    """

    gids: NDArray[np.uint32] | None
    main: int
    first: int = 0
    tail: NDArray[np.uint32] = field(default_factory=lambda: _NONE)
    epoch: int = 0

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.main + len(self.tail)

    def gid(self, row: int) -> int:
        """The record in a row."""
        if row >= self.main:
            return int(self.tail[row - self.main])
        return self.first + row if self.gids is None else int(self.gids[row])

    def slice(self, low: int, high: int) -> NDArray[np.uint32]:
        """The records in rows [low, high)."""
        low, high = max(low, 0), min(high, self.rows)
        if low >= self.main:
            return self.tail[low - self.main : max(high - self.main, 0)]
        ordered = self._main(low, min(high, self.main))
        return ordered if high <= self.main else np.concatenate((ordered, self.tail[: high - self.main]))

    def _main(self, low: int, high: int) -> NDArray[np.uint32]:
        if self.gids is None:
            return np.arange(self.first + low, self.first + max(low, high), dtype=np.uint32)
        return self.gids[low:high]

    def row_of(self, store: Store, key: tuple[int, int, int, int]) -> int:
        """The row of the first record that does not stand before (time, source, start, gid)."""
        low, high = 0, self.main
        while low < high:
            middle = (low + high) // 2
            if key_of(store, self.gid(middle)) < key:
                low = middle + 1
            else:
                high = middle
        return low if low < self.main else self.main + place_of(store, self.tail, key)

    def with_tail(self, tail: NDArray[np.uint32]) -> Order:
        """The same rows before another tail."""
        return replace(self, tail=tail, epoch=self.epoch + 1)

    def merged(self, store: Store, new: NDArray[np.uint32]) -> Order:
        """With further records (in time order) at their places."""
        if not len(new):
            return self
        old = self._main(0, self.main)
        if not self.main or not key_of(store, int(new[0])) < key_of(store, int(old[-1])):
            return self._appended(old, new)
        # Only what is not older than the oldest newcomer can move.
        cut = place_of(store, old, key_of(store, int(new[0])))
        merged = np.concatenate((old[:cut], sorted_gids(store, np.concatenate((old[cut:], new)))))
        return replace(self, gids=merged, main=len(merged), epoch=self.epoch + 1)

    def _appended(self, old: NDArray[np.uint32], new: NDArray[np.uint32]) -> Order:
        rows = len(old) + len(new)
        gids = self.gids
        if gids is None or len(gids) < rows:
            gids = np.empty(max(rows + rows // 4, 4096), np.uint32)
            gids[: len(old)] = old
        # Whoever holds an older Order knows fewer rows and never looks at what is written here.
        gids[len(old) : rows] = new
        return replace(self, gids=gids, main=rows)


class Timeline:
    """The live gids of a store in time order. One thread updates, any thread reads `order`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken = 0
        """gids below this are in the order."""
        self.order = Order(None, 0)

    def update(self) -> bool:
        """Take in what the store has gained; True when rows already there have moved."""
        store, first, end, order = self._store, self._taken, self._store.count, self.order
        if first == end:
            return False
        self._taken = end
        if order.gids is None and order.first + order.main == first and self._continues(order.first, first, end):
            self.order = replace(order, main=end - order.first)
            return False
        self.order = order.merged(store, sorted_gids(store, np.arange(first, end, dtype=np.uint32)))
        return self.order.epoch != order.epoch

    def begin_with(self, early: NDArray[np.uint32]) -> None:
        """Show `early`, all the store holds so far, after everything that is still to come."""
        self._taken = self._store.count
        self.order = Order(None, 0, self._taken, sorted_gids(self._store, early), self.order.epoch + 1)

    def end_early(self) -> None:
        """The scan is through: what was shown early is now in its place."""
        if len(self.order.tail):
            self.order = self.order.with_tail(_NONE)

    def _continues(self, zero: int, first: int, end: int) -> bool:
        store = self._store
        low = max(first - 1, zero)
        if (store.flags[first:end] & DEAD).any() or (store.source[low:end] != store.source[low]).any():
            return False
        times = store.time[low:end]
        if (times[1:] < times[:-1]).any():
            return False
        starts = store.start[low:end]
        return not ((times[1:] == times[:-1]) & (starts[1:] < starts[:-1])).any()

    def rebuild(self) -> None:
        """Sort everything anew: after records died or their times changed."""
        store, order = self._store, self.order
        self._taken = store.count
        tail = order.tail[(store.flags[order.tail] & DEAD) == 0]
        if self._continues(order.first, order.first, self._taken):
            self.order = Order(None, self._taken - order.first, order.first, tail, order.epoch + 1)
            return
        gids = sorted_gids(store, np.arange(order.first, self._taken, dtype=np.uint32))
        self.order = Order(gids, len(gids), order.first, tail, order.epoch + 1)


def key_of(store: Store, gid: int) -> tuple[int, int, int, int]:
    """What the timeline sorts by: (time, source, start, gid)."""
    return int(store.time[gid]), int(store.source[gid]), int(store.start[gid]), gid


def place_of(store: Store, gids: NDArray[np.uint32], key: tuple[int, int, int, int]) -> int:
    """Index of the first of `gids` (in timeline order) whose (time, source, start, gid) is not below `key`."""
    low, high = 0, len(gids)
    while low < high:
        middle = (low + high) // 2
        if key_of(store, int(gids[middle])) < key:
            low = middle + 1
        else:
            high = middle
    return low


def sorted_gids(store: Store, gids: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The live ones of `gids` in timeline order. Cost: near linear, since each source mostly is in order already."""
    gids = gids[(store.flags[gids] & DEAD) == 0]
    if len(gids) < 2:
        return gids
    # Stable sorts from the last key to the first. Timsort, which numpy uses here, finds the runs that are in order.
    starts = store.start[gids]
    if (starts[1:] < starts[:-1]).any():
        gids = gids[np.argsort(starts, kind="stable")]
    sources = store.source[gids]
    if (sources[1:] < sources[:-1]).any():
        gids = gids[np.argsort(sources, kind="stable")]
    times = store.time[gids]
    if (times[1:] < times[:-1]).any():
        gids = gids[np.argsort(times, kind="stable")]
    return gids
