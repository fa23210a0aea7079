"""What stands in the sources at the start, into the columns: first the end of each, then all of it."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from logview.engine import kept
from logview.index.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from logview.engine.core import Engine
    from logview.engine.feed import Feed, Piece

BLOCK = 1 << 20
"""Bytes read and surveyed at a time: small enough that a core's cache holds it."""
EARLY_BYTES = 32 << 10
"""What is shown of a source before it is scanned."""
FIRST_BYTES = 8 << 10
"""The first block of a source, all of which is decoded; the next ones are four times as large each."""
EARLY_FROM = 256 << 10
"""Smaller sources are scanned at once."""
SURVEYORS = 2
"""Threads that survey blocks; the work is numpy's, which gives the interpreter free."""
SORT_SHARE = 8
"""Keeping the timeline sorted may take one part in so many of the time."""


class Reader:
    """Appends to the store what is there; `Live` goes on from there, in the same thread."""

    def __init__(self, engine: Engine, cache: str | None) -> None:
        self._engine = engine
        self._cache = cache
        self.is_keeping = True
        """Whether indexes are still to be kept."""
        self._sorted_at = 0.0
        self._sorting_s = 0.0
        self._pool: ThreadPoolExecutor | None = None

    def run(self, stopped: Callable[[], bool], may_scan: Callable[[], bool]) -> None:
        """Until all is taken in or `stopped`; `may_scan` returns when what is large may be scanned."""
        engine = self._engine
        engine.join_sources()
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
                self._publish(feed, first, [])

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
                self._place(feed, [feed.survey(lines, start, size)])
                continue
            if self._pool is None:
                self._pool = ThreadPoolExecutor(SURVEYORS, "logview-survey")
            waiting.append(self._pool.submit(feed.survey, lines, start, size))
            if len(waiting) > 2 * SURVEYORS:
                self._place(feed, [waiting.popleft().result()])
        while waiting and not stopped():
            self._place(feed, [waiting.popleft().result()])

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

    def _place(self, feed: Feed, surveys: list[Survey | Piece]) -> None:
        engine = self._engine
        for found in surveys:
            with engine.writing:
                first = engine.store.count
                if not first and feed.source.size() > EARLY_FROM:
                    self._reserve(found)
                changed = feed.place(found)
                self._publish(feed, first, changed)

    def _reserve(self, found: Survey | Piece) -> None:
        """Room for all records, from the mean size of the first ones; what stays unused is never really taken."""
        total = sum(one.source.size() for one in self._engine.feeds.values())
        if not isinstance(found, Survey):
            return
        per_record = max(len(found.data) // max(len(found.starts), 1), 1)
        self._engine.store.reserve(int(total / per_record * 1.05) + 1000)

    def _publish(self, feed: Feed, first: int, changed: list[int]) -> None:
        engine, store = self._engine, self._engine.store
        engine.count(first, store.count, live=False)
        self._sort(feed)
        engine.changed(changed)
        engine.grown()

    def _sort(self, feed: Feed) -> None:
        """Bring the timeline up to date; while several large sources are read, only now and then."""
        engine = self._engine
        started = time.monotonic()
        due = engine.timeline.order.gids is None or feed.taken >= feed.source.size()
        if not due and started - self._sorted_at < self._sorting_s * SORT_SHARE:
            return
        if feed.moved:
            feed.moved = False
            engine.rebuild()
        else:
            engine.timeline.update()
        self._sorted_at = time.monotonic()
        self._sorting_s = self._sorted_at - started
