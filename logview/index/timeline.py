"""One order for the records of all sources: by time, then source, then position.

A record without a time stands with the record before it. The order is total and stable: a late record is put where
its time belongs, records of one instant keep the order of their sources and lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from logview.index.store import DEAD, reserved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.index.store import Store


_NONE = np.empty(0, np.uint32)
_MOST_RUNS = 16
"""More runs that wait for their turn are made one."""
FRESH = 4096
"""Rows at the end among which late ones are put at the cost of copying only these, however many stand before them."""


@dataclass(frozen=True, slots=True)
class Order:
    """Rows at one moment; safe to read while more come.

    gids   the records in time order, `main` of them valid; None: row n is gid `first + n`, as long as one file is
           in order
    fresh  the newest rows, behind those: lines that several sources write at one time come a little out of order
    tail   rows after those: the early look at the end of the sources, until the scan is through
    epoch  counts the changes that moved rows already there; growth at the end is none
    """

    gids: NDArray[np.uint32] | None
    main: int
    first: int = 0
    fresh: NDArray[np.uint32] = field(default_factory=lambda: _NONE)
    tail: NDArray[np.uint32] = field(default_factory=lambda: _NONE)
    epoch: int = 0

    @property
    def scanned(self) -> int:
        """How many there are without the early look."""
        return self.main + len(self.fresh)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.main + len(self.fresh) + len(self.tail)

    @property
    def is_in_line(self) -> bool:
        """Whether records are in order as they stand in the store."""
        return self.gids is None and not len(self.fresh)

    def gid(self, row: int) -> int:
        """The record in a row."""
        if row < self.main:
            return self.first + row if self.gids is None else int(self.gids[row])
        row -= self.main
        return int(self.fresh[row]) if row < len(self.fresh) else int(self.tail[row - len(self.fresh)])

    def slice(self, low: int, high: int) -> NDArray[np.uint32]:
        """The records in rows [low, high)."""
        low, high = max(low, 0), min(high, self.rows)
        if high <= self.main:
            return self._main(low, high)
        parts, begin = [self._main(min(low, self.main), self.main)], self.main
        for part in (self.fresh, self.tail):
            parts.append(part[max(low - begin, 0) : max(high - begin, 0)])
            begin += len(part)
        held = [part for part in parts if len(part)]
        return held[0] if len(held) == 1 else np.concatenate(parts)

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
        if low < self.main:
            return low
        at = place_of(store, self.fresh, key)
        return low + at if at < len(self.fresh) else self.scanned + place_of(store, self.tail, key)

    def with_tail(self, tail: NDArray[np.uint32]) -> Order:
        """The same rows before another tail."""
        return replace(self, tail=tail, epoch=self.epoch + 1)

    def anew(self, gids: NDArray[np.uint32]) -> Order:
        """These records (in time order) instead of those before the early look."""
        return replace(self, gids=gids, main=len(gids), fresh=_NONE, epoch=self.epoch + 1)

    def with_run(self, store: Store, first: int, last: int) -> Order:
        """With the records [first, last), which stand in the store as they do in time, at their places."""
        if not self.scanned or (self.is_in_line and last == self.first):
            return replace(self, gids=None, main=self.main + last - first, first=first, epoch=self.epoch + 1)
        if self.is_in_line and first == self.first + self.main:
            return replace(self, main=self.main + last - first)
        return self.merged(store, np.arange(first, last, dtype=np.uint32))

    def merged(self, store: Store, new: NDArray[np.uint32]) -> Order:
        """With further records (in time order) at their places."""
        if not len(new):
            return self
        key = key_of(store, int(new[0]))
        if self.main and key_of(store, int(new[-1])) < key_of(store, self.gid(0)):
            gids = np.concatenate((new, self._main(0, self.main)))
            return replace(self, gids=gids, main=len(gids), epoch=self.epoch + 1)
        if self.main and key < key_of(store, self.gid(self.main - 1)):
            return self._rearranged(store, new, key)
        cut = place_of(store, self.fresh, key)
        if cut == len(self.fresh):
            fresh = np.concatenate((self.fresh, new)) if cut else new
            return self._settled(fresh, self.epoch, len(store.start))
        late = sorted_gids(store, np.concatenate((self.fresh[cut:], new)))
        return self._settled(np.concatenate((self.fresh[:cut], late)), self.epoch + 1, len(store.start))

    def _rearranged(self, store: Store, new: NDArray[np.uint32], key: tuple[int, int, int, int]) -> Order:
        """With records of which some stand before the fresh ones: only what is not older than the oldest can move."""
        old = self.slice(0, self.scanned)
        cut = place_of(store, old, key)
        if cut < len(old) and key_of(store, int(new[-1])) < key_of(store, int(old[cut])):
            return self.anew(np.concatenate((old[:cut], new, old[cut:])))
        return self.anew(np.concatenate((old[:cut], sorted_gids(store, np.concatenate((old[cut:], new))))))

    def _settled(self, fresh: NDArray[np.uint32], epoch: int, room: int) -> Order:
        """With these fresh rows, the older of which join the others when they have become many."""
        if len(fresh) <= 2 * FRESH:
            return replace(self, fresh=fresh, epoch=epoch)
        settled, fresh = fresh[:-FRESH], fresh[-FRESH:].copy()
        rows, gids = self.main + len(settled), self.gids
        if not self.main:
            return replace(self, gids=settled, main=rows, fresh=fresh, epoch=epoch)
        if gids is None or len(gids) < rows:
            # Room for as many as the columns may become: what is not written to is not taken.
            old, gids = self._main(0, self.main), reserved(max(rows + rows // 4, room), np.uint32)
            gids[: self.main] = old
        # Whoever holds an older Order knows fewer rows of the array and never looks at what is written here.
        gids[self.main : rows] = settled
        return replace(self, gids=gids, main=rows, fresh=fresh, epoch=epoch)


class Timeline:
    """The live gids of a store in time order. One thread updates, any thread reads `order`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken = 0
        """gids below this are in the order, or are kept for later."""
        self._later: list[NDArray[np.uint32]] = []
        """Those, as runs in timeline order."""
        self.order = Order(None, 0)

    @property
    def waiting(self) -> int:
        """Records of the store that are not in the order yet."""
        return self._store.count - self._taken + sum(map(len, self._later))

    def update(self, before_ns: int | None = None) -> bool:
        """Take in what the store has gained; True when rows already there have moved.

        before_ns  only what is older than this, the rest another time: older records may be to come
        """
        store, first, end, order = self._store, self._taken, self._store.count, self.order
        if first == end and not self._later:
            return False
        self._taken = end
        in_line = order.is_in_line and order.first + order.main == first and before_ns is None and not self._later
        if in_line and self._continues(order.first, first, end):
            self.order = replace(order, main=end - order.first)
            return False
        runs = [*self._later, sorted_run(store, first, end)]
        cuts = [len(run) if before_ns is None else int(np.searchsorted(store.time[run], before_ns)) for run in runs]
        self._later = [run[cut:] for run, cut in zip(runs, cuts, strict=True) if cut < len(run)]
        if len(self._later) > _MOST_RUNS:
            self._later = [sorted_gids(store, np.concatenate(self._later))]
        sure = [run[:cut] for run, cut in zip(runs, cuts, strict=True)]
        self.order = order.merged(store, sorted_gids(store, np.concatenate(sure)))
        return self.order.epoch != order.epoch

    def begin_with(self, early: NDArray[np.uint32]) -> None:
        """Show `early`, all the store holds so far, after everything that is still to come."""
        self._taken = self._store.count
        early = sorted_gids(self._store, early)
        self.order = Order(None, 0, self._taken, tail=early, epoch=self.order.epoch + 1)

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
        self._taken, self._later = store.count, []
        tail = order.tail[(store.flags[order.tail] & DEAD) == 0]
        if self._continues(order.first, order.first, self._taken):
            self.order = Order(None, self._taken - order.first, order.first, tail=tail, epoch=order.epoch + 1)
            return
        gids = sorted_run(store, order.first, self._taken)
        self.order = Order(gids, len(gids), order.first, tail=tail, epoch=order.epoch + 1)


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
    return _sorted(store, gids, gids)


def sorted_run(store: Store, first: int, end: int) -> NDArray[np.uint32]:
    """The same of the records [first, end): as long as nothing has to be moved, no column is copied."""
    return _sorted(store, np.arange(first, end, dtype=np.uint32), slice(first, end))


def _sorted(store: Store, gids: NDArray[np.uint32], where: NDArray[np.uint32] | slice) -> NDArray[np.uint32]:
    """where: the same records, as columns are asked for them."""
    dead = store.flags[where] & DEAD
    if dead.any():
        where = gids = gids[dead == 0]
    # Stable sorts from the last key to the first. Timsort, which numpy uses here, finds the runs that are in order.
    for column in (store.start, store.source, store.time):
        keys = column[where]
        if (keys[1:] < keys[:-1]).any():
            where = gids = gids[np.argsort(keys, kind="stable")]
    return gids
