"""The reading thread: first the end of every source, then all of it, then what is appended."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from logview.engine import kept
from logview.engine.facts import NoticeRow
from logview.engine.verdicts import CLEAN
from logview.index.scan import Survey
from logview.index.store import HAS_TIME, NOTICE, ODD, OPAQUE, Batch
from logview.record import Level
from logview.sources import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from logview.engine.core import Engine
    from logview.engine.feed import Feed, Piece
    from logview.sources import Event
    from logview.sources.follow import Follower

BLOCK = 1 << 20
"""Bytes read and surveyed at a time: small enough that a core's cache holds it."""
FOLLOW_BYTES = 8 << 20
"""Most bytes taken from one source before the others have their turn."""
EARLY_BYTES = 32 << 10
"""What is shown of a source before it is scanned."""
FIRST_BYTES = 8 << 10
"""The first block of a source, all of which is decoded; the next ones are four times as large each."""
EARLY_FROM = 256 << 10
"""Smaller sources are scanned at once."""
SURVEYORS = 2
"""Threads that survey blocks; the work is numpy's, which gives the interpreter free."""
POLL_S = 0.05
BATCH_S = 0.02
"""While lines come, they are taken so often: more at a time cost less each."""
SETTLE_S = 0.3
"""An unfinished line is shown after so long, and a record gains no more lines, as far as anyone can tell."""
SORT_SHARE = 8
"""While scanning, keeping the timeline sorted may take one part in so many of the time."""


