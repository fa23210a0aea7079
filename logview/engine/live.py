"""What is appended, into the columns: looked for as often as the follower likes, taken in as often as the eye can tell.

A look costs a few system calls and has a thread of its own, which wakes this one only for what it finds; taking in
costs some fifty calls of numpy, however few the lines are. So lines that pour in wait for one another, but never so
long that a reader could notice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logview.engine.facts import NoticeRow
from logview.engine.verdicts import CLEAN
from logview.index.store import HAS_TIME, NOTICE, ODD, OPAQUE, Batch
from logview.record import Level
from logview.sources import Grew, Notice
from logview.sources.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.engine.core import Engine
    from logview.engine.cutting import Piece
    from logview.engine.feed import Feed
    from logview.index.survey import Survey
    from logview.sources import Event
    from logview.sources.follow import Follower

BLOCK = 1 << 20
"""Bytes read and surveyed at a time."""
MOST = 8 << 20
"""Most bytes taken from one source before the others have their turn."""
IDLE_S = 0.5
"""The longest sleep while nothing comes."""
PACE_S = 0.113
"""While lines come, they are taken in so often; the first after a pause at once."""
SMOOTHING = 0.2
"""Part that the newest measurement of the rate has in it."""
POURING_PER_S = 5_000
"""Records a second from which on the processor is kept for bringing them to the screen."""
REST_S = 1.0
"""A pipe that has given nothing for so long gives what is written now, not an old log."""
SETTLE_S = 0.3
"""An unfinished line is shown after so long, and a record gains no more lines, as far as anyone can tell."""


class Live:
    """Appends to the store what comes once everything that was there is in it; in the reading thread."""

    def __init__(self, engine: Engine, follower: Follower) -> None:
        self._engine = engine
        self._follower = follower
        self._began = time.monotonic()
        self._grown_at: dict[int, float] = {}
        self._grown_last = float("-inf")
        self._took_at = float("-inf")
        self._rate_per_s = 0.0
        self._due = 0.0
        """When growth is to be taken in next."""
        self._polling = Polling(follower)
        self._before_ns: dict[int, int] = {}
        """Source → when it was looked at last without what it has gained since."""

    def run(self, stopped: Callable[[], bool]) -> None:
        """Until `stopped` and woken."""
        engine, polling = self._engine, self._polling
        with polling:
            while not stopped():
                # Asked first: what was found and is not told yet was found by that look's successor at the earliest.
                before_ns = self._follower.looked_before_ns
                self._tell(polling.events())
                now = time.monotonic()
                if now >= self._due and not self._take(now, before_ns):
                    self._settle()
                engine.bell.flush()
                left_s = self._due - time.monotonic()
                if left_s > 0:
                    if polling.rest(engine.bell.wait_s(left_s)):
                        self._due = 0.0
                else:
                    polling.wait(engine.bell.wait_s(self._idle_s()))

    def wake(self) -> None:
        """There is something to do before the next lines come; from any thread."""
        self._polling.wake()

    def _idle_s(self) -> float:
        """How long it may sleep when nothing comes: an unfinished line is shown in time."""
        return SETTLE_S / 2 if any(feed.has_waiting for feed in self._engine.feeds.values()) else IDLE_S

    @property
    def is_growing(self) -> bool:
        """Whether anything has come just now."""
        return time.monotonic() - self._grown_last < SETTLE_S

    @property
    def is_pouring(self) -> bool:
        """Whether more comes than anyone could read, in the last moments."""
        return self.is_growing and self._rate_per_s > POURING_PER_S

    def is_settled(self, source: int) -> bool:
        """Whether the source has been quiet so long that its last record is whole."""
        return time.monotonic() - self._grown_at.get(source, 0.0) > SETTLE_S

    def _take(self, now: float, before_ns: int) -> bool:
        """Take in what has come to all sources, at one stroke: lines of one moment are sorted once."""
        engine = self._engine
        engine.join_sources()
        taken: list[tuple[Feed, list[Survey | Piece]]] = []
        ended: list[Feed] = []
        has_more = False
        for number, feed in list(engine.feeds.items()):
            # Asked first: what has ended by now gains nothing more.
            is_over = not feed.ended and self._follower.state(number) == "ended"
            unseen_ns = self._before_ns.pop(number, before_ns)
            if self._silent_s(number, now, unseen_ns) > REST_S:
                feed.arrivals.rest(feed.taken)
            feed.look(unseen_ns)
            if feed.source.size() > feed.taken:
                taken.append((feed, self._surveys(feed)))
                self._grown_at[number] = self._grown_last = now
                has_more |= feed.source.size() > feed.taken + BLOCK
            elif is_over:
                ended.append(feed)
        if not taken and not ended:
            return False
        with engine.writing:
            first = engine.store.count
            changed = [gid for feed, found in taken for one in found for gid in feed.place(one)]
            changed += [gid for feed in ended for gid in feed.finish()]
            self._publish(first, changed)
            records = engine.store.count - first
        self._rate_per_s += SMOOTHING * (records / max(now - self._took_at, PACE_S) - self._rate_per_s)
        self._took_at, self._due = now, now if has_more else now + PACE_S
        return True

    def _silent_s(self, source: int, now: float, unseen_ns: int) -> float:
        """How long the source had given nothing when it was looked at at `unseen_ns`; below 0 if it was not."""
        looked_at = now - (time.time_ns() - unseen_ns) / 1e9
        return looked_at - self._grown_at.get(source, self._began)

    def _surveys(self, feed: Feed) -> list[Survey | Piece]:
        """What the source has gained, surveyed."""
        found: list[Survey | Piece] = []
        size, end = feed.source.size(), feed.taken + MOST
        feed.arrivals.read(feed.lines.start)
        while feed.taken < min(size, end):
            data = feed.source.read(feed.taken, BLOCK)
            if not data:
                break
            found.extend(feed.survey(*lines) for lines in feed.cut(data, feed.taken))
        return found

    def _publish(self, first: int, changed: Sequence[int]) -> None:
        """Make known what stands in the store from `first` on, and which older records have changed."""
        engine, store = self._engine, self._engine.store
        for feed in engine.feeds.values():
            engine.take_back(feed.completed)
            feed.completed = []
        engine.count(first, store.count, live=True)
        moved = [feed for feed in engine.feeds.values() if feed.moved]
        for feed in moved:
            feed.moved = False
        if moved:
            engine.rebuild()
        else:
            engine.timeline.update()
        engine.changed(changed)
        engine.grown(live=True)

    def _settle(self) -> None:
        """A quiet source's unfinished last line is shown as it is."""
        for number, feed in list(self._engine.feeds.items()):
            if feed.has_waiting and self.is_settled(number):
                with self._engine.writing:
                    first = self._engine.store.count
                    self._publish(first, feed.settle())

    def _tell(self, events: Sequence[Event]) -> None:
        """Notices become rows; growth is remembered with the time before which it was not there."""
        for event in events:
            if isinstance(event, Grew):
                feed = self._engine.feeds.get(event.source)
                if feed is None or event.end > feed.taken:
                    self._before_ns.setdefault(event.source, self._polling.unseen_ns[event.source])
            elif isinstance(event, Notice):
                self._engine.join_sources()
                self._notice(event)

    def _notice(self, event: Notice) -> None:
        engine = self._engine
        feed = engine.feeds[event.source]
        now = time.time_ns()
        notice = NoticeRow(feed.source.name, event.kind, event.text, event.offset, event.size, now, event.is_loss)
        level = int(Level.WARN if event.is_loss else Level.INFO)
        service = engine.service_number(feed.default_service)
        with engine.writing:
            number = engine.add_notice(notice)
            row = (event.offset, number, now, level, NOTICE | HAS_TIME | ODD | OPAQUE, service, CLEAN)
            engine.store.append(event.source, Batch.of_rows([row]))
            engine.timeline.update()
        engine.grown()
