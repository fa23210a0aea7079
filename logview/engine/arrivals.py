"""When what a source holds was seen arriving: the only time there is for lines that bear none."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = 1 << 62
"""Beyond the end of any source."""
READS = 20_000
"""Reads remembered at most: half an hour of a source that grows all the time."""
UNKNOWN = -1
"""In a column of arrivals: what was found, or came before anything that is remembered."""


class Arrivals:
    """Offsets of one source and when they were read, ns since the epoch. For any thread."""

    def __init__(self) -> None:
        self.since = NEVER
        """From this offset on the source is followed; what stands before it was found, not seen arriving."""
        self._live_from = 0
        """Before this offset what arrived may have been written long ago: an old log that is piped in."""
        self._looked_ns = 0
        self._lock = threading.Lock()
        self._offsets: list[int] = []
        self._read_ns: list[int] = []

    def begin(self, offset: int, *, live_from: int = 0) -> None:
        """The source is followed from here on; when it came says when it was written from `live_from` on."""
        self.since = min(self.since, offset)
        self._live_from = live_from
        self._looked_ns = time.time_ns()

    def rest(self, offset: int) -> None:
        """The source has given nothing for a while: what comes behind `offset` is written now."""
        if offset:
            self._live_from = min(self._live_from, offset)

    def look(self, before_ns: int) -> int | None:
        """What it has gained will be taken in; returns when none of that was there yet.

        before_ns  when it was looked at and had not gained it, 0: it was not looked at since it is followed
        return     None the first time, when what it holds may be old
        """
        looked_ns, self._looked_ns = self._looked_ns, before_ns or time.time_ns()
        return (before_ns or looked_ns) if looked_ns else None

    def has(self, offset: int) -> bool:
        """Whether what stands at `offset` was seen arriving, not found."""
        return offset >= self.since

    def read(self, offset: int) -> None:
        """Bytes from `offset` were read just now."""
        if self.since == NEVER:
            return
        with self._lock:
            self._offsets.append(offset)
            self._read_ns.append(time.time_ns())
            if len(self._offsets) > READS:
                del self._offsets[: READS // 2], self._read_ns[: READS // 2]

    def at(self, offset: int) -> int | None:
        """When the record at `offset` was written, as far as it was read then.

        None for what stood there before, may be old, or came too long ago.
        """
        with self._lock:
            read = bisect_right(self._offsets, offset) - 1
            return self._read_ns[read] if read >= 0 and offset >= max(self.since, self._live_from) else None

    def of(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same for many records; UNKNOWN stands for None."""
        with self._lock:
            begins, read_ns = np.array(self._offsets, np.int64), np.array([UNKNOWN, *self._read_ns], np.int64)
        found = read_ns[np.searchsorted(begins, offsets, side="right")]
        return np.where(offsets >= max(self.since, self._live_from), found, UNKNOWN)
