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
from logview.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    import numpy as np
    from numpy.typing import NDArray

    from logview.cli.output import Out
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
NOTHING = Record()


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
    from logview.sources.file import FileSource

    if len(collection.feeds) != 1 or collection.is_checked:
        collection.read_all()
        collection.judge()
        give_in_parts(collection, collection.ready(merged=len(collection.feeds) > 1), printing, out)
        return
    (feed,) = collection.feeds.values()
    # A pipe gives what it has; of a file a little at first, then segments that are worth several processes.
    segment = FIRST if isinstance(feed.source, FileSource) else 0
    ahead = Ahead(collection, feed)
    while ahead.read(segment):
        give(collection, collection.ready(merged=False), printing, out, ahead.step)
        segment = min(segment * 4, SEGMENT)
    give(collection, collection.ready(merged=False), printing, out)


class Ahead:
    """Reads one source into its columns, also while processes print what was read before."""

    def __init__(self, collection: Collection, feed: Feed) -> None:
        self._collection = collection
        self._feed = feed
        self._taken = 0
        """Bytes read and not given out."""

    def read(self, least: int) -> bool:
        """Read until there is so much to give out; False at the source's end."""
        while more := self.step():
            if self._taken >= least:
                break
        self._taken = 0
        return more

    def step(self) -> bool:
        """Read a block; False at the source's end, or when enough waits."""
        if self._taken >= SEGMENT:
            return False
        taken = self._collection.read(self._feed)
        self._taken += taken
        return taken > 0


def give_in_parts(collection: Collection, gids: NDArray[np.uint32], printing: Printer, out: Out) -> None:
    """Print those of the records that pass, ever more at a time."""
    low, size = 0, SMALL - 1
    while low < len(gids):
        give(collection, gids[low : low + size], printing, out)
        low, size = low + size, min(4 * size, MOST)


def give(
    collection: Collection,
    ready: NDArray[np.uint32],
    printing: Printer,
    out: Out,
    meanwhile: Callable[[], bool] | None = None,
) -> NDArray[np.uint32]:
    """Print those of the records that pass; returns them."""
    several = len(ready) >= SMALL and hasattr(os, "fork")
    gids = collection.passing(ready, by_several if several else None)
    if len(gids) < SMALL or not several:
        for low in range(0, len(gids), TASK):
            out.write(printed(collection, gids[low : low + TASK], printing))
        return gids
    for piece in forked(collection, gids, printing, meanwhile):
        out.write(piece)
    resume(collection, gids, printing)
    return gids


def by_several(work: Callable[[Part], bytes], parts: Sequence[Part]) -> Iterator[bytes]:
    """The work done for all parts, by as many processes as there are cores."""
    from logview.engine.forks import in_order

    return in_order(work, parts)


def printed(collection: Collection, gids: NDArray[np.uint32], printing: Printer) -> bytes:
    """Some records as they are to be printed."""
    store, quick, pieces = collection.store, printing.quick, []
    sources, services = store.source[gids].tolist(), store.service[gids].tolist()
    columns = zip(gids.tolist(), sources, services, collection.raws(gids), collection.times(gids), strict=True)
    for gid, source, service, raw, ns in columns:
        feed = collection.feeds[source]
        glance = feed.glance(raw, ns) if quick is not None and raw is not None else None
        line = quick(glance, feed.hints.service) if quick is not None and glance is not None else None
        if line is None:
            record = feed.record(gid, raw=raw) if printing.needs_record else NOTHING
            raw_of = partial(collection.raw, gid) if raw is None else partial(bytes, raw)
            name = collection.service_names[service]
            line = printing.line(record, raw_of, name, feed.hints.service, feed.source.name)
        pieces.append(line)
    return b"".join(pieces)


def forked(
    collection: Collection, gids: NDArray[np.uint32], printing: Printer, meanwhile: Callable[[], bool] | None
) -> Iterator[bytes]:
    """The records printed by as many processes as there are cores, in order, a bounded number ahead."""
    from logview.engine.forks import in_order

    known = 0
    """Records below this are known to the printer of this process; each process has its own."""

    def work(low: int) -> bytes:
        nonlocal known
        resume(collection, gids[known:low], printing)
        known = low
        return printed(collection, gids[low : low + TASK], printing)

    return in_order(work, range(0, len(gids), TASK), meanwhile)


def resume(collection: Collection, gids: NDArray[np.uint32], printing: Printer) -> None:
    """Tell the printer that these records were printed elsewhere."""
    if printing.resume is not None:
        printing.resume(*collection.last_of(gids))


def follow_all(
    paths: list[str], collection: Collection, printing: Printer, out: Out, hints_of: Callable[[str], Hints]
) -> None:
    """Print what is there and then, for ever, what is appended."""
    from logview.engine.following import Following

    following = Following(collection, paths, hints_of)
    try:
        while following.wait():
            go_on(collection, printing, out)
            for text in following.notices():
                tell(text)
    except KeyboardInterrupt:
        # What was held back for a traceback that might have followed is not lost.
        following.settle_all()
        go_on(collection, printing, out)
        raise
    finally:
        following.close()


def go_on(collection: Collection, printing: Printer, out: Out) -> None:
    """Print what has come: first lines of records that were printed before, then the records that are whole."""
    import numpy as np

    for feed in list(collection.feeds.values()):
        for gid, runs in collection.late(feed):
            if runs is None:
                out.write(printed(collection, np.array([gid], np.uint32), printing))
                continue
            record = feed.continuation(gid, runs)
            raw = partial(raw_of, feed.source, record)
            out.write(printing.line(record, raw, collection.service_of(gid), feed.hints.service, feed.source.name))
    # One source keeps its own order, whatever its times say; several are merged by time.
    collection.remember(give(collection, collection.ready(merged=len(collection.feeds) > 1), printing, out))
