"""The scan of what sources hold: several side by side, the one that is behind in time first.

Blocks are surveyed ahead, by another process where there is one, and placed in order. Since the sources advance
together in time, the timeline grows at its end: what no source can precede any more is appended, and nothing moves.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from logview.engine.surveying import LARGE_BYTES, Begun, Surveyor, keep_at_hand
from logview.work.helper import SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logview.engine.cutting import Piece
    from logview.engine.feed import Feed
    from logview.index.survey import Survey

BLOCK = 2 << 20
"""Bytes read and surveyed at a time. Larger ones leave the cache; smaller ones need more steps in Python (2 MiB: half
as many as 1 MiB, a tenth less CPU). Of more than two sources half as much, for the memory."""
FIRST_BYTES = 8 << 10
"""The first block of a source, all of which is decoded; the next ones are four times as large each."""
SIDE_BY_SIDE = 8
"""Sources that are scanned at a time."""
STOLEN = 2
"""Blocks of a source that are surveyed here, behind those that are waited for, before this process does wait."""
SLACK_NS = 2_000_000_000
"""A source may be so much out of order without moving rows that are already shown."""
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
        surveyor: Surveyor | None = None,
    ) -> None:
        """How far, and with whose help.

        until     the byte behind which a source is left for later; None: it is read to its end, as pipes are
        surveyor  who surveys blocks; None: a process of the scan's own, where that pays and there are no threads yet
        """
        self._place = place
        self._stopped = stopped
        self._until = until
        self._surveyor = surveyor
        most = BLOCK if len(feeds) <= 2 else BLOCK // 2
        self._to_come = deque(_Ahead(feed, _blocks(feed, most, stopped, until)) for feed in feeds)
        self._under_way: list[_Ahead] = []

    def run(self) -> None:
        """All that the sources hold now; once. The surveyor's process has ended then."""
        keep_at_hand()
        with self._surveyor or self._own_surveyor() as surveyor:
            while not self._stopped():
                while self._to_come and len(self._under_way) < SIDE_BY_SIDE:
                    self._under_way.append(self._to_come.popleft())
                if not self._under_way:
                    return
                behind = min(self._under_way, key=_Ahead.reached_ns)
                found = behind.next(surveyor, SLOTS // len(self._under_way))
                if found is None:
                    self._under_way.remove(behind)
                else:
                    self._place(behind.feed, found)

    def _own_surveyor(self) -> Surveyor:
        ends = ((one.feed, self._until(one.feed)) for one in self._to_come)
        is_large = sum((end or 0) - feed.taken for feed, end in ends) >= LARGE_BYTES
        return Surveyor.beside() if is_large else Surveyor(None)

    def sure_ns(self) -> int | None:
        """Nothing older than this is to be expected; None: nothing more at all."""
        if not self._under_way and not self._to_come:
            return None
        reached = [one.reached_ns() for one in (*self._under_way, *self._to_come)]
        return max(min(reached) - SLACK_NS, _NEVER)


class _Ahead:
    """One source's blocks, surveyed ahead."""

    def __init__(self, feed: Feed, blocks: Iterator[Piece]) -> None:
        self.feed = feed
        self._blocks = blocks
        self._waiting: deque[Begun] = deque()

    def reached_ns(self) -> int:
        """The time of the last record that was placed."""
        return _NEVER if self.feed.last_ns is None else max(self.feed.last_ns, _NEVER)

    def next(self, surveyor: Surveyor, depth: int) -> Survey | Piece | None:
        """The next surveyed block; None at the end. `depth`: how many further ones another process may have by then."""
        while not self._waiting or (surveyor.has_room and len(self._waiting) <= depth):
            block = next(self._blocks, None)
            if block is None:
                break
            if not self._waiting and (not self.feed.records or block[2] <= _SMALL):
                # What the first blocks teach is there before the others are surveyed.
                return self.feed.survey(*block)
            self._waiting.append(surveyor.begin(self.feed, block))
        if not self._waiting:
            return None
        while not surveyor.is_done(self._waiting[0]) and len(self._waiting) <= depth + STOLEN:
            block = next(self._blocks, None)
            if block is None:
                break
            self._waiting.append(Begun(self.feed, block, self.feed.survey(*block)))
        return surveyor.result(self._waiting.popleft())


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
