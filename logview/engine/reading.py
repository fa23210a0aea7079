"""What stands in the sources at the start, into the columns: first the end of each, then all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.engine import kept
from logview.engine.scanning import Scan
from logview.engine.surveying import LARGE_BYTES, Surveyor
from logview.index.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logview.engine.core import Engine
    from logview.engine.cutting import Piece
    from logview.engine.feed import Feed
    from logview.sources import Source

EARLY_BYTES = 32 << 10
"""What is shown of a source before it is scanned."""
EARLY_FROM = 256 << 10
"""Smaller sources are scanned at once."""
SORT_RECORDS = 1 << 15
"""Records that have to be sorted are taken into the timeline so many at a time."""


class Reader:
    """Appends to the store what is there; `Live` goes on from there, in the same thread."""

    def __init__(self, engine: Engine, cache: str | None) -> None:
        self._engine = engine
        self._cache = cache
        self.is_keeping = True
        """Whether indexes are still to be kept."""
        self._scan: Scan | None = None
        self._surveyor: Surveyor | None = None
        self._sizes: dict[int, int] = {}
        """Source → mean bytes of its first records."""

    def prepare(self, sources: Iterable[Source]) -> None:
        """Before there is any thread: have a process that surveys what is large; `run` or `close` ends it."""
        if sum(source.size() for source in sources) >= LARGE_BYTES:
            self._surveyor = Surveyor.beside()

    def close(self) -> None:
        """End what `prepare` began."""
        if self._surveyor is not None:
            self._surveyor.close()

    def run(self, stopped: Callable[[], bool], may_scan: Callable[[], bool]) -> None:
        """Until all is taken in or `stopped`; `may_scan` returns when what is large may be scanned."""
        engine = self._engine
        engine.join_sources()
        if self._look_early():
            may_scan()
        self._scan = Scan(list(engine.feeds.values()), self._place, stopped, surveyor=self._surveyor)
        for feed in list(engine.feeds.values()):
            self._recall(feed)
        self._scan.run()
        for feed in list(engine.feeds.values()):
            feed.watch()
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

    def _place(self, feed: Feed, found: Survey | Piece) -> None:
        with self._engine.writing:
            self._reserve(feed, found)
            first = self._engine.store.count
            changed = feed.place(found)
            self._publish(feed, first, changed)

    def _reserve(self, feed: Feed, found: Survey | Piece) -> None:
        """Room for all records, by the mean size of each source's first; what stays unused is never really taken."""
        if feed.number in self._sizes or not isinstance(found, Survey) or feed.source.size() < EARLY_FROM:
            return
        self._sizes[feed.number] = mean = max(len(found.data) // max(len(found.starts), 1), 1)
        feeds = self._engine.feeds.values()
        to_come = sum((one.source.size() - one.taken) / self._sizes.get(one.number, mean) for one in feeds)
        self._engine.store.reserve(self._engine.store.count + int(to_come * 1.05) + len(found.starts) + 1000)

    def _publish(self, feed: Feed, first: int, changed: list[int]) -> None:
        engine, store = self._engine, self._engine.store
        engine.count(first, store.count, live=False)
        if feed.moved:
            feed.moved = False
            engine.rebuild()
        elif len(engine.feeds) == 1 and engine.timeline.order.is_in_line:
            engine.timeline.update()
        elif engine.timeline.waiting >= SORT_RECORDS and self._scan is not None:
            engine.timeline.update(self._scan.sure_ns())
        engine.changed(changed)
        engine.grown()
