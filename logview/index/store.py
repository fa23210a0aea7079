"""What is known of every record without keeping it: flat numpy columns, 28 bytes a record.

Records of all sources stand in one store, in the order they were found; a record's number in it is its **gid**. One
thread appends; others may read rows below `count` at any time, through arrays they fetched once. Knows no format.
"""

from __future__ import annotations

import contextlib
import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HAS_TIME: Final = 1
"""The record's own time (or its wrapper's) is known; without it `time` only says where the record stands."""
ODD: Final = 2
"""The record's text is not simply its bytes decoded: a wrapper, control sequences, bad UTF-8, scattered lines …"""
OPAQUE: Final = 64
"""Nor does every line of its text, every key and every name stand in its bytes: an envelope, a named column …"""
SCATTERED: Final = 4
"""The record has further runs of lines (`Store.more`)."""
NOTICE: Final = 8
"""Not a record but a notice of the follower; `size` is its number."""
DEAD: Final = 16
"""Superseded: an unfinished line whose end has come, an early look that the scan has caught up with."""
EARLY: Final = 32
"""From the early look at the end of a source; the scan will find the same record again."""

PENDING: Final = 0xFFFF
"""Verdict of a record that nobody has checked yet."""

COLUMN_TYPES: Final[dict[str, Any]] = {
    "start": np.int64,
    "size": np.uint32,
    "time": np.int64,
    "level": np.uint8,
    "flags": np.uint8,
    "source": np.uint16,
    "service": np.uint16,
    "verdict": np.uint16,
}
_FIRST_CAPACITY: Final = 4096
_MAPPED_FROM: Final = 1 << 20
"""Bytes of a column from which it gets a mapping of its own."""


COLUMNS: Final = ("start", "size", "time", "level", "flags", "service", "verdict")
"""Those of a batch."""
RowColumns = tuple[int, int, int, int, int, int, int]
"""(start, size, time, level, flags, service, verdict) of one record."""


@dataclass(slots=True)
class Batch:
    """Columns of records of one source, in the order of their first lines; all arrays have the same length.

    start   int64   logical byte offset of the first line
    size    uint32  bytes of the first run, line ends included
    time    int64   ns since the epoch; for a record without a time: that of the record before it
    level   uint8   Level, 0 for none
    flags   uint8   HAS_TIME | ODD | …
    service uint16  number in the engine's table of services
    verdict uint16  number in the table of verdicts, or PENDING
    """

    start: NDArray[np.int64]
    size: NDArray[np.uint32]
    time: NDArray[np.int64]
    level: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    service: NDArray[np.uint16]
    verdict: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.start)

    def only(self, kept: NDArray[np.bool_]) -> Batch:
        """Some of them."""
        return Batch(*(getattr(self, name)[kept] for name in COLUMNS))

    @staticmethod
    def of_rows(rows: list[RowColumns]) -> Batch:
        """From the columns of each record."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * 7
        kinds = (np.int64, np.uint32, np.int64, np.uint8, np.uint8, np.uint16, np.uint16)
        arrays: list[Any] = [np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        return Batch(*arrays)


def reserved(capacity: int, kind: Any) -> NDArray[Any]:
    """Room for so many values, taken from the system when it is written to and given back whole.

    An allocator keeps the holes that outgrown columns leave behind.
    """
    size = capacity * np.dtype(kind).itemsize
    if size < _MAPPED_FROM:
        return np.empty(capacity, kind)
    # Private: a forked process must not see what its parent writes afterwards.
    private = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    mapped = mmap.mmap(-1, size, flags=private) if private else mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):
            mapped.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(mapped, kind, capacity)


class Store:
    """The columns."""

    def __init__(self) -> None:
        self.count = 0
        self.more: dict[int, tuple[tuple[int, int], ...]] = {}
        """gid → further (start, size) runs of a record whose lines do not stand together."""
        self._capacity = _FIRST_CAPACITY
        self.start: NDArray[np.int64] = np.empty(0, np.int64)
        self.size: NDArray[np.uint32] = np.empty(0, np.uint32)
        self.time: NDArray[np.int64] = np.empty(0, np.int64)
        self.level: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.flags: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.source: NDArray[np.uint16] = np.empty(0, np.uint16)
        self.service: NDArray[np.uint16] = np.empty(0, np.uint16)
        self.verdict: NDArray[np.uint16] = np.empty(0, np.uint16)
        self.reserve(_FIRST_CAPACITY)

    def reserve(self, records: int) -> None:
        """Make room for `records` in all; memory is only taken when it is written to."""
        capacity = max(records, self._capacity)
        for name, kind in COLUMN_TYPES.items():
            old = getattr(self, name)
            if len(old) < capacity:
                new = reserved(capacity, kind)
                new[: self.count] = old[: self.count]
                setattr(self, name, new)
        self._capacity = capacity

    def append(self, source: int, batch: Batch) -> int:
        """Add a batch of one source; returns the gid of its first record."""
        first, count = self.count, len(batch)
        if first + count > self._capacity:
            self.reserve(max(first + count, self._capacity + self._capacity // 2))
        end = first + count
        self.start[first:end] = batch.start
        self.size[first:end] = batch.size
        self.time[first:end] = batch.time
        self.level[first:end] = batch.level
        self.flags[first:end] = batch.flags
        self.source[first:end] = source
        self.service[first:end] = batch.service
        self.verdict[first:end] = batch.verdict
        self.count = end
        return first

    def find(self, source: int, start: int) -> int | None:
        """The gid of the live record of `source` that starts at `start`, newest first; None: there is none.

        cost  microseconds for one of the last few thousand records, about 3 ms per million to the first one
        """
        end, size = self.count, 1024
        while end > 0:
            low = max(end - size, 0)
            mine = (self.start[low:end] == start) & (self.source[low:end] == source)
            mine &= (self.flags[low:end] & (DEAD | NOTICE)) == 0
            places = np.flatnonzero(mine)
            if len(places):
                return low + int(places[-1])
            end, size = low, min(size * 4, 1 << 20)
        return None

    def runs(self, gid: int) -> tuple[tuple[int, int], ...]:
        """(start, size) of all runs of a record, in file order."""
        first = (int(self.start[gid]), int(self.size[gid]))
        return (first, *self.more.get(gid, ()))