class Reader:
    """Owns the feeds; the only one that appends to the store."""

    def __init__(self, engine: Engine, follower: Follower, cache: str | None) -> None:
        self._engine = engine
        self._follower = follower
        self._cache = cache
        self.is_keeping = True
        """Whether indexes are still to be kept."""
        self._grown_at: dict[int, float] = {}
        self._grown_last = 0.0
        self._sorted_at = 0.0
        self._sorting_s = 0.0
        self._pool: ThreadPoolExecutor | None = None

    def run(self, stopped: Callable[[], bool], may_scan: Callable[[], bool]) -> None:
        """Until `stopped`; `may_scan` returns when what is large may be scanned."""
        engine = self._engine
        self._join()
        if self._look_early():
            may_scan()
        try:
            for feed in list(engine.feeds.values()):
                self._recall(feed)
                self._scan(feed, stopped)
                feed.watch()
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None
        if not stopped():
            self._end_early()
            self._keep()
        while not stopped():
            worked = self._tick(self._follower.poll())
            engine.flush()
            if not worked:
                self._settle()
            self._follower.wait(BATCH_S if worked else engine.patience_s(POLL_S))

    @property
    def is_live(self) -> bool:
        """Whether anything has come just now."""
        return time.monotonic() - self._grown_last < SETTLE_S

    def is_settled(self, source: int) -> bool:
        """Whether the source has been quiet so long that its last record is whole."""
        return time.monotonic() - self._grown_at.get(source, 0.0) > SETTLE_S

    def state(self, source: int) -> str:
        """What the source is doing."""
        feed = self._engine.feeds[source]
        if not self._engine.is_indexed and feed.taken < feed.source.size():
            return "indexing"
        return "ended" if feed.ended else self._follower.state(source)

    # -- at the start

    def _join(self) -> None:
        for number, source in enumerate(self._follower.sources):
            if number not in self._engine.feeds:
                self._engine.join(number, source)

    def _look_early(self) -> bool:
        """Show the ends of the sources ahead of the scan; False where all are so small that the scan is as fast."""
        engine = self._engine
        large = [feed for feed in engine.feeds.values() if feed.source.size() > EARLY_FROM]
        if not large:
            return False
        with engine.writing:
            early = [feed.look_early(min(EARLY_BYTES, feed.source.size())) for feed in engine.feeds.values()]
            engine.timeline.begin_with(np.concatenate(early))
        engine.grown()
        return True

    def _end_early(self) -> None:
        engine = self._engine
        with engine.writing:
            for feed in engine.feeds.values():
                feed.end_early()
            engine.timeline.update()
            engine.timeline.end_early()
        engine.is_indexed = True
        engine.grown()

    def _recall(self, feed: Feed) -> None:
        """What an earlier run has found in the file, if it was kept; the scan goes on behind it."""
        engine = self._engine
        if self._cache is None:
            return
        with engine.writing:
            first = engine.store.count
            if kept.recall(feed, engine.store, self._cache, engine.service_number):
                self._publish(feed, first, [], scanning=True)

    def _keep(self) -> None:
        for feed in list(self._engine.feeds.values()):
            if self._cache is not None and kept.is_due(feed, self._cache):
                kept.keep(feed, self._engine.store, self._cache, list(self._engine.service_names))
        self.is_keeping = False

    def _scan(self, feed: Feed, stopped: Callable[[], bool]) -> None:
        """All that the source holds now, in large blocks; two threads survey, this one places."""
        waiting: deque[Future[Survey | Piece]] = deque()
        for lines, start, size in self._blocks(feed, stopped):
            if not feed.records or size <= BLOCK // 4:
                self._place(feed, [feed.survey(lines, start, size)], scanning=True)
                continue
            if self._pool is None:
                self._pool = ThreadPoolExecutor(SURVEYORS, "logview-survey")
            waiting.append(self._pool.submit(feed.survey, lines, start, size))
            if len(waiting) > 2 * SURVEYORS:
                self._place(feed, [waiting.popleft().result()], scanning=True)
        while waiting and not stopped():
            self._place(feed, [waiting.popleft().result()], scanning=True)

    def _blocks(self, feed: Feed, stopped: Callable[[], bool]) -> Iterator[tuple[bytes, int, int]]:
        end = feed.source.size()
        # The first blocks are small: what is learned from them makes the others fast.
        size = FIRST_BYTES
        while feed.taken < end and not stopped():
            data = feed.source.read(feed.taken, min(size, end - feed.taken))
            if not data:
                return
            yield from feed.cut(data, feed.taken)
            size = min(size * 4, BLOCK)

    # -- ever after

    def _tick(self, events: Sequence[Event]) -> bool:
        self._join()
        for event in events:
            if isinstance(event, Notice):
                self._notice(event)
        grown = [self._follow(number, feed) for number, feed in list(self._engine.feeds.items())]
        return any(grown)

    def _follow(self, number: int, feed: Feed) -> bool:
        size, end = feed.source.size(), feed.taken + FOLLOW_BYTES
        surveys: list[Survey | Piece] = []
        grown = size > feed.taken
        feed.look()
        if grown:
            feed.note_read(feed.lines.start)
        while feed.taken < min(size, end):
            data = feed.source.read(feed.taken, BLOCK)
            if not data:
                break
            surveys.extend(feed.survey(*lines) for lines in feed.cut(data, feed.taken))
        if grown:
            self._grown_at[number] = self._grown_last = time.monotonic()
            self._place(feed, surveys)
        elif not feed.ended and self._follower.state(number) == "ended":
            self._end(feed)
            return True
        return grown

    def _end(self, feed: Feed) -> None:
        engine = self._engine
        with engine.writing:
            first = engine.store.count
            changed = feed.finish()
            self._publish(feed, first, changed)

    def _place(self, feed: Feed, surveys: list[Survey | Piece], *, scanning: bool = False) -> None:
        engine = self._engine
        for found in surveys:
            with engine.writing:
                first = engine.store.count
                if scanning and not first and feed.source.size() > EARLY_FROM:
                    self._reserve(found)
                changed = feed.place(found)
                self._publish(feed, first, changed, scanning=scanning)

    def _reserve(self, found: Survey | Piece) -> None:
        """Room for all records, from the mean size of the first ones; what stays unused is never really taken."""
        total = sum(one.source.size() for one in self._engine.feeds.values())
        if not isinstance(found, Survey):
            return
        per_record = max(len(found.data) // max(len(found.starts), 1), 1)
        self._engine.store.reserve(int(total / per_record * 1.05) + 1000)

    def _publish(self, feed: Feed, first: int, changed: list[int], *, scanning: bool = False) -> None:
        engine, store = self._engine, self._engine.store
        engine.count(first, store.count, live=not scanning)
        if feed.moved and not scanning:
            feed.moved = False
            engine.rebuild()
        else:
            self._sort(feed, scanning=scanning)
        engine.changed(changed)
        engine.grown()

    def _sort(self, feed: Feed, *, scanning: bool) -> None:
        """Bring the timeline up to date; while several large sources are scanned, only now and then."""
        engine = self._engine
        started = time.monotonic()
        due = not scanning or engine.timeline.order.gids is None or feed.taken >= feed.source.size()
        if not due and started - self._sorted_at < self._sorting_s * SORT_SHARE:
            return
        if feed.moved:
            feed.moved = False
            engine.rebuild()
        else:
            engine.timeline.update()
        self._sorted_at = time.monotonic()
        self._sorting_s = self._sorted_at - started

    def _settle(self) -> None:
        """A quiet source's unfinished last line is shown as it is."""
        for number, feed in list(self._engine.feeds.items()):
            if feed.has_waiting and self.is_settled(number):
                with self._engine.writing:
                    first = self._engine.store.count
                    self._publish(feed, first, feed.settle())

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
