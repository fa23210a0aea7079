"""Records of many lines, through columns to standard output: read, sifted, printed by all cores in order.

One source is printed as it is read, a segment at a time. Several are read first, since the last line of one may be
older than the first of another, and then printed in segments of their common order. The first segments are small, so
that the first lines come at once, and what is printed at a time is bounded.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from logview.cli.output import tell
from logview.cli.printing import raw_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    import numpy as np
    from numpy.typing import NDArray

    from logview.cli.output import Out
    from logview.cli.press import Press
    from logview.cli.printing import Printer
    from logview.config import Config
    from logview.decode.hints import Hints
    from logview.engine.collect import Collection
    from logview.engine.feed import Feed
    from logview.query import Query
    from logview.sources import Source

    Part = TypeVar("Part")
    Opened = list[tuple[Source, Hints]]

FIRST = 1 << 20
SEGMENT = 64 << 20
"""Bytes of one source that are indexed before they are printed: at first, and at most."""
TASK = 2000
"""Records that one process prints at a time."""
SMALL = 8_000
"""So many records are not worth a second process."""
MOST = 256_000
"""Records of several sources that are sifted and printed at a time."""


def collected(opened: Opened, query: Query | None, config: Config | None) -> Collection:
    """The sources, to be read into columns."""
    from logview.engine.collect import Collection
    from logview.query.model import asks_for_rules

    checker = None
    if query is not None and asks_for_rules(query):
        from logview.config import load
        from logview.engine.sites import Sites
        from logview.standard.check import Checker

        config = config or load()
        sites = Sites(config)
        if not sites.is_ready:
            sites.read()
        checker = Checker(config.standard, index=sites.index)
    return Collection(opened, query, checker)


def print_all(collection: Collection, printing: Printer, out: Out) -> None:
    """Print everything that passes: one source as it is read, several merged by time."""
    from logview.cli.press import Press
    from logview.sources.file import FileSource

    press = Press(collection, printing)
    if len(collection.feeds) != 1 or collection.is_checked:
        collection.read_all()
        collection.judge()
        give_in_parts(press, collection.ready(merged=len(collection.feeds) > 1), out)
        return
    (feed,) = collection.feeds.values()
    # A pipe gives what it has; of a file a little at first, then segments that are worth several processes.
    segment = FIRST if isinstance(feed.source, FileSource) else 0
    ahead = Ahead(collection, feed)
    while ahead.read(segment):
        give(press, collection.ready(merged=False), out, ahead.step)
        segment = min(segment * 4, SEGMENT)
    give(press, collection.ready(merged=False), out)


class Ahead:
    """Reads one source into its columns, also while processes print what was read before."""

    def __init__(self, collection: Collection, feed: Feed) -> None:
        self._collection = collection
        self._feed = feed
        self._taken = 0
        """Bytes read and not given out."""

    def read(self, least: int) -> bool:
        """Read until there is so much to give out; False at the source's end."""
        if least > FIRST:
            more = self._collection.read_far(self._feed, least - self._taken)
        else:
            while (more := self.step()) and self._taken < least:
                pass
        self._taken = 0
        return more

    def step(self) -> bool:
        """Read a block; False at the source's end, or when enough waits."""
        if self._taken >= SEGMENT:
            return False
        taken = self._collection.read(self._feed)
        self._taken += taken
        return taken > 0


def give_in_parts(press: Press, gids: NDArray[np.uint32], out: Out) -> None:
    """Print those of the records that pass, ever more at a time."""
    low, size = 0, SMALL - 1
    while low < len(gids):
        give(press, gids[low : low + size], out)
        low, size = low + size, min(4 * size, MOST)


def give(
    press: Press, ready: NDArray[np.uint32], out: Out, meanwhile: Callable[[], bool] | None = None
) -> NDArray[np.uint32]:
    """Print those of the records that pass; returns them."""
    several = len(ready) >= SMALL and hasattr(os, "fork")
    gids = press.collection.passing(ready, by_several if several else None)
    if len(gids) < SMALL or not several:
        for low in range(0, len(gids), TASK):
            out.write(press.printed(gids[low : low + TASK]))
        return gids
    for piece in forked(press, gids, meanwhile):
        out.write(piece)
    press.resume(gids)
    return gids


def by_several(work: Callable[[Part], bytes], parts: Sequence[Part]) -> Iterator[bytes]:
    """The work done for all parts, by as many processes as there are cores."""
    from logview.work.forks import in_order

    return in_order(work, parts)


def forked(press: Press, gids: NDArray[np.uint32], meanwhile: Callable[[], bool] | None) -> Iterator[bytes]:
    """The records printed by as many processes as there are cores, in order, a bounded number ahead."""
    from logview.work.forks import in_order

    known = 0
    """Records below this are known to the printer of this process; each process has its own."""

    def work(low: int) -> bytes:
        nonlocal known
        press.resume(gids[known:low])
        known = low
        return press.printed(gids[low : low + TASK])

    return in_order(work, range(0, len(gids), TASK), meanwhile)


def follow_all(
    paths: list[str], collection: Collection, printing: Printer, out: Out, hints_of: Callable[[str], Hints]
) -> None:
    """Print what is there and then what is appended, until a signal ends it; raises Ended then."""
    from logview.cli.ending import ending
    from logview.cli.press import Press
    from logview.engine.following import Following

    press = Press(collection, printing)
    following = Following(collection, paths, hints_of)
    try:
        with ending() as end:
            while following.wait(end.asked):
                go_on(press, out)
                for text in following.notices():
                    tell(text)
            if end.asked():
                # What was held back for a traceback that might have followed is not lost.
                following.settle_all()
                go_on(press, out)
            end.leave()
    finally:
        following.close()


def go_on(press: Press, out: Out) -> None:
    """Print what has come: first lines of records that were printed before, then the records that are whole."""
    import numpy as np

    collection = press.collection
    for feed in list(collection.feeds.values()):
        for gid, runs in collection.late(feed):
            if runs is None:
                out.write(press.printed(np.array([gid], np.uint32)))
                continue
            record = feed.continuation(gid, runs)
            service = int(collection.store.service[gid])
            out.write(press.line(record, feed.number, service, partial(raw_of, feed.source, record)))
    # One source keeps its own order, whatever its times say; several are merged by time.
    collection.remember(give(press, collection.ready(merged=len(collection.feeds) > 1), out))
