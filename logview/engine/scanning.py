"""The scan of what sources hold: several side by side, the one that is behind in time first.

Blocks are surveyed ahead in a few threads and placed in order by the reading thread. Since the sources advance together
in time, the timeline grows at its end: what no source can precede any more is appended, and nothing moves.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import numpy as np

from logview.work.helper import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from logview.engine.cutting import Piece
    from logview.engine.feed import Feed
    from logview.index.survey import Survey

BLOCK = 2 << 20
"""Bytes read and surveyed at a time. Larger ones leave the cache; smaller ones make threads wait for the interpreter
more often (2 MiB: half as often as 1 MiB, a tenth less CPU). Of more than two sources half as much, for the memory."""
FIRST_BYTES = 8 << 10
"""The first block of a source, all of which is decoded; the next ones are four times as large each."""
SURVEYORS = 2
"""Most threads that survey blocks; the work is numpy's, which gives the interpreter free. The thread that places them
is as busy, so where there are two cores a second one only gets into its way: no sooner, for a tenth more CPU."""
SIDE_BY_SIDE = 8
"""Sources that are scanned at a time."""
AHEAD = 2
"""Blocks that are surveyed ahead of being placed, of all sources together."""
SLACK_NS = 2_000_000_000
"""A source may be so much out of order without moving rows that are already shown."""
LARGE_PIECE = 16 << 20
"""Bytes; glibc takes no note of pieces beyond 32 MiB."""
_SMALL = 256 << 10
"""Blocks up to this are surveyed on the spot."""
_NEVER = -(1 << 63)


class Scan:
    """Places the blocks of some sources; `place` is called with each, and when what it may follow has become sure."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        place: Callable[[Feed, Survey | Piece], object],
        stopped: Callable[[], bool],
        until: Callable[[Feed], int | None] = lambda feed: feed.source.size(),
    ) -> None:
        """until: the byte behind which a source is left for later; None: it is read to its end, as pipes are."""
        self._place = place
        self._stopped = stopped
        most = BLOCK if len(feeds) <= 2 else BLOCK // 2
        self._to_come = deque(_Ahead(feed, _blocks(feed, most, stopped, until)) for feed in feeds)
        self._under_way: list[_Ahead] = []

    def run(self) -> None:
        """All that the sources hold now. Its threads have ended then: processes may be forked behind it."""
        _keep_at_hand()
        with _Pool() as pool:
            while not self._stopped():
                while self._to_come and len(self._under_way) < SIDE_BY_SIDE:
                    self._under_way.append(self._to_come.popleft())
                if not self._under_way:
                    return
                behind = min(self._under_way, key=_Ahead.reached_ns)
                found = behind.next(pool, AHEAD // len(self._under_way))
                if found is None:
                    self._under_way.remove(behind)
                else:
                    self._place(behind.feed, found)

    def sure_ns(self) -> int | None:
        """Nothing older than this is to be expected; None: nothing more at all."""
        if not self._under_way and not self._to_come:
            return None
        reached = [one.reached_ns() for one in (*self._under_way, *self._to_come)]
        return max(min(reached) - SLACK_NS, _NEVER)


def _keep_at_hand() -> None:
    """Let what one block needed be there for the next one.

    glibc gives memory back from twice the size of the largest piece that ever was a mapping of its own and was freed
    (mallopt(3), M_MMAP_THRESHOLD), and asks for it again page by page: 30,000 faults a million lines. Nothing is
    written to this piece, so it is never really taken.
    """
    np.empty(LARGE_PIECE, np.uint8)


class _Pool:
    """Threads that are made when they are needed first."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def survey(self, feed: Feed, block: Piece) -> Future[Survey | Piece]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(min(SURVEYORS, max(cores() - 1, 1)), "logview-survey")
        return self._pool.submit(feed.survey, *block)


class _Ahead:
    """One source's blocks, surveyed ahead."""

    def __init__(self, feed: Feed, blocks: Iterator[Piece]) -> None:
        self.feed = feed
        self._blocks = blocks
        self._waiting: deque[Future[Survey | Piece]] = deque()

    def reached_ns(self) -> int:
        """The time of the last record that was placed."""
        return _NEVER if self.feed.last_ns is None else max(self.feed.last_ns, _NEVER)

    def next(self, pool: _Pool, depth: int) -> Survey | Piece | None:
        """The next surveyed block; None at the end. `depth`: how many further ones are surveyed meanwhile."""
        while len(self._waiting) <= depth:
            block = next(self._blocks, None)
            if block is None:
                break
            if not self._waiting and (not self.feed.records or block[2] <= _SMALL):
                # What the first blocks teach is there before the others are surveyed.
                return self.feed.survey(*block)
            self._waiting.append(pool.survey(self.feed, block))
        return self._waiting.popleft().result() if self._waiting else None


def _blocks(feed: Feed, most: int, stopped: Callable[[], bool], until: Callable[[Feed], int | None]) -> Iterator[Piece]:
    """most: bytes of a block."""
    end = until(feed)
    size = most if feed.records else FIRST_BYTES
    while (end is None or feed.taken < end) and not stopped():
        wanted = size if end is None else min(size, end - feed.taken)
        data = feed.source.read(feed.taken, wanted)
        if not data:
            return
        # What is read behind the last line feed is read again, except where nothing more may come.
        yield from feed.cut(data, feed.taken, is_last=end is None or feed.taken + len(data) >= end)
        size = min(size * 4, most)
