"""All records of some sources in columns, read once and in the caller's time: what `logview cat` prints from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.engine.feed import Feed
from logview.engine.scanning import FIRST_BYTES, Scan
from logview.engine.services import Services
from logview.engine.sift import Sieve, blocks, raws
from logview.engine.verdicts import CLEAN, Verdicts
from logview.index.scan import RECORD_LIMIT
from logview.index.store import DEAD, HAS_TIME, SCATTERED, Store
from logview.index.timeline import sorted_gids
from logview.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from logview.decode.hints import Hints
    from logview.query import Query
    from logview.record import Record
    from logview.sources import Source
    from logview.standard.check import Checker
    from logview.standard.model import Finding

    Each = Callable[[Callable[[NDArray[np.uint32]], bytes], list[NDArray[np.uint32]]], Iterator[bytes]]

BLOCK = 1 << 20
PART = 2000
"""Records that are asked at a time, where several processes ask."""
PATIENCE = 4096
"""Records that may begin before an open one is given out, as in `decode_blocks`."""


_EVER = 2**63 - 1
"""Later than any time."""


class Spans(NamedTuple):
    """Bytes of records: `places` says where each begins in `text`, -1 where it is not at hand; `sizes` how many."""

    text: bytes
    places: NDArray[np.int64]
    sizes: NDArray[np.int64]


class Collection:
    """Columns of sources that are read once.

    checker  when the query asks for rules; every record is then held against the standard
    """

    def __init__(self, sources: Sequence[tuple[Source, Hints]], query: Query | None, checker: Checker | None) -> None:
        self.store = Store()
        self.verdicts = Verdicts()
        self._services = Services()
        self.feeds: dict[int, Feed] = {}
        for source, hints in sources:
            self.join(source, hints)
        self._checker = checker
        self._sieve = Sieve(self, query) if query is not None and not query.matches_everything else None
        self.quiet: set[int] = set()
        """Followed sources that have not grown for a moment: records of others do not wait for their last one."""
        self._seen = 0
        """Records from here on were not looked at yet."""
        self._waiting: NDArray[np.uint32] = np.empty(0, np.uint32)
        """Those before that were not given out yet."""
        self._printed: set[int] = set()
        """Those of them that passed and may gain lines yet; while following."""

    def join(self, source: Source, hints: Hints) -> Feed:
        """Another source."""
        number = len(self.feeds)
        feed = Feed(number, source, hints, store=self.store, service_number=self._services.number)
        self.feeds[number] = feed
        return feed

    @property
    def service_names(self) -> list[str]:
        """Names by service number."""
        return self._services.names

    def service_of(self, gid: int) -> str:
        """The record's service."""
        return self._services.names[int(self.store.service[gid])]

    def record_of(self, gid: int, *, remember: bool = True, raw: bytes | None = None) -> Record:  # noqa: ARG002  the engine remembers
        """The record, decoded; raw: its bytes, when they are at hand."""
        return self.feeds[int(self.store.source[gid])].record(gid, raw=raw)

    def raw(self, gid: int) -> bytes:
        """Its bytes."""
        return self.feeds[int(self.store.source[gid])].raw(gid)

    def text(self, gids: NDArray[np.uint32]) -> Spans:
        """The bytes of records of one run, read a block at a time."""
        store = self.store
        places, sizes = np.full(len(gids), -1, np.int64), store.size[gids].astype(np.int64)
        plain = ((store.flags[gids] & SCATTERED) == 0) & (sizes <= RECORD_LIMIT)
        sources = store.source[gids]
        pieces: list[bytes] = []
        base = 0
        for number in np.unique(sources).tolist():
            source = self.feeds[number].source
            for part, where in blocks(store, gids, np.flatnonzero(plain & (sources == number))):
                starts = store.start[where]
                first, size = int(starts[0]), int(starts[-1]) + int(sizes[part[-1]]) - int(starts[0])
                data = source.read(first, size)
                if len(data) == size == int(sizes[part].sum()):
                    places[part] = starts - first + base
                else:
                    ends = (starts - first + sizes[part]).tolist()
                    found = [data[start:end] for start, end in zip((starts - first).tolist(), ends, strict=True)]
                    sizes[part] = [len(one) for one in found]
                    places[part] = base + np.cumsum(sizes[part]) - sizes[part]
                    data = b"".join(found)
                pieces.append(data)
                base += len(data)
        return Spans(b"".join(pieces), places, sizes)

    def last_of(self, gids: NDArray[np.uint32]) -> tuple[int | None, list[str]]:
        """(the time of the last of the records that has one, the services of all)."""
        timed = np.flatnonzero(self.store.flags[gids] & HAS_TIME)
        ns = int(self.store.time[gids[timed[-1]]]) if len(timed) else None
        numbers = np.flatnonzero(np.bincount(self.store.service[gids])).tolist() if len(gids) else []
        return ns, [self._services.names[number] for number in numbers]

    @property
    def is_checked(self) -> bool:
        """Whether records are held against the standard before they are given out."""
        return self._checker is not None

    # -- in

    def read(self, feed: Feed) -> int:
        """Take the next block of a source, waiting for it if it is a pipe; returns its bytes, 0 at the end."""
        # Of the first block all is decoded: it is small, and what it teaches makes the others fast.
        data = feed.source.read(feed.taken, BLOCK if feed.taken else FIRST_BYTES)
        if data:
            feed.take(data, feed.taken)
        elif not feed.ended:
            feed.finish()
        return len(data)

    def read_far(self, feed: Feed, size: int) -> bool:
        """Take so many bytes of a source or a little more, as `read_all` does. False at the source's end."""
        goal = feed.taken + size
        Scan([feed], Feed.place, _never, lambda _: goal).run()
        if feed.taken < goal and not feed.ended:
            feed.finish()
        return feed.taken >= goal

    def read_all(self) -> None:
        """Take all sources to their ends, another process surveying with this one where that pays."""
        Scan(list(self.feeds.values()), Feed.place, _never, _file_size).run()
        for feed in self.feeds.values():
            # A file may have grown meanwhile.
            while self.read(feed):
                pass

    def judge(self) -> None:
        """Hold all records against the standard, each source's in order; those without violations are clean."""
        if self._checker is None:
            return
        checker = self._checker
        broken: dict[int, set[tuple[str, str]]] = {}
        places: dict[str, dict[int, int]] = {}
        for number, feed in self.feeds.items():
            stream = checker.stream(feed.source.name, service=feed.hints.service)
            mine = np.flatnonzero(self.store.source[: self.store.count] == number)
            by_start = places[feed.source.name] = {int(self.store.start[gid]): int(gid) for gid in mine}
            for start in sorted(by_start):
                gid = by_start[start]
                found = stream.check(feed.record(gid))
                broken.setdefault(gid, set()).update((one.rule, one.severity.value) for one in found)
                self._add(by_start, stream.drain(), broken)
            self._add(by_start, stream.finish(), broken)
        for finding in checker.finish():
            self._add(places.get(finding.file, {}), [finding], broken)
        self.store.verdict[: self.store.count] = CLEAN
        for gid, key in broken.items():
            self.store.verdict[gid] = self.verdicts.number_of(tuple(sorted(key)))

    @staticmethod
    def _add(by_start: dict[int, int], findings: Sequence[Finding], broken: dict[int, set[tuple[str, str]]]) -> None:
        for finding in findings:
            gid = by_start.get(finding.offset)
            if gid is not None:
                violation = finding.violation
                broken.setdefault(gid, set()).add((violation.rule, violation.severity.value))

    # -- out

    def ready(self, *, merged: bool) -> NDArray[np.uint32]:
        """Records that are whole now and were not given out before, that pass the query, in the order of printing.

        merged  by time over all sources; else by their place in the source
        """
        gids = np.concatenate((self._waiting, np.arange(self._seen, self.store.count, dtype=np.uint32)))
        self._seen = self.store.count
        gids = gids[(self.store.flags[gids] & DEAD) == 0]
        is_due = self._due(gids)
        self._waiting, gids = gids[~is_due], gids[is_due]
        if merged:
            gids = sorted_gids(self.store, gids)
        else:
            gids = gids[np.lexsort((self.store.start[gids], self.store.source[gids]))]
        return gids

    def passing(self, gids: NDArray[np.uint32], each: Each | None = None) -> NDArray[np.uint32]:
        """Those of the records that pass the query, in the same order.

        each  does a work for many parts, as `forks.in_order`; None: all is done here
        """
        if self._sieve is None or not len(gids):
            return gids
        ascending = np.sort(gids)
        passes, unsure = self._sieve.split(ascending, _never)
        parts = [ascending[unsure[low : low + PART]] for low in range(0, len(unsure), PART)]
        answers = each(self._ask, parts) if each is not None and len(parts) > 1 else map(self._ask, parts)
        passes[unsure] = np.frombuffer(b"".join(answers), np.bool_)
        passed = ascending[passes]
        return gids[np.isin(gids, passed)] if len(passed) < len(gids) else gids

    def _ask(self, gids: NDArray[np.uint32]) -> bytes:
        """For each record one byte: whether it passes."""
        ask = self._sieve.ask if self._sieve is not None else _always
        return bytes(ask(gid, raw) for gid, raw in zip(gids.tolist(), raws(self, gids), strict=True))

    def late(self, feed: Feed) -> Iterator[tuple[int, list[tuple[int, int]] | None]]:
        """Records of a followed source that have gained lines after they were given out.

        (gid, runs of the new lines), or (gid, None) for one that passes only now and was not printed yet
        """
        late, feed.late = feed.late, []
        for gid, runs in late:
            if gid >= self._seen or gid in self._waiting:
                continue
            if gid in self._printed:
                yield gid, runs
            elif len(self.passing(np.array([gid], np.uint32))):
                self._printed.add(gid)
                yield gid, None

    def remember(self, printed: NDArray[np.uint32]) -> None:
        """Keep which of the printed records may gain lines, so that `late` can tell."""
        found = (self.store.find(feed.number, start) for feed in self.feeds.values() for start in feed.last_starts())
        growing = {gid for gid in found if gid is not None}
        self._printed = (self._printed & growing) | growing.intersection(printed.tolist())

    def _due(self, gids: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Which records gain no more lines, and stand before every other source's last one, which may.

        That one is waited for until its source is quiet; no record waits for more than `PATIENCE` later ones.
        """
        store, count = self.store, self.store.count
        whole, since = np.full(len(self.feeds), count), np.full(len(self.feeds), _EVER)
        for number, feed in self.feeds.items():
            if not feed.ended:
                found = [gid for start in feed.open_starts() if (gid := store.find(number, start)) is not None]
                whole[number] = max(min(found, default=count), count - PATIENCE)
                if found and number not in self.quiet:
                    since[number] = store.time[min(found)]
        others = np.array([np.delete(since, number).min(initial=_EVER) for number in range(len(since))], np.int64)
        sources = store.source[gids]
        return np.asarray((gids < whole[sources]) & (store.time[gids] <= others[sources]), np.bool_)


def _file_size(feed: Feed) -> int | None:
    return feed.source.size() if isinstance(feed.source, FileSource) else None


def _always(_gid: int, _raw: bytes | None) -> bool:
    return True


def _never() -> bool:
    return False
