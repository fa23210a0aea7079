"""When what a source holds was seen arriving: the only time there is for lines that bear none."""

from __future__ import annotations

import time
from collections import deque

NEVER = 1 << 62
"""Beyond the end of any source."""
READS = 100_000
"""Reads remembered until the records in them are judged."""


class Arrivals:
    """Offsets of one source and when they were read, ns since the epoch."""

    def __init__(self) -> None:
        self.since = NEVER
        """From this offset on the source is followed; what stands before it was found, not seen arriving."""
        self._looked_ns = 0
        self._reads: deque[tuple[int, int]] = deque(maxlen=READS)

    def begin(self, offset: int) -> None:
        """The source is followed from here on."""
        self.since = min(self.since, offset)
        self._looked_ns = time.time_ns()

    def look(self) -> int | None:
        """The source is looked at now; returns when it was looked at before."""
        before, self._looked_ns = self._looked_ns, time.time_ns()
        return before or None

    def has(self, offset: int) -> bool:
        """Whether what stands at `offset` was seen arriving, not found."""
        return offset >= self.since

    def read(self, offset: int) -> None:
        """Bytes from `offset` were read just now."""
        if self.since < NEVER:
            self._reads.append((offset, time.time_ns()))

    def at(self, offset: int) -> int | None:
        """When the record at `offset` was read; None for what stood there before.

        Asked in the order of the file; forgets what it was asked before.
        """
        if not self.has(offset):
            return None
        while len(self._reads) > 1 and self._reads[1][0] <= offset:
            self._reads.popleft()
        return self._reads[0][1] if self._reads else None
